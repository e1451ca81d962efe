import { once } from 'node:events';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, createServer, type TLSSocket } from 'node:tls';
import {
  createResponse,
  type Dns,
  type Flow,
  type Hop,
  parseUri,
  type SipUri,
  type TlsCredentials,
  TransportLayer,
  type TransportOptions,
} from '../../../../lib/embedded-drachtio/sip.js';
import { resolve } from '../../../../lib/embedded-drachtio/transport/resolver.js';
import { LogLines } from '../../../support/log-lines.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { type TestCertificate, testCertificate } from '../../../support/certificates.js';
import { optionsText } from '../../../support/sip-request.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const ANYWHERE = { host: '0.0.0.0', port: 0 };

let own: TestCertificate;
let other: TestCertificate;
beforeAll(async () => {
  [own, other] = await Promise.all([testCertificate('chat.example.com'), testCertificate('other.example.com')]);
});

/** Shows `shown`, and believes what `believed` signed. */
class Credentials implements TlsCredentials {
  readonly #listeners: (() => void)[] = [];

  constructor(
    private shown: TestCertificate,
    private readonly believed: TestCertificate[] = [],
  ) {}

  get server(): TlsCredentials['server'] {
    return { cert: this.shown.cert, key: this.shown.key, minVersion: 'TLSv1.2' };
  }

  get client(): TlsCredentials['client'] {
    return createSecureContext({ ca: this.believed.map(({ cert }) => cert) });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  replace(shown: TestCertificate): void {
    this.shown = shown;
    for (const listener of this.#listeners) listener();
  }
}

const layers: TransportLayer[] = [];
const sockets: Socket[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const layer of layers.splice(0)) await layer.close();
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
});

/** Has no listener for requests yet. */
async function quiet(options: TransportOptions, dns?: Dns): Promise<TransportLayer> {
  const layer = await TransportLayer.listen(options, dns);
  layers.push(layer);
  return layer;
}

/** Answers every request 200. */
async function listen(options: TransportOptions, dns?: Dns): Promise<TransportLayer> {
  const layer = await quiet(options, dns);
  return layer.on('request', (request, flow) => layer.respond(createResponse(request, 200, { toTag: 'x' }), flow));
}

const secure = (options: Partial<TransportOptions> = {}, credentials = new Credentials(own), at = LOOPBACK) =>
  listen({ ...options, tls: { listen: at, credentials } });

const portOf = (layer: TransportLayer): number => layer.addresses.tls?.port ?? 0;

const uri = (text: string): SipUri => {
  const parsed = parseUri(text);
  if (!parsed) throw new Error(text);
  return parsed;
};

async function raw(layer: TransportLayer, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: portOf(layer), localAddress }).on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function shaken(layer: TransportLayer, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: portOf(layer), rejectUnauthorized: false, ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

const closed = (socket: Socket): Promise<unknown> => new Promise((done) => socket.resume().once('close', done));

/** No connection is left. */
async function empty({ context }: TransportLayer): Promise<void> {
  while (context.occupancy.size > 0) await new Promise((next) => setImmediate(next));
}

const text = (branch = 'z9hG4bK1', via = `SIP/2.0/TLS client.invalid:5062;branch=${branch};rport`): string =>
  optionsText(via);

async function exchange(socket: Socket, request = text()): Promise<string> {
  socket.write(request);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

const answers = async (layer: TransportLayer): Promise<string> => exchange(await shaken(layer));

describe('who connects to us', () => {
  test('is answered over its connection; no certificate is asked of it (RFC 3261 §26.3.1)', async () => {
    const layer = await secure();
    const socket = await shaken(layer, { servername: 'chat.example.com' });
    expect(socket.getPeerCertificate().raw).toEqual(own.der);
    expect(await exchange(socket)).toMatch(/^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/TLS client\.invalid:5062;/);
    // RFC 5626 §4.4.1.
    expect(await exchange(socket, '\r\n\r\n')).toBe('\r\n');
  });

  test('TLS 1.1 is refused by an alert, and those after it are served', async () => {
    const log = new LogLines();
    const layer = await secure({ log: log.logger });
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(shaken(layer, old)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    expect(await answers(layer)).toContain('200 OK');
    const failed = { level: 'debug', message: 'SIP over TLS: handshake failed' };
    expect(log.lines).toMatchObject([{ ...failed, fields: { remote: '127.0.0.1', error: expect.any(String) } }]);
  });

  test('with something else than a ClientHello is closed', async () => {
    const layer = await secure();
    for (const garbage of [text(), '\r\n\r\n', Buffer.alloc(70_000, 0xff)]) {
      const socket = await raw(layer);
      socket.write(garbage);
      // A double CRLF may be the beginning of a record.
      if (garbage.length < 5) socket.end();
      await closed(socket);
    }
    expect(await answers(layer)).toContain('200 OK');
  });

  test('gone in the middle of its handshake leaves nothing behind', async () => {
    const layer = await secure({ limits: { maxConnections: 1 } });
    const socket = await raw(layer);
    // The head of a record that would hold a ClientHello.
    socket.write(Buffer.from('1603010200010001fc0303', 'hex'));
    while (layer.context.occupancy.size === 0) await new Promise((next) => setImmediate(next));
    socket.resetAndDestroy();
    await empty(layer);
    expect(await answers(layer)).toContain('200 OK');
  });

  test('has 10 s for its handshake', async () => {
    const clock = new ManualClock();
    const layer = await secure({ clock });
    const socket = await raw(layer);
    socket.write(Buffer.from('16030102', 'hex'));
    // It was taken when a connection behind it was.
    await shaken(layer);
    expect(layer.context.occupancy.size).toBe(2);
    const end = closed(socket);
    clock.advance(9_999);
    expect(socket.destroyed).toBe(false);
    clock.advance(1);
    await end;
  });

  test('counts from its first octet on: maxSipConnections', async () => {
    const reports: string[] = [];
    const limited = ({ limit }: { limit: string }): void => void reports.push(limit);
    const layer = await secure({ limits: { maxConnections: 2 }, limited });
    await raw(layer);
    const socket = await shaken(layer);
    await closed(await raw(layer));
    expect(reports).toEqual(['maxSipConnections']);
    expect(await exchange(socket)).toContain('200 OK');
  });

  test('at most a hundred handshakes of one address, while others than this machine can connect', async () => {
    const log = new LogLines();
    const layer = await secure({ log: log.logger }, undefined, ANYWHERE);
    const pending = await Promise.all(Array.from({ length: 100 }, () => raw(layer)));
    await closed(await raw(layer));
    const socket = await shaken(layer, { localAddress: '127.0.0.2' });
    expect(await exchange(socket)).toContain('200 OK');
    expect(pending.filter(({ destroyed }) => destroyed)).toEqual([]);
    const refused = { level: 'info', message: 'SIP over TLS: too many handshakes at once' };
    expect(log.lines).toEqual([{ ...refused, fields: { remote: '127.0.0.1' } }]);
  });

  test('gets the certificate that was put in its place; who is there goes on', async () => {
    const credentials = new Credentials(own);
    const layer = await secure({}, credentials);
    const before = await shaken(layer);
    credentials.replace(other);
    const after = await shaken(layer);
    expect([before, after].map((socket) => socket.getPeerCertificate().raw)).toEqual([own.der, other.der]);
    expect(await exchange(before)).toContain('200 OK');
  });
});

/** Who is asked for `chat.example.com`, and says where. */
const dnsTo = (port: () => number): Dns => ({
  srv: (name: string) =>
    name === '_sips._tcp.example.com'
      ? Promise.resolve([{ name: 'host7.example.net', port: port(), priority: 1, weight: 1 }])
      : Promise.reject(new Error('none')),
  addresses: () => Promise.resolve(['127.0.0.1']),
});

describe('whom we connect to', () => {
  test('shows a certificate for the host of the URI, and is sent SNI (RFC 6066 §3)', async () => {
    const { cert, key } = own;
    const peer = createServer({ cert, key });
    servers.push(peer.listen(0, '127.0.0.1'));
    await once(peer, 'listening');
    const { port } = peer.address() as AddressInfo;
    const us = await listen(
      { tls: { credentials: new Credentials(own, [own]) } },
      dnsTo(() => port),
    );
    expect([us.usable, us.addresses]).toEqual([['tls'], {}]);
    const nameIn = async (target: string): Promise<[unknown, Flow]> => {
      const taken = once(peer, 'secureConnection') as Promise<[TLSSocket]>;
      const flow = await us.flowTo(uri(target), 0);
      return [(await taken)[0].servername, flow];
    };
    const [name, flow] = await nameIn(`sip:room@chat.example.com:${port};transport=tls`);
    expect([name, flow.transport, flow.remote.port]).toEqual(['chat.example.com', 'tls', port]);
    expect(await us.flowTo(uri(`sips:Chat.Example.Com:${port}`), 9_999)).toBe(flow);
    // A server name is never an address.
    expect((await nameIn(`sips:127.0.0.1:${port}`))[0]).toBe(false);
  });

  test.each([
    [
      'another name',
      (port: number) => `sips:elsewhere.example.com:${port}`,
      () => [own],
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['an unknown authority', (port: number) => `sips:127.0.0.1:${port}`, () => [other], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('with %s is not talked to', async (_what, target, believed, code) => {
    const peer = await secure();
    const received: unknown[] = [];
    peer.on('request', (request) => received.push(request));
    const log = new LogLines();
    const us = await listen(
      { tls: { credentials: new Credentials(own, believed()) }, log: log.logger },
      dnsTo(() => 0),
    );
    await expect(us.flowTo(uri(target(portOf(peer))), 0)).rejects.toMatchObject({ code });
    await empty(us);
    expect(received).toEqual([]);
    const told = { level: 'info', message: 'no SIP over TLS to this server' };
    const fields = { server: uri(target(0)).host, port: portOf(peer), error: expect.any(String) as string };
    expect(log.lines).toMatchObject([{ ...told, fields }]);
  });

  test('RFC 5922 §4: behind SRV it is the domain asked for that the certificate has to name', async () => {
    const domain = await testCertificate('example.com');
    const peer = await secure({}, new Credentials(domain));
    const us = await listen(
      { tls: { credentials: new Credentials(own, [domain]) } },
      dnsTo(() => portOf(peer)),
    );
    expect((await us.flowTo(uri('sips:room@example.com'), 0)).remote.port).toBe(portOf(peer));
  });

  test('RFC 5923 §4: a connection is used again for its own name alone', async () => {
    const peer = await secure();
    const us = await listen(
      { tls: { credentials: new Credentials(own, [own]) } },
      dnsTo(() => 0),
    );
    const flow = await us.flowTo(uri(`sips:chat.example.com:${portOf(peer)}`), 0);
    await expect(us.flowTo(uri(`sips:other.example.com:${portOf(peer)}`), 0)).rejects.toThrow('altnames');
    expect(flow.closed).toBe(false);
  });

  test('that never ends its handshake is given up after 5 s', async () => {
    const clock = new ManualClock();
    const silent = await listen({ tcp: LOOPBACK });
    const us = await listen({ tls: { credentials: new Credentials(own) }, clock });
    const attempt = us.flowTo(uri(`sips:127.0.0.1:${silent.addresses.tcp?.port}`), 0);
    const refused = expect(attempt).rejects.toThrow('connection timed out');
    while (silent.context.occupancy.size === 0) await new Promise((next) => setImmediate(next));
    clock.advance(5_000);
    await refused;
  });

  test('may send requests over the connection that we opened, and Via names where we are', async () => {
    const peer = await secure();
    const us = await listen({ tls: { credentials: new Credentials(own, [own]) } });
    const back = new Promise<Flow>((done) => peer.on('request', (_request, flow) => done(flow)));
    const flow = await us.flowTo(uri(`sips:127.0.0.1:${portOf(peer)}`), 0);
    flow.send(Buffer.from(text()));
    const theirs = await back;
    expect([theirs.remote, theirs.local]).toEqual([flow.local, flow.remote]);
    const arrived = new Promise((done) => us.on('request', done));
    theirs.send(Buffer.from(text('z9hG4bK2')));
    expect(await arrived).toMatchObject({ method: 'OPTIONS' });
  });
});

test('RFC 3261 §18.2.2: a response whose connection is gone goes to the sent-by of its Via, over TLS', async () => {
  const us = await quiet({ tls: { listen: LOOPBACK, credentials: new Credentials(own, [own]) } });
  const client = await secure();
  const arrived = new Promise((done) => client.on('response', done));
  const gone = new Promise((done) => us.on('closed', done));
  us.on('request', (request, flow) => void gone.then(() => us.respond(createResponse(request, 486), flow)));
  const socket = await shaken(us);
  socket.end(text('z9hG4bK1', `SIP/2.0/TLS 127.0.0.1:${portOf(client)};branch=z9hG4bK1`));
  expect(await arrived).toMatchObject({ status: 486 });
});

test('a taken port rejects with EADDRINUSE and says which listener; nothing is left open', async () => {
  const taken = { host: '127.0.0.1', port: portOf(await secure()) };
  const credentials = new Credentials(own);
  await expect(
    TransportLayer.listen({ udp: LOOPBACK, tcp: LOOPBACK, tls: { listen: taken, credentials } }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE', port: taken.port, listener: 'tls' });
});

const hops = (target: string): Promise<Hop[]> =>
  resolve(
    uri(target),
    ['udp', 'tcp', 'tls'],
    new ManualClock(),
    dnsTo(() => 1),
  );

test('RFC 3261 §19.1.2, RFC 3263 §4.1: sips and transport=tls are TLS, at port 5061 unless one is named', async () => {
  expect(await hops('sips:192.0.2.9')).toEqual([{ transport: 'tls', host: '192.0.2.9', port: 5061 }]);
  expect(await hops('sip:a@192.0.2.9:7;transport=TLS')).toEqual([{ transport: 'tls', host: '192.0.2.9', port: 7 }]);
  const [named] = await hops('sips:a@x.example.com;transport=tcp');
  expect(named).toEqual({ transport: 'tls', host: '127.0.0.1', port: 5061, name: 'x.example.com' });
  expect(await hops('sips:example.com')).toEqual([
    { transport: 'tls', host: '127.0.0.1', port: 1, name: 'example.com' },
  ]);
  expect(await hops('sip:a@x.example.com')).toEqual([{ transport: 'udp', host: '127.0.0.1', port: 5060 }]);
});
