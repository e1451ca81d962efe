import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import {
  type EmbeddedDrachtio,
  type EmbeddedOptions,
  startEmbeddedDrachtio,
} from '../../../lib/embedded-drachtio/index.js';
import { ManualClock } from '../../support/manual-clock.js';

let http: Server;
let endpoint: EmbeddedDrachtio;
let url: string;
let address: string | undefined;
const clients: WebSocket[] = [];

/** An HTTP server of somebody else, with SIP on it. */
async function start(options: EmbeddedOptions = { sharedWs: true }): Promise<void> {
  address = undefined;
  endpoint = await startEmbeddedDrachtio(options);
  http = createServer();
  http.on('upgrade', (request, socket, head) => endpoint.upgrade({ request, socket, head, address }));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/sip`;
}
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await endpoint.close();
  await new Promise((resolve) => http.close(resolve));
});

async function open(protocol = 'sip'): Promise<number | undefined> {
  const client = new WebSocket(url, protocol);
  clients.push(client);
  client.on('error', () => undefined);
  return Promise.race([
    once(client, 'open').then(() => 101),
    once(client, 'unexpected-response').then(([, response]) => (response as { statusCode?: number }).statusCode),
  ]);
}

const OPTIONS = [
  'OPTIONS sip:room@example.com SIP/2.0',
  'Via: SIP/2.0/WS page.invalid;branch=z9hG4bK1;rport',
  'From: <sip:alice@example.com>;tag=1',
  'To: <sip:room@example.com>',
  'Call-ID: 1@page.invalid',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

test('RFC 7118: requests are answered on the connection that was handed over, with the address of who is behind it', async () => {
  await start();
  address = '203.0.113.9';
  expect(await open()).toBe(101);
  clients[0].send(OPTIONS);
  const [answer] = (await once(clients[0], 'message')) as [Buffer];
  expect(answer.toString()).toMatch(/^SIP\/2.0 503 /);
  expect(answer.toString()).toMatch(/^Via: .*;received=203\.0\.113\.9/m);
  expect(endpoint.addresses.ws).toBeUndefined();
});

test('without the sub-protocol: 400; an endpoint that was not told to takes none: 404', async () => {
  await start();
  expect(await open('msrp')).toBe(400);
  await endpoint.close();
  http.close();
  await start({ ws: { host: '127.0.0.1', port: 0 } });
  expect(await open()).toBe(404);
});

test('beside a listener of its own it is one transport', async () => {
  await start({ sharedWs: true, ws: { host: '127.0.0.1', port: 0 } });
  expect(await open()).toBe(101);
  url = `ws://127.0.0.1:${endpoint.addresses.ws?.port}/`;
  expect(await open()).toBe(101);
});

test('connections are counted by where they come from, and a freed place is taken again', async () => {
  await start({ sharedWs: true, limits: { maxConnectionsPerAddress: 1 } });
  address = '203.0.113.9';
  expect(await open()).toBe(101);
  expect(await open()).toBe(503);
  expect(endpoint.limited).toEqual({ maxSipConnectionsPerAddress: 1 });
  address = '203.0.113.10';
  expect(await open()).toBe(101);
  address = '203.0.113.9';
  clients[0].terminate();
  while ((await open()) === 503);
});

test('RFC 6455 §7.4.1: closed, it says that it goes away, and cuts off who does not answer', async () => {
  const clock = new ManualClock();
  await start({ sharedWs: true, clock });
  expect(await open()).toBe(101);
  expect(await open()).toBe(101);
  const [polite, mute] = clients;
  mute.pause();
  const code = once(polite, 'close').then(([given]: number[]) => given);
  const closed = endpoint.close();
  expect(await code).toBe(1001);
  clock.advance(500);
  await closed;
  expect(await open()).toBe(503);
});
