import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  type EmbeddedDrachtio,
  type EmbeddedLimits,
  startEmbeddedDrachtio,
} from '../../../lib/embedded-drachtio/index.js';
import { Occupancy } from '../../../lib/embedded-drachtio/transport/occupancy.js';
import type { LimitEvent } from '../../../lib/util/limit-reports.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

let endpoint: EmbeddedDrachtio | undefined;
let told: LimitEvent[];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await endpoint?.close();
  endpoint = undefined;
});

async function start(limits: Partial<EmbeddedLimits>): Promise<EmbeddedDrachtio> {
  told = [];
  const onLimit = (event: LimitEvent): void => void told.push(event);
  endpoint = await startEmbeddedDrachtio({ udp: LOOPBACK, tcp: LOOPBACK, ws: LOOPBACK, limits, onLimit });
  return endpoint;
}

async function opened(port: number | undefined, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: port ?? 0, localAddress }).on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const request = (branch: string, transport = 'TCP', method = 'OPTIONS'): string =>
  [
    `${method} sip:room@example.com SIP/2.0`,
    `Via: SIP/2.0/${transport} client.invalid:5062;branch=z9hG4bK${branch};rport`,
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:room@example.com>',
    `Call-ID: ${branch}@b`,
    `CSeq: 1 ${method}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

/** What the endpoint answers on a connection; nobody runs rooms behind it, so it is 503 of its own. */
async function answer(socket: Socket, branch: string): Promise<string> {
  socket.write(request(branch));
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

const gone = (socket: Socket): Promise<unknown> => once(socket.resume(), 'close');

test('maxSipConnections: over TCP and WebSocket together; a further one is closed, and those there are go on', async () => {
  const { addresses } = await start({ maxConnections: 3 });
  const [first] = [await opened(addresses.tcp?.port), await opened(addresses.tcp?.port)];
  const browser = new WebSocket(`ws://127.0.0.1:${addresses.ws?.port}/`, 'sip');
  await once(browser, 'open');
  await gone(await opened(addresses.tcp?.port));
  await gone(await opened(addresses.ws?.port));
  expect(await answer(first, 'a1')).toContain('z9hG4bKa1');
  expect(told).toEqual([{ limit: 'maxSipConnections', source: '127.0.0.1', count: 1 }]);
  expect(endpoint?.limited).toEqual({ maxSipConnections: 2 });
  // Who leaves makes room.
  browser.terminate();
  for (let back = false; !back; ) {
    const socket = await opened(addresses.tcp?.port);
    back = await Promise.race([gone(socket).then(() => false), answer(socket, 'b1').then(() => true)]);
  }
});

test('maxSipConnectionsPerAddress: others are let in', async () => {
  const { addresses } = await start({ maxConnectionsPerAddress: 2 });
  await opened(addresses.tcp?.port);
  await opened(addresses.ws?.port);
  await gone(await opened(addresses.tcp?.port));
  const other = await opened(addresses.tcp?.port, '127.0.0.2');
  expect(await answer(other, 'c1')).toContain('z9hG4bKc1');
  expect(told).toEqual([{ limit: 'maxSipConnectionsPerAddress', source: '127.0.0.1', count: 1 }]);
});

test('maxSipConnectionsPerAddress: by default a thousand, but not of this machine; nothing is kept of who left', () => {
  const reports: string[] = [];
  const limits = { maxConnections: 10_000, maxConnectionsPerAddress: undefined };
  const occupancy = new Occupancy(limits, ({ limit }) => void reports.push(limit));
  const enter = (address: string, count: number): ((() => void) | undefined)[] =>
    Array.from({ length: count }, () => occupancy.enter(address));
  expect(enter('127.0.0.1', 1500).every((leave) => leave !== undefined)).toBe(true);
  const strangers = enter('2001:db8::1', 1000);
  expect([occupancy.enter('2001:db8::2'), occupancy.enter('192.0.2.1')]).toEqual([undefined, expect.any(Function)]);
  expect(reports).toEqual(['maxSipConnectionsPerAddress']);
  // Told twice that one left, it lets in one.
  strangers[0]?.();
  strangers[0]?.();
  expect([occupancy.enter('2001:db8::2'), occupancy.enter('2001:db8::2')]).toEqual([expect.any(Function), undefined]);
  for (const leave of strangers) leave?.();
  expect(occupancy.size).toBe(1502);
});

test('maxSipTransactions: a further request gets 503 and Retry-After without one, its retransmissions the same', async () => {
  const { addresses } = await start({ maxTransactions: 2 });
  const socket = createSocket('udp4');
  const exchange = async (branch: string): Promise<string> => {
    socket.send(request(branch, 'UDP'), addresses.udp?.port ?? 0, '127.0.0.1');
    const [bytes] = (await once(socket, 'message')) as [Buffer];
    return bytes.toString();
  };
  // Answered, they stay for 32 s, for their retransmissions.
  for (const branch of ['a', 'b']) expect(await exchange(branch)).not.toContain('Retry-After');
  const refused = await exchange('c');
  expect(refused).toMatch(/^SIP\/2\.0 503 [^]*\r\nRetry-After: 5\r\n/);
  expect(await exchange('c')).toBe(refused);
  expect(endpoint?.load.transactions).toBe(2);
  expect(endpoint?.limited).toEqual({ maxSipTransactions: 2 });
  expect(told).toEqual([{ limit: 'maxSipTransactions', source: '127.0.0.1', status: 503, count: 1 }]);
  socket.close();
});
