import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { chatrooms } from '../../plugin/index.js';
import { webSocketPeer } from '../../plugin/sip/web-socket-peer.js';
import { ServerUnderTest } from '../support/server.js';

let http: Server;
let port: number;
let server: ServerUnderTest;

/** A program with an HTTP server of its own, which takes a free port. */
async function start(more: { plain?: boolean } = {}): Promise<void> {
  http = createServer((_request, response) => response.end('the site'));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  ({ port } = http.address() as AddressInfo);
  server = await ServerUnderTest.start({ msrp: { sharedWs: { advertise: '127.0.0.1:0', port: () => port, ...more } } });
  http.on('upgrade', (request, socket, head) => {
    server.server.chat.upgrade({ request, socket, head, peer: webSocketPeer(request) });
  });
}
afterEach(async () => {
  await server.close();
  await new Promise((resolve) => http.close(resolve));
});

test('upgradeMsrp: MSRP over WebSocket on the HTTP server of a program', async () => {
  await start();
  const room = server.newRoom();
  const wes = await server.join(room, 'wes', { msrp: 'ws' });
  const tom = await server.join(room, 'tom');
  expect(wes.participant.media?.target).toMatchObject({ host: '127.0.0.1', port });
  await wes.participant.send('one port for all');
  expect((await tom.events.next('message'))[0].text).toBe('one port for all');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('the site');
});

test('7977-5.1-02: without TLS only where it is said, or for this machine', async () => {
  await start({ plain: false });
  await expect(server.join(server.newRoom(), 'wes', { msrp: 'ws' })).rejects.toThrow('no-listener');
});

test('without the option there is nothing to hand over to: 404', async () => {
  http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server = await ServerUnderTest.start();
  const rooms = chatrooms();
  http.on('upgrade', (request, socket, head) => rooms.upgradeMsrp(request, socket, head));
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`, 'msrp');
  const status = new Promise((resolve) => {
    client.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
  });
  client.on('error', () => undefined);
  expect(await status).toBe(404);
  client.terminate();
});
