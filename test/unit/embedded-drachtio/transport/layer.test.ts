import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  createResponse,
  parseMessage,
  parseUri,
  type SipRequest,
  type SipUri,
  topVia,
  TransportLayer,
  type TransportOptions,
} from '../../../../lib/embedded-drachtio/sip.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { optionsText } from '../../../support/sip-request.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const open: TransportLayer[] = [];
async function listen(options: TransportOptions): Promise<TransportLayer> {
  const layer = await TransportLayer.listen(options);
  open.push(layer);
  return layer;
}
afterEach(async () => {
  for (const layer of open.splice(0)) await layer.close();
});

const text = (length = '0', via = 'SIP/2.0/TCP client.invalid:5062;branch=z9hG4bK1;rport'): string =>
  optionsText(via, length);
/** Answers every request 200. */
function answering(layer: TransportLayer): void {
  layer.on('request', (request, flow) => layer.respond(createResponse(request, 200, { toTag: 'x' }), flow));
}
const received = (layer: TransportLayer): Promise<SipRequest> =>
  new Promise((resolve) => layer.on('request', (request) => resolve(request)));
async function connected(layer: TransportLayer): Promise<Socket> {
  const socket = connect(layer.addresses.tcp?.port ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
const uri = (value: string): SipUri => {
  const parsed = parseUri(value);
  if (!parsed) throw new Error(value);
  return parsed;
};
const response = (bytes: Buffer): ReturnType<typeof topVia> => {
  const result = parseMessage(bytes);
  return result.ok ? topVia(result.message.headers) : undefined;
};

test('UDP: RFC 3581 rport and received are filled, the answer goes to the source, keep-alives are ignored', async () => {
  const layer = await listen({ udp: LOOPBACK });
  answering(layer);
  const socket = createSocket('udp4');
  const port = layer.addresses.udp?.port ?? 0;
  socket.send('\r\n\r\n', port, '127.0.0.1');
  socket.send(text('0', 'SIP/2.0/UDP client.invalid:9;branch=z9hG4bK1;rport;received=1.2.3.4'), port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  const via = response(answer);
  expect([via?.params.get('received'), via?.params.get('rport')]).toEqual(['127.0.0.1', String(socket.address().port)]);
  socket.close();
});

test('UDP: nothing a peer sends stops the listener', async () => {
  const layer = await listen({ udp: LOOPBACK });
  answering(layer);
  const socket = createSocket('udp4');
  const port = layer.addresses.udp?.port ?? 0;
  const spoilt = ['a\rb', 'a\nb', 'a\0b'].map((value) => text().replace('tag=1', `tag=1;x=${value}`));
  for (const bytes of [...spoilt, 'x'.repeat(9), 'SIP/2.0 200 OK\r\n\r\n', text('9')])
    socket.send(bytes, port, '127.0.0.1');
  expect(String((await once(socket, 'message'))[0])).toContain('SIP/2.0 400 body shorter');
  socket.send(text(), port, '127.0.0.1');
  expect(String((await once(socket, 'message'))[0])).toContain('SIP/2.0 200 OK');
  const failure = await layer.flowTo(uri('sip:bob@127.0.0.1:0'), 0);
  expect(await new Promise((resolve) => failure.send(Buffer.from('x'), resolve))).toBeInstanceOf(Error);
  socket.close();
});

test('TCP: a double CRLF is answered by one (RFC 5626 §4.4.1), a request on the same connection', async () => {
  const layer = await listen({ tcp: LOOPBACK });
  answering(layer);
  const socket = await connected(layer);
  socket.write('\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toBe('\r\n');
  socket.write(text());
  expect(String((await once(socket, 'data'))[0])).toContain('SIP/2.0 200 OK');
  socket.destroy();
});

test('TCP: without Content-Length 400, then the connection is closed', async () => {
  const layer = await listen({ tcp: LOOPBACK });
  const socket = await connected(layer);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += String(chunk);
  });
  socket.write(text(''));
  await once(socket, 'end');
  expect(answer).toContain('SIP/2.0 400 Content-Length is missing');
  expect(answer).toMatch(/To: .*;tag=/);
});

test('TCP: connections over the limit are closed, unfinished messages and idle peers time out', async () => {
  const clock = new ManualClock();
  const layer = await listen({ tcp: LOOPBACK, clock, limits: { maxConnections: 2 } });
  answering(layer);
  const [idle, slow] = [await connected(layer), await connected(layer)];
  const third = await connected(layer);
  await once(third, 'close');
  idle.write('\r\n\r\n');
  await once(idle, 'data');
  const closed = new Promise((resolve) => layer.on('closed', resolve));
  slow.write(`${text()}OPTIONS sip:`);
  await once(slow, 'data');
  clock.advance(30_000);
  await Promise.all([once(slow, 'close'), closed]);
  clock.advance(3_600_000);
  await once(idle, 'close');
});

test('TCP: a peer that does not read is cut off when too much is queued', async () => {
  const layer = await listen({ tcp: LOOPBACK, limits: { maxQueued: 1_000_000 } });
  const arrived = new Promise<void>((resolve) => {
    layer.on('request', (_request, flow) => {
      const errors: Error[] = [];
      for (let i = 0; i < 100; i++) flow.send(Buffer.alloc(500_000), (error) => errors.push(error));
      expect(errors.length).toBeGreaterThan(0);
      resolve();
    });
  });
  const socket = await connected(layer);
  socket.on('error', () => {});
  socket.pause();
  const closed = new Promise((resolve) => layer.on('closed', resolve));
  socket.write(text());
  await Promise.all([arrived, closed]);
  socket.destroy();
});

test('WebSocket: the sub-protocol sip is required (RFC 7118 §4.1), one message is one frame', async () => {
  const layer = await listen({ ws: LOOPBACK });
  answering(layer);
  const url = `ws://127.0.0.1:${layer.addresses.ws?.port}/`;
  const [refused] = (await once(new WebSocket(url, 'chat'), 'error')) as [Error];
  expect(refused.message).toContain('400');
  const socket = new WebSocket(url, 'sip');
  await once(socket, 'open');
  expect(socket.protocol).toBe('sip');
  socket.send(text('', 'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1'));
  const [data, binary] = (await once(socket, 'message')) as [Buffer, boolean];
  expect(binary).toBe(false);
  expect(response(data)?.params.get('received')).toBe('127.0.0.1');
  socket.send('\r\n\r\n');
  expect(String((await once(socket, 'message'))[0])).toBe('\r\n');
  socket.close();
  await once(socket, 'close');
});

test('port 0 gives UDP and TCP the same port; a taken port rejects with EADDRINUSE and leaves nothing open', async () => {
  const { udp, tcp } = (await listen({ udp: LOOPBACK, tcp: LOOPBACK })).addresses;
  expect(udp).toEqual(tcp);
  const taken = { host: '127.0.0.1', port: udp?.port ?? 0 };
  for (const options of [{ udp: taken }, { tcp: taken }, { ws: taken }]) {
    await expect(TransportLayer.listen(options)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: taken.port,
      address: '127.0.0.1',
    });
  }
  await expect(TransportLayer.listen({ ws: LOOPBACK, tcp: LOOPBACK, udp: taken })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

describe('RFC 3261 §18.1.1: requests over 1300 bytes', () => {
  test('SUB-19 go over TCP to a UDP peer that listens there too', async () => {
    const [ours, theirs] = [
      await listen({ udp: LOOPBACK, tcp: LOOPBACK }),
      await listen({ udp: LOOPBACK, tcp: LOOPBACK }),
    ];
    const target = uri(`sip:bob@127.0.0.1:${theirs.addresses.udp?.port}`);
    expect((await ours.flowTo(target, 1_300)).transport).toBe('udp');
    expect((await ours.flowTo(target, 1_301)).transport).toBe('tcp');
    const arrival = received(theirs);
    (await ours.flowTo(target, 1_301)).send(Buffer.from(text()));
    expect((await arrival).method).toBe('OPTIONS');
  });

  test('stay on UDP when the peer refuses TCP, and keep their order', async () => {
    const [ours, theirs] = [await listen({ udp: LOOPBACK, tcp: LOOPBACK }), await listen({ udp: LOOPBACK })];
    const target = uri(`sip:bob@127.0.0.1:${theirs.addresses.udp?.port}`);
    const order: number[] = [];
    const flows = [1_301, 10].map(async (size) => {
      const flow = await ours.flowTo(target, size);
      order.push(size);
      return flow.transport;
    });
    expect(await Promise.all(flows)).toEqual(['udp', 'udp']);
    expect(order).toEqual([1_301, 10]);
  });
});

test('a response whose connection is gone goes to the sent-by of its Via (RFC 3261 §18.2.2)', async () => {
  const layer = await listen({ tcp: LOOPBACK });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const back = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const socket = await connected(layer);
  const closed = new Promise((resolve) => layer.on('closed', resolve));
  layer.on('request', (request, flow) => {
    socket.destroy();
    void closed.then(() => layer.respond(createResponse(request, 200), flow));
  });
  socket.write(text('0', `SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bK1`));
  const [peer] = await back;
  expect(String((await once(peer, 'data'))[0])).toContain('200 OK');
  peer.destroy();
  server.close();
});

describe('resolution (RFC 3263, reduced)', () => {
  const dns = {
    srv: (name: string) =>
      name === '_sip._tcp.example.com'
        ? Promise.resolve([
            { name: 'b.example.com', port: 2, priority: 20, weight: 0 },
            { name: 'a.example.com', port: 1, priority: 10, weight: 0 },
          ])
        : Promise.reject(new Error('none')),
    addresses: (host: string) =>
      host.endsWith('.example.com') ? Promise.resolve(['192.0.2.1']) : Promise.reject(new Error('none')),
  };
  test('SRV in order of priority; a port, an address or localhost need none', async () => {
    const { resolve } = await import('../../../../lib/embedded-drachtio/transport/resolver.js');
    const hops = async (text: string): Promise<string[]> =>
      (await resolve(uri(text), ['udp', 'tcp'], new ManualClock(), dns)).map(
        ({ transport, host, port }) => `${transport} ${host} ${port}`,
      );
    expect(await hops('sip:example.com')).toEqual(['tcp 192.0.2.1 1', 'tcp 192.0.2.1 2']);
    expect(await hops('sip:x.example.com')).toEqual(['udp 192.0.2.1 5060']);
    expect(await hops('sip:x.example.com:7;transport=tcp')).toEqual(['tcp 192.0.2.1 7']);
    expect(await hops('sip:[::1]')).toEqual(['udp ::1 5060']);
    expect(await hops('sips:192.0.2.9')).toEqual(['tls 192.0.2.9 5061']);
    await expect(hops('sip:elsewhere')).rejects.toThrow('none');
  });
  test('a name server that never answers is given up', async () => {
    const { resolve } = await import('../../../../lib/embedded-drachtio/transport/resolver.js');
    const clock = new ManualClock();
    const never = { srv: () => new Promise<never>(() => {}), addresses: () => new Promise<never>(() => {}) };
    const result = resolve(uri('sip:example.com'), ['udp'], clock, never);
    clock.advance(5_000);
    await expect(result).rejects.toThrow('timed out');
    expect(clock.pending).toBe(0);
  });
});
