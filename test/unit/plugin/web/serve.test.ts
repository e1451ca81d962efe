import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { HttpServer } from '../../../../plugin/api/http-server.js';
import { addWeb, type PageConfig } from '../../../../plugin/web/serve.js';
import { silent } from '../../../../lib/util/log.js';

const SCRIPT = `console.log(${JSON.stringify('chat '.repeat(1000))});\n`;
const PAGE = '<!doctype html><title>chat</title>';

const CONFIG: PageConfig = {
  title: 'Chat rooms',
  version: '1.2.3',
  domain: 'chat.example',
  domains: ['chat.example'],
  auth: 'open',
  sip: '/sip',
  msrp: '/msrp',
  plain: true,
  maxMessageSize: 1000,
};

const directory = mkdtempSync(join(tmpdir(), 'pages-'));
const servers: HttpServer[] = [];

beforeAll(() => {
  for (const folder of ['chat', 'admin']) mkdirSync(join(directory, folder));
  writeFileSync(join(directory, 'chat', 'index.html'), PAGE);
  writeFileSync(join(directory, 'chat', 'main.js'), SCRIPT);
  writeFileSync(join(directory, 'chat', 'logo.png'), Buffer.alloc(2000));
  writeFileSync(join(directory, 'chat', 'style.css'), 'body {}');
  writeFileSync(join(directory, 'chat', 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(directory, 'admin', 'index.html'), 'the dashboard');
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => rmSync(directory, { recursive: true }));

interface Answer {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

type Ask = (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;

/** Of a real server; what is asked is sent as it stands. */
async function serving(config: PageConfig = CONFIG, where = directory): Promise<Ask> {
  const http = new HttpServer({ log: silent });
  addWeb(http.app, { config, visitors: { meansUs: (host) => !host?.startsWith('evil') }, directory: where });
  servers.push(http);
  const port = await http.listen({ host: '127.0.0.1', port: 0 });
  return (path, headers = {}, method = 'GET') =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
        );
      });
      asked.on('error', reject).end();
    });
}

test('the chat page is at the root, the dashboard at its name, their files in folders', async () => {
  const ask = await serving();
  expect(await ask('/')).toMatchObject({ status: 200, body: Buffer.from(PAGE) });
  expect((await ask('/')).headers['content-type']).toBe('text/html; charset=utf-8');
  expect((await ask('/admin')).body.toString()).toBe('the dashboard');
  expect((await ask('/chat/main.js')).body.toString()).toBe(SCRIPT);
  expect((await ask('/chat/main.js?v=1')).headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect((await ask('/chat/logo.png')).headers['content-type']).toBe('image/png');
  expect((await ask('/chat/style.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  expect((await ask('/chat/icon.svg')).headers['content-type']).toBe('image/svg+xml');
});

test.each([
  '/chat',
  '/chat/',
  '/chat/index.html',
  '/chat/none.js',
  '/chat/../../serve.test.ts',
  '/chat/%2e%2e/%2e%2e/package.json',
  '/chat/..%2f..%2fpackage.json',
  '/chat/%00main.js',
  '/chat//main.js',
  '/constructor',
  '//etc/passwd',
])('%s is not found', async (path) => {
  const ask = await serving();
  expect((await ask(path)).status).toBe(404);
});

test('HEAD says what GET would, and no more', async () => {
  const ask = await serving();
  const got = await ask('/chat/main.js');
  const head = await ask('/chat/main.js', {}, 'HEAD');
  expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  const { date: _then, ...described } = head.headers;
  expect(got.headers).toMatchObject(described);
  expect(head.headers['content-length']).toBe(String(SCRIPT.length));
});

test('RFC 9110 §13.1.2: what a browser has is not sent again', async () => {
  const ask = await serving();
  const { headers } = await ask('/chat/main.js');
  const etag = String(headers.etag);
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  expect(headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'Accept-Encoding' });
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await ask('/chat/main.js', { 'if-none-match': known });
    expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0), headers: { etag } });
  }
  expect((await ask('/chat/main.js', { 'if-none-match': '"other"' })).status).toBe(200);
});

test('RFC 9110 §8.8.3: each coding has an entity tag of its own', async () => {
  const ask = await serving();
  const plain = await ask('/chat/main.js');
  const br = await ask('/chat/main.js', { 'accept-encoding': 'gzip, deflate, br' });
  const gz = await ask('/chat/main.js', { 'accept-encoding': 'gzip, br;q=0' });
  expect(br.headers['content-encoding']).toBe('br');
  expect(gz.headers['content-encoding']).toBe('gzip');
  expect(brotliDecompressSync(br.body).toString()).toBe(SCRIPT);
  expect(gunzipSync(gz.body).toString()).toBe(SCRIPT);
  for (const { headers, body } of [plain, br, gz]) expect(headers['content-length']).toBe(String(body.length));
  expect(new Set([plain, br, gz].map(({ headers }) => headers.etag)).size).toBe(3);
  const other = await ask('/chat/main.js', { 'if-none-match': String(br.headers.etag), 'accept-encoding': 'gzip' });
  expect(other.status).toBe(200);
});

test('what is small, or an image, is sent as it is', async () => {
  const ask = await serving();
  for (const path of ['/chat/style.css', '/chat/logo.png']) {
    expect((await ask(path, { 'accept-encoding': 'gzip, br' })).headers['content-encoding']).toBeUndefined();
  }
});

test('every answer has a policy under which nothing of others runs', async () => {
  const ask = await serving();
  const { headers } = await ask('/');
  const known = await ask('/', { 'if-none-match': String(headers.etag) });
  const answers = [{ headers }, known, await ask('/config.json'), await ask('/', { host: 'evil.example' })];
  for (const answer of answers) {
    expect(String(answer.headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      // Of files that people send, which are shown from memory.
      "img-src 'self' blob: data:",
      "connect-src 'self'",
      'media-src blob:',
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    });
  }
});

test('SIP of elsewhere may be connected to, and nothing else of there', async () => {
  const ask = await serving({ ...CONFIG, sip: 'wss://sip.example.com:7443/ws?a=b' });
  expect((await ask('/')).headers['content-security-policy']).toContain(
    "connect-src 'self' wss://sip.example.com:7443;",
  );
});

test('/config.json says what a page has to know, and is never kept', async () => {
  const ask = await serving();
  const { headers, body } = await ask('/config.json');
  expect(JSON.parse(body.toString())).toEqual(CONFIG);
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
});

test('under another name nothing is there', async () => {
  const ask = await serving();
  for (const path of ['/', '/admin', '/chat/main.js', '/config.json']) {
    expect((await ask(path, { host: 'evil.example' })).status).toBe(403);
  }
});

test('without the built pages the rest goes on', async () => {
  const ask = await serving(CONFIG, join(directory, 'none'));
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/config.json')).status).toBe(200);
});
