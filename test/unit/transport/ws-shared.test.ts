import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { MsrpServer } from '../../../lib/transport/msrp-server.js';
import { SharedWsListener } from '../../../lib/transport/ws-shared.js';
import type { WsPeer } from '../../../lib/transport/ws-upgrades.js';
import type { LimitReport } from '../../../lib/util/limit-reports.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';

let http: Server;
let msrp: MsrpServer;
let limited: LimitReport[];
let url: string;
let peer: WsPeer;
let maxPayload: number;
const clients: WebSocket[] = [];

/** An HTTP server of somebody else, with MSRP on it. */
beforeEach(async () => {
  limited = [];
  peer = { kind: 'ws', address: '127.0.0.1' };
  maxPayload = 1000;
  msrp = new MsrpServer({
    clock: new ManualClock(),
    log: silent,
    maxConnections: 3,
    unbound: { all: 10, perAddress: 1 },
    limited: (report) => limited.push(report),
  });
  http = createServer((_request, response) => response.end('a page'));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const at = { host: '127.0.0.1', port: (http.address() as AddressInfo).port };
  url = `ws://127.0.0.1:${at.port}/msrp`;
  let shared: SharedWsListener | undefined;
  const options = { clock: new ManualClock(), maxPayload: () => maxPayload, origins: ['https://friend.example'] };
  expect(
    await msrp.listen((door) => {
      shared = new SharedWsListener(at, door, options);
      return shared;
    }),
  ).toEqual(at);
  http.on('upgrade', (request, socket, head) => shared?.take({ request, socket, head, peer }));
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  http.closeAllConnections();
  await Promise.all([msrp.close(), new Promise((resolve) => http.close(resolve))]);
});

function open(options: ConstructorParameters<typeof WebSocket>[2] = {}): Promise<number> {
  const client = new WebSocket(url, 'msrp', options);
  clients.push(client);
  client.on('error', () => undefined);
  return new Promise((resolve) => {
    client.on('open', () => resolve(101));
    client.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
  });
}

test('a connection that is handed over becomes a stream, of the kind and from where its giver says', async () => {
  peer = { kind: 'wss', address: '203.0.113.9' };
  expect(await open()).toBe(101);
  const [{ stream }] = msrp.drivers;
  expect(stream).toMatchObject({ kind: 'wss', remote: expect.stringMatching(/^203\.0\.113\.9:\d+$/) });
});

test('pages of that server, and those of friends, are let in', async () => {
  const { host, origin } = new URL(url.replace('ws:', 'http:'));
  expect(await open({ origin })).toBe(101);
  expect(await open({ origin: 'https://friend.example' })).toBe(101);
  expect(await open({ origin: 'https://evil.example' })).toBe(403);
  expect(await open({ origin: `https://${host}.evil.example` })).toBe(403);
});

test('connections on which no session is bound are counted by where they come from', async () => {
  peer = { kind: 'ws', address: '203.0.113.9' };
  expect(await open()).toBe(101);
  peer = { kind: 'ws', address: '203.0.113.10' };
  expect(await open()).toBe(101);
  const [oldest] = clients;
  const closed = new Promise((resolve) => oldest.once('close', resolve));
  peer = { kind: 'ws', address: '203.0.113.9' };
  expect(await open()).toBe(101);
  await closed;
  expect(limited).toEqual([{ limit: 'maxUnboundPerAddress', source: '203.0.113.9' }]);
});

test('beyond all connections that there may be: 503', async () => {
  for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
    peer = { kind: 'ws', address };
    expect(await open()).toBe(101);
  }
  peer = { kind: 'ws', address: '203.0.113.4' };
  expect(await open()).toBe(503);
  expect(limited).toEqual([{ limit: 'maxConnections', source: '203.0.113.4' }]);
});

test('a limit of messages that is changed holds for the connections that come then', async () => {
  maxPayload = 10;
  expect(await open()).toBe(101);
  const code = new Promise((resolve) => clients[0].once('close', resolve));
  clients[0].send('more than ten octets');
  // "a message that is too big for it to process", RFC 6455 §7.4.1.
  expect(await code).toBe(1009);
});

test('closed, it ends its streams in good order and takes no more; that server goes on', async () => {
  expect(await open()).toBe(101);
  const code = new Promise((resolve) => clients[0].once('close', resolve));
  await msrp.close();
  expect(await code).toBe(1000);
  expect(await open()).toBe(503);
  expect(await (await fetch(url.replace('ws:', 'http:'))).text()).toBe('a page');
});
