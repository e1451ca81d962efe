import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { access, type AccessOptions } from '../../../../plugin/api/access.js';
import { foreseen, INTERNAL, problemResponse } from '../../../../plugin/api/problem.js';
import { addressBehind } from '../../../../plugin/cli/web.js';
import type { Problem } from '../../../../plugin/api/schemas/index.js';
import { ManualClock } from '../../../support/manual-clock.js';

const TOKEN = 'correct-horse-battery-staple';

interface Asking {
  headers?: Record<string, string>;
  from?: string;
}

/** A door with nothing but an answer behind it. */
function door(options: Partial<AccessOptions> = {}) {
  const clock = new ManualClock();
  const app = new Hono();
  app.onError((error, context) => problemResponse(context, foreseen(error) ?? INTERNAL));
  app.use('/api/*', access({ clock, loopback: true, ...options }));
  app.get('/api/v1/status', (context) => context.text('in'));
  const ask = ({ headers = {}, from = '127.0.0.1' }: Asking = {}): Promise<Response> => {
    const incoming = { headers, socket: { remoteAddress: from, remotePort: 4711, remoteFamily: 'IPv4' } };
    const bindings = { incoming } as unknown as HttpBindings;
    const request = new Request('http://127.0.0.1:8080/api/v1/status', {
      headers: { host: '127.0.0.1:8080', ...headers },
    });
    return Promise.resolve(app.request(request, undefined, bindings));
  };
  return { ask, clock };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('with a token', () => {
  const { ask } = door({ token: TOKEN, loopback: false });

  test('it opens the door, from anywhere and under any name', async () => {
    const headers = { ...bearer(TOKEN), host: 'chat.example.com', origin: 'https://elsewhere.example' };
    const answer = await ask({ headers, from: '198.51.100.7' });
    expect(answer.status).toBe(200);
    await expect(answer.text()).resolves.toBe('in');
  });

  test('the scheme has no case (RFC 9110 §11.1)', async () => {
    expect((await ask({ headers: { authorization: `bearer ${TOKEN}` } })).status).toBe(200);
  });

  test('without it the answer says what is needed, also on this machine', async () => {
    const answer = await ask();
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="drachtio-chatroom"');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    await expect(answer.json()).resolves.toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'Send Authorization: Bearer TOKEN.',
      code: 'CHAT_ERR_HTTP_TOKEN',
    } satisfies Problem);
  });

  test.each([
    ['another one', 'wrong'],
    ['its beginning', TOKEN.slice(0, -1)],
    ['more than it', `${TOKEN}x`],
    ['another of its length', TOKEN.replace('c', 'd')],
  ])('%s is refused as invalid (RFC 6750 §3)', async (_, token) => {
    const answer = await ask({ headers: bearer(token) });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test.each([`Basic ${TOKEN}`, TOKEN, 'Bearer', `Bearer ${TOKEN} ${TOKEN}`])('%s is no such header', async (value) => {
    expect((await ask({ headers: { authorization: value } })).status).toBe(401);
  });
});

describe('wrong tokens', () => {
  test('of one address are not looked at any more after 20, for a while', async () => {
    const { ask, clock } = door({ token: TOKEN });
    for (let n = 0; n < 20; n++) expect((await ask({ headers: bearer(`guess${n}`) })).status).toBe(401);
    const answer = await ask({ headers: bearer(TOKEN) });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('20');
    expect((await ask({ headers: bearer(TOKEN), from: '127.0.0.2' })).status).toBe(200);
    clock.advance(1000);
    expect((await ask({ headers: bearer(TOKEN) })).status).toBe(200);
  });

  test('of one /64 of IPv6 count as of one address', async () => {
    const { ask } = door({ token: TOKEN });
    for (let n = 0; n < 20; n++) await ask({ headers: bearer('guess'), from: `2001:db8::${n}` });
    expect((await ask({ headers: bearer(TOKEN), from: '2001:db8::ffff' })).status).toBe(429);
    expect((await ask({ headers: bearer(TOKEN), from: '2001:db8:0:1::1' })).status).toBe(200);
  });

  test('of one behind a proxy that is known do not count for the others behind it', async () => {
    const { ask } = door({ token: TOKEN, addressOf: addressBehind(['127.0.0.1']) });
    const behind = (address: string, token: string): Promise<Response> =>
      ask({ headers: { ...bearer(token), 'x-forwarded-for': address } });
    for (let n = 0; n < 20; n++) await behind('198.51.100.7', `guess${n}`);
    expect((await behind('198.51.100.7', TOKEN)).status).toBe(429);
    expect((await behind('198.51.100.8', TOKEN)).status).toBe(200);
    // Whom nobody vouches for is who he is.
    const guess = { headers: { ...bearer('guess'), 'x-forwarded-for': '198.51.100.9' }, from: '203.0.113.1' };
    for (let n = 0; n < 20; n++) await ask(guess);
    expect((await ask({ headers: bearer(TOKEN), from: '203.0.113.1' })).status).toBe(429);
  });

  test('are no requests without one: who forgot it may go on', async () => {
    const { ask } = door({ token: TOKEN });
    for (let n = 0; n < 30; n++) expect((await ask()).status).toBe(401);
    expect((await ask({ headers: bearer(TOKEN) })).status).toBe(200);
  });
});

describe('without a token', () => {
  const { ask } = door();

  test.each(['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST', '[::1]:8080', '127.3.2.1'])(
    'this machine may, by the name %s',
    async (host) => {
      expect((await ask({ headers: { host } })).status).toBe(200);
    },
  );

  test.each([
    ['DNS rebinding: another name for our address', { host: 'evil.example:8080' }],
    ['a name that only begins like one of ours', { host: 'localhost.evil.example' }],
    ['an address that is none of the loopback', { host: '192.0.2.1:8080' }],
    ['no name at all', { host: '' }],
    ['a name that is none', { host: 'a b' }],
    ['a page of elsewhere', { origin: 'https://evil.example' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['a page of another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['a page of elsewhere that sends no Origin', { 'sec-fetch-site': 'cross-site' }],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }],
    ['a proxy (RFC 7239)', { forwarded: 'for=192.0.2.1' }],
    ['a proxy', { 'x-forwarded-for': '192.0.2.1' }],
    ['a proxy that says only where it is', { via: '1.1 proxy' }],
    ['a proxy that says only what was spoken to it', { 'x-forwarded-proto': 'https' }],
  ])('refused: %s', async (_, headers) => {
    const answer = await ask({ headers });
    expect(answer.status).toBe(403);
    const problem = (await answer.json()) as Problem;
    expect(problem.code).toBe('CHAT_ERR_HTTP_ACCESS');
    expect(problem.detail).toContain('set http.token');
  });

  test('our own page may', async () => {
    const headers = { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' };
    expect((await ask({ headers })).status).toBe(200);
  });

  test('a token that nobody asked for changes nothing', async () => {
    expect((await ask({ headers: { ...bearer('x'), host: 'evil.example' } })).status).toBe(403);
  });

  test('nobody may where other machines can connect', async () => {
    const { ask: askOpen } = door({ loopback: false });
    const answer = await askOpen();
    expect(answer.status).toBe(403);
    expect(((await answer.json()) as Problem).detail).toContain('open to other machines');
  });
});
