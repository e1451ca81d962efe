import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { stringify } from 'yaml';
import { runCheckConfig } from '../../../../plugin/cli/check-config.js';
import { runServe } from '../../../../plugin/cli/serve.js';
import { SECRETS } from '../../../../plugin/config/special-keys.js';
import { type Tree, valueAt, withValue } from '../../../../plugin/config/tree.js';
import { Caller, inviteFrom, offer } from '../../../support/caller.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';
import { freePort } from '../../../support/program.js';

/** What is to be stopped whatever came of a test. */
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await removeFiles();
});

/** In every secret, and in nothing else. */
const MARK = 'hunter2';
const HIDDEN = new RegExp(MARK, 'i');

/** Where one secret of each kind stands: the first of a list, and a room `lobby`. */
const placeOf = (secret: readonly string[]): string[] =>
  secret.map((key) => (key === '*' ? (secret[0] === 'webhooks' ? '0' : 'lobby') : key));

/** A configuration in which all that may hold a secret has one. */
function secretive(): Tree {
  const others: Tree = {
    outboundProxy: `sip:rooms:${MARK}-proxy@127.0.0.1:9;transport=tcp`,
    http: { web: { sip: `wss://pages:${MARK}-pages@sip.example.com` } },
    webhooks: [{ url: `http://hook:${MARK}-hook@127.0.0.1:9/x?token=${MARK}-query` }],
    invitations: { credentials: { user: 'rooms' } },
  };
  return SECRETS.reduce<unknown>((tree, secret) => {
    const text = secret.join('.') === 'digest.sql.url' ? `postgres://u:${MARK}-sql@127.0.0.1:9/users` : undefined;
    return withSection(tree, placeOf(secret), text ?? `${MARK}-${secret.join('-')}`);
  }, others) as Tree;
}

/** As `withValue`, where the sections above may be missing. */
function withSection(tree: unknown, path: readonly string[], value: unknown): unknown {
  const above = path.slice(0, -1);
  const ready = above.reduce<unknown>((known, _, index) => {
    const section = above.slice(0, index + 1);
    return valueAt(known, section) === undefined ? withValue(known, section, {}) : known;
  }, tree);
  return withValue(ready, path, value);
}

function check(argv: string[]): { code: number; said: string } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = runCheckConfig(argv, { stdout, stderr, env: {} });
  return { code, said: `${String(stdout.read() ?? '')}${String(stderr.read() ?? '')}` };
}

test('check-config --print shows no secret, wherever one may stand', async () => {
  const owned = withSection(secretive(), ['rooms', 'static', 'lobby', 'owners'], [`sip:boss:${MARK}@example.com`]);
  const { code, said } = check([await fileWith(stringify(owned), 'chatrooms.yaml'), '--print']);
  expect(code).toBe(0);
  expect(said).not.toMatch(HIDDEN);
  expect(said).toContain('outboundProxy: sip:rooms:********@127.0.0.1:9;transport=tcp');
  expect(said).toContain('sip:boss:********@example.com');
  // What is masked is there, so that the test looks at all of them.
  expect(said.match(/\*{3,8}/g)?.length).toBeGreaterThanOrEqual(SECRETS.length + 3);
});

test.each([
  ...SECRETS.map((secret): [string, readonly string[], unknown] => [
    `${secret.join('.')} that is no text`,
    placeOf(secret),
    [MARK],
  ]),
  ['outboundProxy that is no URI', ['outboundProxy'], `http://rooms:${MARK}@proxy`],
  ['http.web.sip that is no URL', ['http', 'web', 'sip'], `ftp://rooms:${MARK}@proxy`],
  ['webhooks.url that is no URL', ['webhooks', '0', 'url'], `ftp://rooms:${MARK}@proxy`],
])('%s: the complaint does not show it', async (_, path, value) => {
  const file = await fileWith(stringify(withValue(secretive(), path, value)), 'chatrooms.yaml');
  for (const format of ['text', 'json']) {
    const { code, said } = check([file, '--format', format]);
    expect([code, said]).toEqual([2, expect.stringContaining(path.at(-1) ?? '')]);
    expect(said).not.toMatch(HIDDEN);
  }
});

test('--outbound-proxy of a wrong form: neither does that of the flag', () => {
  const { code, said } = check(['--outbound-proxy', `http://rooms:${MARK}@proxy`]);
  expect(code).toBe(2);
  expect(said).not.toMatch(HIDDEN);
});

/** The program in this process, and all that it wrote. */
async function program(settings: Tree, users?: string) {
  const [sip, msrp, http] = [await freePort(), await freePort(), await freePort()];
  let tree: unknown = settings;
  for (const [path, value] of [
    [['sip', 'listen'], `127.0.0.1:${sip}`],
    [['msrp', 'listen'], `127.0.0.1:${msrp}`],
    [['msrp', 'tls'], false],
    [['http', 'listen'], `127.0.0.1:${http}`],
    [['log', 'level'], 'trace'],
  ] as const) {
    tree = withSection(tree, path, value);
  }
  if (users !== undefined) tree = withSection(tree, ['digest', 'file'], await fileWith(users, 'users'));
  const file = await fileWith(stringify(tree), 'chatrooms.yaml');
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written: string[] = [];
  for (const stream of [stdout, stderr]) stream.on('data', (bytes: Buffer) => void written.push(bytes.toString()));
  const [stop, reload] = [new AbortController(), new EventTarget()];
  const exit = runServe(['--config', file], { stdout, stderr, env: {}, signal: stop.signal, reload });
  cleanups.push(() => stop.abort());
  return { file, tree: tree as Tree, sip, http, stdout, written, exit, stop: () => stop.abort() };
}

test('a start that fails does not show the secret it failed with', async () => {
  const database = await program({ ...secretive(), auth: 'digest', drachtio: {} });
  expect(await database.exit).toBe(1);
  expect(database.written.join('')).toContain('digest');
  const server = await program({ drachtio: { host: '127.0.0.1', port: await freePort(), secret: MARK } });
  expect(await server.exit).toBe(1);
  expect([...database.written, ...server.written].join('')).not.toMatch(HIDDEN);
});

test('no secret is in the log, the API, its problems, events, metrics or pages, whatever happens', async () => {
  const { digest: _, ...settings } = withValue(secretive(), ['http', 'web'], true) as Tree;
  const running = await program({ ...settings, auth: 'digest' }, `ana:${MARK}-ana\n`);
  await once(running.stdout, 'data');
  const base = `http://127.0.0.1:${running.http}`;
  const token = String(valueAt(running.tree, ['http', 'token']));
  const shown: string[] = [];
  const ask = async (method: string, path: string, body?: unknown, bearer = token): Promise<number> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    shown.push(`${method} ${path} ${response.status} ${[...response.headers].join(' ')}`, await response.text());
    return response.status;
  };
  const api = (method: string, path: string, body?: unknown): Promise<number> => ask(method, `/api/v1${path}`, body);
  const events = await fetch(`${base}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
  expect(events.status).toBe(200);

  expect(await ask('GET', '/api/v1/status', undefined, `${MARK}-wrong`)).toBe(401);
  expect(await api('POST', '/rooms', { name: 'club', config: { password: `${MARK}-club` } })).toBe(201);
  expect(await api('PATCH', '/rooms/club', { password: `${MARK}-changed` })).toBe(200);
  expect(await api('PATCH', '/rooms/club', { password: [`${MARK}-list`] })).toBe(400);
  expect(await api('PATCH', '/rooms/club', { password: `${MARK}-typo`, locekd: true })).toBe(400);
  expect(await api('POST', '/rooms', { name: 'club', config: { password: `${MARK}-again` } })).toBe(409);
  expect(await api('POST', '/rooms/lobby/bans', { pattern: 'sip:eve@example.com' })).toBe(201);
  // Nobody is at the outbound proxy.
  await api('POST', '/rooms/club/participants', { uris: ['sip:bob@example.com'] });

  // Passwords that callers give, right and wrong ones.
  const proxy = `sip:127.0.0.1:${running.sip}`;
  const agent = await Caller.agent({ proxy: () => proxy, onClose: (cleanup) => void cleanups.push(cleanup) });
  const login = `Digest username="ana", realm="localhost", nonce="x", uri="x", response="${MARK}"`;
  for (const [name, value, status] of [
    ['X-Room-Password', `${MARK}-header`, 401],
    ['Authorization', login, 400],
  ] as const) {
    const invite = inviteFrom(agent, `sip:lobby@localhost;pin=${MARK}-pin`, {
      uri: 'sip:ana@localhost',
      headers: [[name, value]],
      body: offer(),
    });
    expect((await agent.exchange(invite)).status).toBe(status);
  }

  await writeFile(running.file, stringify(withValue(running.tree, ['http', 'token'], [`${MARK}-reload`])));
  expect(await api('POST', '/reload')).toBe(422);
  const other = withValue(running.tree, ['outboundProxy'], `sip:rooms:${MARK}-other@127.0.0.1:9`);
  await writeFile(running.file, stringify(withValue(other, ['rooms', 'defaults', 'password'], `${MARK}-now`)));
  expect(await api('POST', '/reload')).toBe(200);

  for (const path of ['/status', '/rooms', '/rooms/lobby', '/rooms/club', '/rooms/lobby/bans', '/audit', '/errors']) {
    expect(await api('GET', path)).toBe(200);
  }
  for (const path of ['/metrics', '/healthz', '/', '/admin']) await ask('GET', path);
  running.stop();
  expect(await running.exit).toBe(0);
  shown.push(await events.text());

  const all = [...shown, ...running.written].join('\n');
  for (const sign of ['room created', 'join asked', 'CHAT_ERR_OPTION', '"act":"configure"', 'event: room.created'])
    expect(all).toContain(sign);
  expect(all.split('\n').filter((line) => HIDDEN.test(line))).toEqual([]);
});
