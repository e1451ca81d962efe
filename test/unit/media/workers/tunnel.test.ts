import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { peerBehind, portAsked, tunnel } from '../../../../lib/media/workers/tunnel.js';
import type { WsPeer } from '../../../../lib/transport/ws-upgrades.js';
import { ManualClock } from '../../../support/manual-clock.js';

let clock: ManualClock;
let front: Server;
let behind: Server;
/** What arrived behind the tunnel. */
let taken: Promise<{ request: IncomingMessage; socket: Socket }>;
const peer: WsPeer = { kind: 'wss', address: '203.0.113.9' };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeEach(async () => {
  clock = new ManualClock();
  behind = createServer();
  taken = new Promise((resolve) => {
    behind.on('upgrade', (request, socket, head: Buffer) => {
      socket.unshift(head);
      // As whoever speaks WebSocket does.
      socket.on('end', () => socket.end());
      resolve({ request, socket: socket as Socket });
    });
  });
  const port = await listen(behind);
  front = createServer();
  front.on('upgrade', (request, socket, head) => {
    tunnel({ request, socket, head, peer }, { host: '127.0.0.1', port }, clock);
  });
});
afterEach(async () => {
  for (const server of [front, behind]) {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
  // A server is closed just before its sockets say so.
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.pending).toBe(0);
});

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Protocol: msrp'];

async function asking(headers: readonly string[] = [], early = ''): Promise<Socket> {
  const client = connect(await listen(front), '127.0.0.1');
  client.on('error', () => undefined);
  client.write(`GET /msrp?port=1 HTTP/1.1\r\nHost: x\r\n${[...UPGRADE, ...headers].join('\r\n')}\r\n\r\n${early}`);
  return client;
}

async function read(socket: Socket, octets: number): Promise<string> {
  let text = '';
  while (text.length < octets) text += String((await once(socket, 'data'))[0]);
  return text;
}

test('octets pass both ways, those that came with the request first', async () => {
  const client = await asking([], 'early ');
  const { socket } = await taken;
  client.write('and late');
  expect(await read(socket, 14)).toBe('early and late');
  socket.write('an answer');
  expect(await read(client, 9)).toBe('an answer');
  client.destroy();
  await once(socket, 'close');
});

test('who he is, we say: what he wrote there himself is not passed on', async () => {
  const client = await asking([
    'X-Forwarded-For: 198.51.100.1',
    'x-forwarded-PROTO: http',
    'Origin: https://a.example',
  ]);
  const { request, socket } = await taken;
  expect(peerBehind(request)).toEqual(peer);
  expect(request.headers).toMatchObject({ origin: 'https://a.example', 'sec-websocket-protocol': 'msrp', host: 'x' });
  socket.destroy();
  await once(client, 'close');
});

test('a worker that is gone: 502', async () => {
  await new Promise((resolve) => behind.close(resolve));
  const client = await asking();
  expect(await read(client, 12)).toMatch(/^HTTP\/1.1 502/);
});

test('one that does not take the connection is waited for 5 s', async () => {
  front.removeAllListeners('upgrade');
  const tunnelled = new Promise<void>((resolve) => {
    front.on('upgrade', (request, socket, head) => {
      // Of documentation (RFC 5737): nobody answers.
      tunnel({ request, socket, head, peer }, { host: '192.0.2.1', port: 9 }, clock);
      resolve();
    });
  });
  const client = await asking();
  await tunnelled;
  clock.advance(5_000);
  expect(await read(client, 12)).toMatch(/^HTTP\/1.1 502/);
});

test('what the worker said last gets there, however slowly it is read', async () => {
  const client = await asking();
  client.pause();
  const { socket } = await taken;
  socket.end('x'.repeat(8_000_000));
  client.resume();
  expect((await read(client, 8_000_000)).length).toBe(8_000_000);
  await once(client, 'close');
});

test('a client that reads none of it is cut off after 5 s', async () => {
  const stuck = new Duplex({ read: () => undefined, write: () => undefined });
  const { port } = behind.address() as AddressInfo;
  const rawHeaders = ['Connection', 'Upgrade', 'Upgrade', 'websocket'];
  const request = { method: 'GET', url: '/', rawHeaders } as IncomingMessage;
  tunnel({ request, socket: stuck, head: Buffer.alloc(0), peer }, { host: '127.0.0.1', port }, clock);
  const { socket } = await taken;
  // The way to the worker is open, and nothing waits for it.
  expect(clock.pending).toBe(0);
  socket.end('the last');
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(stuck.destroyed).toBe(false);
  clock.advance(5_000);
  expect(stuck.destroyed).toBe(true);
  await once(stuck, 'close');
});

test('a client that leaves takes the way to the worker along', async () => {
  const client = await asking();
  const { socket } = await taken;
  socket.resume();
  client.destroy();
  await once(socket, 'close');
});

test.each([
  ['/msrp?port=2855', 2855],
  ['/msrp?a=b&port=1', 1],
  ['/msrp', undefined],
  ['/msrp?port=', undefined],
  ['/msrp?port=12x', undefined],
  ['/msrp?port=-1', undefined],
  ['/msrp?port=1234567', undefined],
  [undefined, undefined],
])('%s asks for port %s', (url, port) => {
  expect(portAsked({ url })).toBe(port);
});
