import { once } from 'node:events';
import { WebSocket } from 'ws';
import { silent } from '../../../../lib/util/log.js';
import { refuseUpgrade } from '../../../../lib/util/refuse-upgrade.js';
import { HttpServer } from '../../../../plugin/api/http-server.js';
import { addBrowserSide, type BrowserSide } from '../../../../plugin/cli/web.js';

let http: HttpServer;
let at: string;
/** Addresses of those that got to SIP, and what MSRP was told. */
let sip: (string | undefined)[];
let msrp: unknown[];

afterEach(() => http.close());

async function start(options: Partial<BrowserSide> = {}): Promise<void> {
  http = new HttpServer({ log: silent });
  [sip, msrp] = [[], []];
  addBrowserSide(http, {
    web: {},
    host: '127.0.0.1',
    domains: ['chat.example.com', 'chat.example.org'],
    auth: 'open',
    trustedPeers: [],
    workers: 1,
    maxMessageSize: undefined,
    rooms: {
      upgradeMsrp: (_request, socket, _head, peer) => {
        msrp.push(peer);
        refuseUpgrade(socket, '418 Taken');
      },
    },
    sip: () => ({
      upgrade: ({ socket, address }) => {
        sip.push(address);
        refuseUpgrade(socket, '418 Taken');
      },
    }),
    ...options,
  });
  at = `127.0.0.1:${await http.listen({ host: '127.0.0.1', port: 0 })}`;
}

async function ask(path: string, protocol: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const webSocket = new WebSocket(`ws://${at}${path}`, protocol, { headers });
  webSocket.on('error', () => undefined);
  const [, { statusCode }] = (await once(webSocket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  webSocket.terminate();
  return statusCode;
}

const config = async (): Promise<Record<string, unknown>> =>
  (await (await fetch(`http://${at}/config.json`)).json()) as Record<string, unknown>;

test('/config.json, as the program is set', async () => {
  await start();
  expect(await config()).toEqual({
    title: 'Chat rooms',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    domain: 'chat.example.com',
    domains: ['chat.example.com', 'chat.example.org'],
    auth: 'open',
    sip: '/sip',
    msrp: '/msrp',
    plain: true,
    maxMessageSize: 10_485_760,
  });
});

test.each<[string, Partial<BrowserSide>, Record<string, unknown>]>([
  ['with a drachtio-server there is no SIP of ours', { sip: null }, { sip: null }],
  ['SIP of elsewhere', { sip: null, web: { sip: 'wss://sip.example.com' } }, { sip: 'wss://sip.example.com' }],
  ['behind a trusted proxy nobody comes straight to us', { auth: 'trusted-proxy' }, { sip: null, auth: 'digest' }],
  ['passwords', { auth: 'digest' }, { sip: '/sip', auth: 'digest' }],
  ['one domain of several is open', { auth: { a: 'digest', b: 'open' } }, { auth: 'open' }],
  ['others can listen in', { host: '0.0.0.0' }, { plain: false }],
  ['but need not be feared', { host: '0.0.0.0', web: { plain: true } }, { plain: true }],
  ['several workers', { workers: 2 }, { msrp: '/msrp?port={port}' }],
  ['a name', { web: { title: 'Tea' }, maxMessageSize: 5 }, { title: 'Tea', maxMessageSize: 5 }],
])('/config.json: %s', async (_case, options, expected) => {
  await start(options);
  expect(await config()).toMatchObject(expected);
});

test('where SIP is not ours there is no /sip', async () => {
  await start({ sip: null });
  expect(await ask('/sip', 'sip')).toBe(404);
  expect(await ask('/msrp', 'msrp')).toBe(418);
});

test('before the endpoint listens /sip is told to come later', async () => {
  await start({ sip: () => undefined });
  expect(await ask('/sip', 'sip')).toBe(503);
});

test('RFC 3325 §5: who has the address of a trusted peer is let in only if a known proxy says who he is', async () => {
  await start({ trustedPeers: ['127.0.0.0/8'] });
  expect(await ask('/sip', 'sip')).toBe(403);
  expect(await ask('/', 'sip')).toBe(403);
  expect(await ask('/msrp', 'msrp')).toBe(418);
  expect(await ask('/sip', 'sip', { 'x-forwarded-for': '203.0.113.9' })).toBe(403);
  await http.close();
  await start({ trustedPeers: ['127.0.0.0/8'], web: { proxies: ['127.0.0.1'] } });
  expect(await ask('/sip', 'sip', { 'x-forwarded-for': '203.0.113.9' })).toBe(418);
  expect(await ask('/sip', 'sip')).toBe(403);
  expect(sip).toEqual(['203.0.113.9']);
});

test('who is behind a known proxy is known to MSRP too', async () => {
  await start({ web: { proxies: ['127.0.0.1'], origins: ['https://tea.example'] } });
  const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
  await ask('/msrp', 'msrp', { ...headers, host: 'tea.example', origin: 'https://tea.example' });
  await ask('/msrp', 'msrp');
  expect(msrp).toEqual([
    { address: '203.0.113.9', secure: true },
    { address: '127.0.0.1', secure: false },
  ]);
});

test('names of domains and origins are ours; with passwords, or for others than this machine, any name is', async () => {
  const host = { host: 'evil.example' };
  await start({ web: { origins: ['https://tea.example'] } });
  for (const name of ['tea.example', 'chat.example.org']) expect(await ask('/sip', 'sip', { host: name })).toBe(418);
  expect(await ask('/sip', 'sip', host)).toBe(403);
  await http.close();
  await start({ auth: 'digest' });
  expect(await ask('/sip', 'sip', host)).toBe(418);
  await http.close();
  await start({ host: '0.0.0.0' });
  expect(await ask('/sip', 'sip', host)).toBe(418);
});
