/** What `rooms` asks of a server, and how it takes the answers: from a server that says what the test has it say. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock, type Clock } from '../../lib/util/clock.js';
import { runRooms } from '../../plugin/cli/rooms.js';
import { ManualClock } from '../support/manual-clock.js';

interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

let server: Server;
let url: string;
let asked: Asked[];
let answer: (request: Asked, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (bytes: Buffer) => (text += bytes.toString()));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      asked.push({ method, url: path, headers, body: text === '' ? undefined : JSON.parse(text) });
      answer(asked.at(-1)!, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const json =
  (body: object, status = 200) =>
  (_: unknown, response: ServerResponse): void =>
    void response
      .writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
      .end(JSON.stringify(body));

const said = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';

async function rooms(args: string[], env: NodeJS.ProcessEnv = {}, clock: Clock = systemClock) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runRooms(args, { stdout, stderr, env: { CHATROOM_URL: url, ...env } }, clock);
  return { code, stdout: said(stdout), stderr: said(stderr) };
}

const room = (name: string, subject = '') => ({
  uri: `sip:${name}@localhost`,
  name,
  title: null,
  subject,
  participants: 1,
  endpoints: 1,
  locked: false,
  newcomers: 'participant',
});

test('list asks for one page after the other', async () => {
  answer = ({ url: path }, response) => {
    const after = new URL(path, url).searchParams.get('after');
    const page = after === null ? { rooms: [room('a')], next: 'sip:a@localhost' } : { rooms: [room('b')] };
    json(page)(undefined, response);
  };
  const { code, stdout } = await rooms(['list']);
  expect([code, stdout.match(/^sip:\S+/gm)]).toEqual([0, ['sip:a@localhost', 'sip:b@localhost']]);
  expect(asked.map(({ url: path }) => path)).toEqual([
    '/api/v1/rooms?limit=1000',
    '/api/v1/rooms?limit=1000&after=sip%3Aa%40localhost',
  ]);
});

test('--token-file wins over CHATROOM_HTTP_TOKEN; what can be no token is not sent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chatroom-rooms-'));
  const file = join(folder, 'token');
  await writeFile(file, 'from-file\n');
  answer = json({ rooms: [] });
  const env = { CHATROOM_HTTP_TOKEN: 'from-environment' };
  await rooms(['list'], env);
  await rooms(['list', '--token-file', file], env);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer from-environment', 'Bearer from-file']);
  await writeFile(file, 'two words\n');
  const { code, stderr } = await rooms(['list', '--token-file', file]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${file} has no token`);
  expect(stderr).not.toContain('two words');
  expect(asked).toHaveLength(2);
  await rm(folder, { recursive: true });
});

test('a redirection is not followed, so that the token stays here', async () => {
  answer = ({ url: path }, response) => {
    if (path === '/elsewhere') json({ rooms: [] })(undefined, response);
    else response.writeHead(307, { location: '/elsewhere' }).end();
  };
  expect((await rooms(['list'], { CHATROOM_HTTP_TOKEN: 'token' })).code).toBe(1);
  expect(asked).toHaveLength(1);
});

test('who does not answer is waited for 30 s; whom invitations ring, for longer', async () => {
  const clock = new ManualClock();
  answer = ({ url: path }, response) => {
    clock.advance(29_000);
    if (path.includes('participants')) {
      clock.advance(240_000);
      json({ results: [] })(undefined, response);
    } else clock.advance(2_000);
  };
  expect(await rooms(['list'], {}, clock)).toEqual({
    code: 1,
    stdout: '',
    stderr: `drachtio-chatroom rooms: ${url} does not answer; is the server well?\n`,
  });
  expect((await rooms(['invite', 'lobby', 'sip:a@b', '--subject', 'Tea'], {}, clock)).code).toBe(0);
  expect(asked.at(-1)).toMatchObject({ method: 'POST', body: { uris: ['sip:a@b'], subject: 'Tea' } });
});

test('a ban for a while, an end with a reason', async () => {
  answer = json({ pattern: 'sip:a@b', until: '2100-01-01T00:00:00.000Z', reason: null, by: null, kick: false }, 201);
  const { stdout } = await rooms(['ban', 'lobby', 'sip:a@b', '--until', '2100-01-01T01:00+01:00']);
  expect(asked[0].body).toEqual({ pattern: 'sip:a@b', until: '2100-01-01T00:00:00.000Z' });
  expect(stdout).toMatch(/^sip:a@b +ban +2100-01-01T00:00:00\.000Z +operator$/m);
  answer = (_, response) => void response.writeHead(204).end();
  expect((await rooms(['close', 'lobby', '--reason', 'We are done'])).stdout).toBe('closed\n');
  expect(asked[1]).toMatchObject({ method: 'DELETE', url: '/api/v1/rooms/lobby?reason=We+are+done' });
});

test('what others wrote cannot steer the terminal: in tables, in lists, in errors', async () => {
  const evil = 'x\u001b[2J\u0007\ny';
  answer = json({ rooms: [room('a', evil)] });
  const table = await rooms(['list']);
  answer = json({ ...room('a', evil), config: {} });
  const list = await rooms(['show', 'a']);
  answer = json({ detail: evil, code: 'CHAT_ERR_OPTION' }, 400);
  const error = await rooms(['show', 'a']);
  for (const shown of [table.stdout, list.stdout, error.stderr]) {
    expect(shown).toContain('[2J');
    expect(shown.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
  expect([table.stdout, error.stderr].map((text) => text.split('\n').length)).toEqual([3, 2]);
});

const device = (id: string, bound: boolean, congested: boolean) => ({
  id,
  transport: 'tcp',
  remote: null,
  bound,
  congested,
  userAgent: null,
});

test('of each device it is told whether it reads too slowly, or has no session', async () => {
  const endpoints = [device('e1', true, false), device('e2', true, true), device('e3', false, false)];
  const ana = { uri: 'sip:ana@b', nickname: null, displayName: null, role: 'participant', muted: false, endpoints };
  answer = json({ participants: [ana] });
  const { stdout } = await rooms(['who', 'lobby']);
  expect(stdout).toMatch(/ e1 +tcp\n/);
  expect(stdout).toMatch(/ e2 +tcp +slow\n/);
  expect(stdout).toMatch(/ e3 +tcp +no session\n/);
});
