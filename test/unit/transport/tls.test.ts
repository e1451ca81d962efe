import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ChatSwitch } from '../../../lib/switch/switch.js';
import { MsrpServer } from '../../../lib/transport/msrp-server.js';
import type { HandshakeLimits } from '../../../lib/util/handshakes.js';
import { TlsListener, type TlsListenerOptions } from '../../../lib/transport/tls.js';
import { MODERN_CIPHERS, TlsCredentials, type TlsCredentialsOptions } from '../../../lib/transport/tls-credentials.js';
import type { Endpoint } from '../../../lib/transport/transport.js';
import { silent } from '../../../lib/util/log.js';
import { fileWith, removeFiles, testCertificate } from '../../support/certificates.js';
import { ManualClock } from '../../support/manual-clock.js';
import { FrameReader, messagesOf, request } from '../../support/msrp-frames.js';
import { cpim, endpoint, localUri, NotingFocus, OPEN_RULES, peerUri, ROOM } from '../../support/switch-world.js';

let clock: ManualClock;
let server: MsrpServer;
let listener: TlsListener;
let chat: ChatSwitch;
let address: Endpoint;
const sockets: Socket[] = [];

async function start(
  { maxHandshakes, ...options }: Partial<TlsListenerOptions & HandshakeLimits> = {},
  credentials: Partial<TlsCredentialsOptions> = {},
): Promise<TlsCredentials> {
  clock = new ManualClock(Date.now());
  const opened = await TlsCredentials.open({ clock, log: silent, hosts: ['127.0.0.1'], ...credentials });
  server = new MsrpServer({ clock, log: silent, maxConnections: 2 });
  chat = new ChatSwitch({ clock, log: silent, transport: server });
  chat.events = new NotingFocus();
  chat.openRoom({ uri: ROOM, rules: OPEN_RULES });
  address = await server.listen((door) => {
    const all = { clock, log: silent, credentials: opened, ...options };
    listener = new TlsListener({ host: '127.0.0.1', port: 0 }, door, all, { maxHandshakes });
    return listener;
  });
  return opened;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  await removeFiles();
});

/** Looks again in every turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** However it comes about. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

function plain(): Socket {
  const socket = connectTcp(address);
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

async function secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ ...address, rejectUnauthorized: false, ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  return socket;
}

class Peer {
  readonly #reader = new FrameReader();
  #count = 0;

  constructor(
    readonly id: string,
    readonly socket: TLSSocket,
  ) {
    socket.on('data', (bytes: Buffer) => this.#reader.parser.receive(bytes));
  }

  static async join(id: string): Promise<Peer> {
    const media = endpoint(id);
    const session = { ...media.session, localUri: secureUri(id), secure: true };
    chat.addEndpoint({ ...media, session });
    const peer = new Peer(id, await secure());
    peer.send(undefined);
    await until(() => peer.statuses.length === 1);
    return peer;
  }

  get statuses(): number[] {
    return this.#reader.frames.flatMap(({ message }) => (message.kind === 'response' ? [message.status] : []));
  }

  /** Body octets received. */
  get octets(): number {
    return this.#reader.frames.reduce((sum, { body }) => sum + body.length, 0);
  }

  get messages(): string[] {
    return messagesOf(this.#reader.frames).map((body) => body.toString('latin1'));
  }

  send(body: string | undefined): void {
    const tid = `${this.id.replace('#', '')}t${1000 + this.#count++}`;
    const lines = [`Message-ID: ${tid}`, ...(body === undefined ? [] : ['Content-Type: message/cpim'])];
    this.socket.write(Buffer.from(request(tid, 'SEND', secureUri(this.id), peerUri(this.id), lines, body), 'latin1'));
  }
}

const secureUri = (id: string): string => localUri(id).replace('msrp:', 'msrps:');

describe('handshakes', () => {
  test('one that stalls is cut off after 10 s, and was no connection of the server', async () => {
    await start();
    const silentOne = plain();
    // The first octets of a record that never comes.
    const begun = plain();
    begun.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    await until(() => listener.handshakes === 2);
    expect(server.connections).toBe(0);
    clock.advance(9_999);
    expect(listener.handshakes).toBe(2);
    clock.advance(1);
    await Promise.all([closed(silentOne), closed(begun)]);
    await until(() => listener.handshakes === 0);
    expect(clock.pending).toBe(0);
  });

  test('beyond the limit they are closed at once', async () => {
    await start({ maxHandshakes: 1 });
    plain();
    await until(() => listener.handshakes === 1);
    await closed(plain());
    expect(listener.handshakes).toBe(1);
  });

  test('beyond the limit of connections nobody gets in, and a freed place is taken again', async () => {
    await start();
    const [first] = [await secure(), await secure()];
    await until(() => server.connections === 2);
    await closed(plain());
    first.destroy();
    await until(() => server.connections === 1);
    await secure();
    await until(() => server.connections === 2);
  });

  test('what is no TLS is closed, and the server goes on', async () => {
    await start();
    const socket = plain();
    socket.write('MSRP abcd SEND\r\n');
    await closed(socket);
    await secure();
    await until(() => server.connections === 1 && listener.handshakes === 0);
  });

  test('close() does not wait for one', async () => {
    await start();
    const socket = plain();
    await until(() => listener.handshakes === 1);
    await Promise.all([server.close(), closed(socket)]);
  });
});

describe('4975-14.2-01, A-14: protocol and ciphers', () => {
  test('TLS 1.3 and 1.2 with AEAD', async () => {
    await start();
    expect((await secure()).getProtocol()).toBe('TLSv1.3');
    const older = await secure({ maxVersion: 'TLSv1.2' });
    expect(older.getCipher().name).toMatch(/^ECDHE-ECDSA-.*(?:GCM|POLY1305)/);
  });

  test.each([
    [{ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    [{ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }],
  ] satisfies [ConnectionOptions][])('nothing older: %j', async (options) => {
    await start();
    await expect(secure(options)).rejects.toThrow();
    await until(() => listener.handshakes === 0);
  });

  test('the suite of the RFC when it is asked for', async () => {
    const { cert, key } = await testCertificate('localhost', { keyType: 'rsa' });
    const files = { cert: await fileWith(cert), key: await fileWith(key) };
    await start({}, { files, ciphers: `${MODERN_CIPHERS}:AES128-SHA` });
    expect((await secure({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' })).getCipher().standardName).toBe(
      'TLS_RSA_WITH_AES_128_CBC_SHA',
    );
  });
});

test('messages of any size in both directions', async () => {
  await start();
  const [alice, bob] = [await Peer.join('alice#1'), await Peer.join('bob#1')];
  const [large, small] = [cpim('alice', ROOM, 'x'.repeat(700_000)), cpim('alice', ROOM, 'small')];
  alice.send(large);
  alice.send(small);
  await until(() => bob.octets === large.length + small.length);
  expect(bob.messages.toSorted()).toEqual([small, large].toSorted());
  await until(() => alice.statuses.length === 3);
  expect(alice.statuses).toEqual([200, 200, 200]);
});

test('4975-7.2-06: a peer that closes its half still reads the answer', async () => {
  await start();
  const alice = await Peer.join('alice#1');
  alice.send(cpim('alice', ROOM, 'goodbye'));
  alice.socket.end();
  await once(alice.socket, 'close');
  expect(alice.statuses).toEqual([200, 200]);
  await until(() => server.connections === 0);
});

test('8122-6.2-01: the certificate of a client is asked for, not required', async () => {
  await start();
  const { cert, key, der } = await testCertificate('alice');
  await secure({ cert, key });
  await until(() => server.connections === 1);
  await secure();
  await until(() => server.connections === 2);
  expect([...server.drivers].map(({ stream }) => stream.tls?.certificate)).toEqual([der, null]);
});

describe('another certificate while connections go on', () => {
  test('new connections get it, sessions there are go on', async () => {
    const [old, renewed] = [await testCertificate('old'), await testCertificate('renewed')];
    const files = { cert: await fileWith(old.cert), key: await fileWith(old.key) };
    const credentials = await start({}, { files });
    const alice = await Peer.join('alice#1');
    await writeFile(files.cert, renewed.cert);
    await writeFile(files.key, renewed.key);
    await credentials.reload();
    expect(`SHA-256 ${credentials.fingerprints[0]?.value}`).toBe(renewed.sha256);
    const bob = await Peer.join('bob#1');
    expect(bob.socket.getPeerCertificate().raw).toEqual(renewed.der);
    alice.send(cpim('alice', ROOM, 'still here'));
    await until(() => bob.octets > 0);
    expect(alice.socket.getPeerCertificate().raw).toEqual(old.der);
  });
});
