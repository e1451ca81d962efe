import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import type * as schemas from '../../plugin/api/schemas/index.js';
import { runRooms } from '../../plugin/cli/rooms.js';
import { freePort } from '../support/free-port.js';
import { type Exit, RunningProgram, type RunningServer, serveUnder } from '../support/program.js';
import { bash } from '../support/shell.js';

const TOKEN = 'a-token.for~tests';

let server: RunningServer;
let url: string;
let folder: string;
let ana: TestParticipant;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatroom-rooms-'));
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  server = await serveUnder({}, '--http-token-file', join(folder, 'token'));
  url = server.health.replace('/healthz', '');
  ana = await joined('ana');
});
afterAll(async () => {
  await ana?.participant.leave();
  await server?.program.stop();
  await rm(folder, { recursive: true, force: true });
});

const joined = (user: string): Promise<TestParticipant> =>
  joinRoom('sip:lobby@localhost', { uri: `sip:${user}@example.com`, nick: user, proxy: server.sip });

const env = (): NodeJS.ProcessEnv => ({ CHATROOM_URL: url, CHATROOM_HTTP_TOKEN: TOKEN });

/** In this process: a program of its own each time would only take its time. */
async function rooms(...args: string[]): Promise<Exit> {
  return runWith(env(), ...args);
}

const said = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';

async function runWith(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Exit> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runRooms(args, { stdout, stderr, env: environment });
  return { code, stdout: said(stdout), stderr: said(stderr) };
}

/** What is shown when it is done. */
async function shown(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await rooms(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const asJson = async <T>(...args: string[]): Promise<T> => JSON.parse(await shown(...args, '--json')) as T;

test('a room where nobody could call it is not made: one line that names the domains, 1', async () => {
  expect(await rooms('create', 'sip:plans@elsewhere.example')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'drachtio-chatroom rooms: Nobody could call sip:plans@elsewhere.example: this server serves localhost; ' +
      'name one of these (CHAT_ERR_ROOM_DOMAIN)\n',
  });
  expect(await shown('list')).not.toContain('elsewhere');
});

test('rooms are made with options of every kind, listed, shown, changed and closed', async () => {
  expect(await shown('create', 'plans', '--subject', '2027', '--set', 'owners=sip:a@x.example,sip:b@x.example')).toBe(
    'made sip:plans@localhost\n',
  );
  const settings = ['title=2027', 'roster.full=7', 'roster.speakers=3', 'password=null', 'kickBan=0', 'aliases=8000'];
  const { config } = await asJson<schemas.Room>('set', 'plans', ...settings, 'deny=');
  expect(config).toMatchObject({
    subject: '2027',
    title: '2027',
    owners: ['sip:a@x.example', 'sip:b@x.example'],
    roster: { full: 7, speakers: 3, interval: 1000 },
    password: false,
    kickBan: 0,
    aliases: ['8000'],
    deny: [],
  });
  expect(await shown('topic', 'plans', 'Next year')).toMatch(/^subject +Next year$/m);
  expect(await shown('lock', '8000')).toMatch(/^uri +sip:plans@localhost\nlocked +true\n$/);
  expect(await shown('list')).toMatch(/^sip:plans@localhost +0 +0 +locked +Next year$/m);
  expect(await shown('unlock', 'plans')).toMatch(/^locked +false$/m);
  expect(await shown('show', 'plans')).toMatch(/^uri +sip:plans@localhost$/m);
  expect(await shown('close', 'plans', '--reason', 'done')).toBe('closed\n');
  expect(await shown('list')).not.toContain('plans');
});

test('people are seen, silenced, moved, removed and kept out', async () => {
  const bo = await joined('bo');
  const who = await shown('who', 'lobby');
  expect(who).toMatch(/^NAME +URI +ROLE +DEVICE +MSRP +USER AGENT$/m);
  expect(who).toMatch(/^bo +sip:bo@example\.com +participant +e\d+ +tcp 127\.0\.0\.1:\d+ +drachtio-chatroom/m);
  expect(await shown('mute', 'lobby', 'bo', '--until', '2100-01-01T00:00:00Z')).toContain('participant, muted');
  expect(await shown('unmute', 'lobby', 'bo')).not.toContain('muted');
  expect(await asJson<schemas.Participant>('role', 'lobby', 'bo', 'moderator')).toMatchObject({ role: 'moderator' });
  expect(await shown('kick', 'lobby', 'bo', '--reason', 'off topic')).toBe('kicked\n');
  await bo.events.next('closed');
  expect(await shown('bans', 'lobby')).toMatch(/^sip:bo@example\.com +kick +\S+ +operator +off topic$/m);
  expect(await shown('unban', 'lobby', 'sip:bo@example.com')).toBe('not banned any more\n');
  expect(await shown('ban', 'lobby', '*@spam.example', '--reason', 'spam')).toMatch(/ban +for ever +operator +spam$/m);
  expect(await shown('audit')).toMatch(/ operator +kick +sip:bo@example\.com +\{"reason":"off topic"\}$/m);
});

test('what was said is shown where it is kept, as much as is asked for', async () => {
  const none = await rooms('history', 'lobby');
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('CHAT_ERR_NO_HISTORY')]);
  await shown('create', 'minutes', '--set', 'history=10');
  for (const text of ['one', 'two \u001b[31m', 'three']) await shown('say', 'minutes', text);
  const lines = (await shown('history', 'minutes', '--limit', '2', '--since', '2020-01-01')).split('\n');
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^ID {2}TIME +FROM +TEXT$/),
    expect.stringMatching(/^2 {3}\d{4}-\S+Z {2}sip:minutes@localhost {2}two \P{Cc}*$/u),
  ]);
  const { messages, next } = await asJson<schemas.History>('history', 'minutes', '--before', '3', '--limit', '1');
  expect([messages.map(({ text }) => text), next]).toEqual([['two \u001b[31m'], 2]);
  expect((await rooms('history', 'minutes', '--since', 'yesterday')).code).toBe(1);
  await shown('close', 'minutes');
});

test('the room speaks, to all and to one', async () => {
  expect(await shown('say', 'lobby', 'The server restarts at noon.')).toBe('sent to 1 device\n');
  await ana.events.next('message', ({ text }) => text === 'The server restarts at noon.');
  expect(await asJson<schemas.Sent>('say', 'lobby', 'psst', '--to', 'ana')).toEqual({ recipients: 1 });
  await ana.events.next('message', ({ text }) => text === 'psst');
});

test('what happens is told as it happens', async () => {
  expect((await new RunningProgram(['rooms', 'list'], env()).exited).stdout).toContain('sip:lobby@localhost');
  const tail = new RunningProgram(['rooms', 'tail', 'lobby', '--type', 'room.configured', '--json'], env());
  const told = tail.shows('room.configured');
  // Until the stream is open nobody is told: so again and again.
  const listening = { over: false };
  const finished = told.finally(() => {
    listening.over = true;
  });
  for (let n = 0; !listening.over; n++) await shown('topic', 'lobby', `news ${n}`);
  await finished;
  tail.kill();
  const [line] = tail.stdout.split('\n');
  expect(JSON.parse(line)).toMatchObject({ type: 'room.configured', room: 'sip:lobby@localhost' });
});

test('how the server is', async () => {
  expect(await shown('status')).toMatch(/^state +ready\nSIP +embedded endpoint\nrooms +\d+\n/m);
  expect(await shown('errors')).toMatch(/^TIME +METHOD +STATUS/);
});

/** What a server says to `list` and to `tail` that is none of ours. */
async function somebodyElse(answer: RequestListener): Promise<{ answers: Exit[]; at: string }> {
  const other = createServer(answer).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const answers = [await rooms('list', '--url', at), await rooms('tail', '--url', at)];
  other.close();
  return { answers, at };
}

describe('what cannot be done is said in one line, with cause and fix', () => {
  test.each<[string, string[], number, RegExp]>([
    ['nothing', [], 2, /^drachtio-chatroom rooms: what about rooms\? .*--help/],
    ['no such command', ['lsit'], 2, /there is no rooms lsit/],
    ['a name of an object', ['constructor'], 2, /there is no rooms constructor/],
    ['too few words', ['kick', 'lobby'], 2, /rooms kick needs WHO/],
    ['too many', ['topic', 'lobby', 'a', 'b'], 2, /"b" is one too many; quote a text that has spaces/],
    ['a flag of another command', ['list', '--reason', 'x'], 2, /rooms list takes no --reason/],
    ['no such flag', ['list', '--jsno'], 2, /Unknown option '--jsno'/],
    ['no URL', ['list', '--url', 'localhost:8080'], 2, /--url localhost:8080 is not the URL of a server/],
    ['no token in the file', ['list', '--token-file', '/nonexistent'], 2, /cannot be read \(ENOENT\)/],
    ['no key=value', ['set', 'lobby', 'locked'], 2, /"locked" is not key=value/],
    ['no such room', ['who', 'nowhere'], 1, /There is no room nowhere; create it first \(CHAT_ERR_ROOM_UNKNOWN\)$/m],
    ['no such person', ['kick', 'lobby', 'zoe'], 1, /zoe is not in sip:lobby@localhost/],
    ['no such option', ['set', 'lobby', 'lokced=true'], 1, /there is no lokced; did you mean "locked"\?/],
    ['a wrong value', ['set', 'lobby', 'kickBan=soon'], 1, /body\.kickBan: /],
    ['no time', ['mute', 'lobby', 'ana', '--until', 'tomorrow'], 1, /body\.mutedUntil: /],
  ])('%s', async (_, args, code, text) => {
    const exit = await rooms(...args);
    expect({ code: exit.code, stdout: exit.stdout }).toEqual({ code, stdout: '' });
    expect(exit.stderr).toMatch(text);
    expect(exit.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('another token, or none', async () => {
    for (const token of ['other', '']) {
      const exit = await runWith({ ...env(), CHATROOM_HTTP_TOKEN: token }, 'list');
      expect(exit).toMatchObject({ code: 1, stdout: '' });
      expect(exit.stderr).toMatch(/; give it with --token-file or CHATROOM_HTTP_TOKEN \(CHAT_ERR_HTTP_TOKEN\)\n$/);
    }
    expect((await rooms('list', '--token-file', join(folder, 'token'))).code).toBe(0);
  });

  test('nobody there', async () => {
    const at = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await rooms('list', '--url', at);
    expect(code).toBe(1);
    expect(stderr).toContain(`no server at ${at} (ECONNREFUSED); start drachtio-chatroom serve, or name its HTTP port`);
  });

  test.each([
    [404, 'text/html', '<html>'],
    [200, 'text/html', '<html>'],
    [200, 'text/html', ''],
    [500, 'application/problem+json', '<html>'],
  ])('somebody else there, who answers with %d, %s and %p', async (status, type, text) => {
    const { answers, at } = await somebodyElse((_, response) => {
      response.writeHead(status, { 'content-type': type }).end(text);
    });
    const stderr = `drachtio-chatroom rooms: what answers at ${at} is no drachtio-chatroom (${status}); see --url\n`;
    expect(answers).toEqual([
      { code: 1, stdout: '', stderr },
      { code: 1, stdout: '', stderr },
    ]);
  });

  test('an answer that breaks off', async () => {
    const { answers } = await somebodyElse(({ url: asked = '' }, response) => {
      const type = asked.includes('/events') ? 'text/event-stream' : 'application/json';
      response.writeHead(200, { 'content-type': type, 'content-length': '100' }).write('{');
      response.socket?.end();
    });
    for (const { code, stderr } of answers) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/^drachtio-chatroom rooms: the server is gone \(.*\)\n$/);
    }
  });

  test('an empty CHATROOM_URL is none, and --url takes no password', async () => {
    const { code, stderr } = await runWith({ CHATROOM_URL: '' }, 'list', '--url', 'http://ana:secret@127.0.0.1:1');
    expect(code).toBe(2);
    expect(stderr).toContain('--url takes no user and password; see --token-file');
    expect(stderr).not.toContain('secret');
    expect((await runWith({ CHATROOM_URL: '' }, 'list', '--token-file', folder)).stderr).toContain('cannot be read');
  });
});

test('--help lists what there is', async () => {
  const { code, stdout } = await new RunningProgram(['rooms', '--help']).exited;
  expect(code).toBe(0);
  for (const name of ['list', 'create ROOM', 'set ROOM key=value…', 'invite ROOM URI…', 'tail [ROOM]']) {
    expect(stdout).toContain(`\n  ${name} `);
  }
});

test('the examples of docs/http-api.md do what they say', async () => {
  const open = await serveUnder({});
  const people = await Promise.all(
    ['ana', 'bo'].map((user) =>
      joinRoom('sip:lobby@localhost', { uri: `sip:${user}@example.com`, nick: user, proxy: open.sip }),
    ),
  );
  const docs = await readFile(join(__dirname, '../../docs/http-api.md'), 'utf8');
  const scripts = [...docs.matchAll(/```sh\n(.*?)```/gs)].map(([, script]) => script);
  expect(scripts.length).toBeGreaterThanOrEqual(8);
  for (const script of scripts) {
    const here = script.replaceAll('http://127.0.0.1:8080', open.health.replace('/healthz', ''));
    expect(await bash(here, { TOKEN })).toMatchObject({ code: 0, stderr: '' });
  }
  await people[0].events.next('message', ({ text }) => text === 'Only for you.');
  await people[1].events.next('closed');
  await open.program.stop();
});
