import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import type { Problem, Trace, Traces } from '../../plugin/api/schemas/index.js';
import { type RunningServer, RunningProgram, serve } from '../support/program.js';
import { tracedMessages } from '../support/tshark.js';

let folder: string;
let server: RunningServer;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-'));
  const config = join(folder, 'chatroom.yaml');
  await writeFile(config, `trace:\n  directory: ${join(folder, 'traces')}\n  maxBytes: 1000000\n`);
  server = await serve('--config', config, '--workers', '2');
  url = new URL(server.health).origin;
});
afterAll(async () => {
  server?.program.kill();
  await rm(folder, { recursive: true });
});

const api = (method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${url}/api/v1/traces${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

const enter = (user: string): Promise<TestParticipant> =>
  joinRoom('sip:lobby@localhost', { uri: `sip:${user}@localhost`, proxy: server.sip });

async function talk(text: string): Promise<void> {
  const [ana, ben] = [await enter('ana'), await enter('ben')];
  expect(await ana.participant.send(text)).toMatchObject({ status: 200 });
  expect((await ben.events.next('message'))[0].text).toBe(text);
  await ana.participant.leave();
  await ben.participant.leave();
}

test('the command records what both workers carry, until Ctrl-C, and leaves nothing at the server', async () => {
  const file = join(folder, 'lobby.pcapng');
  const command = new RunningProgram(['trace', 'lobby', '--url', url, '-o', file]);
  await command.logs('recording, for 600 s at most');
  await talk('through two threads');
  command.signal('SIGINT');
  const { code, stderr } = await command.exited;
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/lobby\.pcapng: \d+ SIP and \d+ MSRP messages; ended: stopped\n$/),
  ]);
  const messages = await tracedMessages(file);
  expect(messages.filter(({ malformed, protocols }) => malformed !== '' || !/sip|msrp/.test(protocols))).toEqual([]);
  // By Call-ID: over UDP one that is answered late is sent again.
  const invites = messages.filter(({ is }) => is === 'INVITE').map(({ of }) => of);
  expect(new Set(invites).size).toBe(2);
  const sends = messages.filter(({ is, inbound }) => is === 'SEND' && !inbound);
  expect(sends.length).toBeGreaterThan(0);
  // Two endpoints, each at a worker of its own, that listens at a port of its own.
  const frames = messages.filter(({ protocols }) => protocols.includes('msrp'));
  expect(new Set(frames.map((frame) => frame.interface)).size).toBe(2);
  expect(new Set(frames.map((frame) => (frame.inbound ? frame.destination : frame.source))).size).toBe(2);
  expect((await readFile(file)).includes('through two threads')).toBe(true);
  expect(await readdir(join(folder, 'traces'))).toEqual([]);
});

test('started, seen, stopped, downloaded and deleted over HTTP; who asked is in the audit log', async () => {
  const started = await api('POST', '', { room: 'lobby', maxDuration: 30, maxBytes: 5_000_000 });
  const trace = (await started.json()) as Trace;
  expect(started.status).toBe(201);
  expect(started.headers.get('location')).toBe(`/api/v1/traces/${trace.id}`);
  expect(trace).toMatchObject({ room: 'sip:lobby@localhost', ended: null, maxDuration: 30, maxBytes: 1_000_000 });
  await server.program.logs(new RegExp(`"id":"${trace.id}".*"by":"HTTP from 127\\.0\\.0\\.1"`));
  expect((await api('GET', `/${trace.id}/file`)).status).toBe(409);
  await talk('hello');
  expect(await (await api('GET', '')).json()).toMatchObject({ traces: [{ id: trace.id }] } satisfies {
    traces: Partial<Trace>[];
  });
  const stopped = (await (await api('DELETE', `/${trace.id}`)).json()) as Trace;
  expect(stopped).toMatchObject({ ended: 'stopped', dropped: 0 });
  // Again it changes nothing.
  expect(await (await api('DELETE', `/${trace.id}`)).json()).toEqual(stopped);
  const file = await api('GET', `/${trace.id}/file`);
  expect(file.headers.get('content-type')).toBe('application/x-pcapng');
  expect((await file.arrayBuffer()).byteLength).toBe(stopped.bytes);
  expect((await api('DELETE', `/${trace.id}?file=delete`)).status).toBe(204);
  expect((await api('DELETE', `/${trace.id}`)).status).toBe(404);
  expect((await (await api('GET', '')).json()) as Traces).toEqual({ traces: [] });
});

const problem = async (response: Promise<Response>): Promise<string> =>
  ((await (await response).json()) as Problem).code;

test('what cannot be is a problem', async () => {
  expect(await problem(api('GET', '/none'))).toBe('CHAT_ERR_TRACE_UNKNOWN');
  expect(await problem(api('GET', '/..%2f..%2fetc%2fpasswd/file'))).toBe('CHAT_ERR_TRACE_UNKNOWN');
  expect(await problem(api('POST', '', { room: 'bell \u0007' }))).toBe('CHAT_ERR_ROOM_URI');
  const elsewhere = fetch(`${url}/api/v1/traces`, { headers: { origin: 'https://elsewhere.example' } });
  expect(await problem(elsewhere)).toBe('CHAT_ERR_HTTP_ACCESS');
});

test('a file that cannot be written, or is there already, is told before anything is recorded', async () => {
  const there = join(folder, 'there.pcapng');
  await writeFile(there, 'mine');
  for (const [file, why] of [
    [join(folder, 'nowhere', 'x.pcapng'), 'ENOENT'],
    [there, 'EEXIST'],
  ]) {
    const command = new RunningProgram(['trace', '--seconds', '1', '--url', url, '-o', file]);
    const stderr = `drachtio-chatroom: ${file} cannot be written (${why}); see -o\n`;
    expect(await command.exited).toMatchObject({ code: 1, stderr });
  }
  expect(await readFile(there, 'utf8')).toBe('mine');
  expect((await (await api('GET', '')).json()) as Traces).toEqual({ traces: [] });
});

test('without the option nothing is recorded, and the command says so', async () => {
  const other = await serve();
  const command = new RunningProgram(['trace', '--url', new URL(other.health).origin]);
  expect(await command.exited).toMatchObject({
    code: 1,
    stderr: 'drachtio-chatroom: Nothing is recorded here; set trace.directory (CHAT_ERR_TRACES_OFF)\n',
  });
  other.program.kill();
  await other.program.exited;
});

test.each([
  [['--seconds', '0'], 2, /^drachtio-chatroom: --seconds 0 is no number of seconds; .*--help\n$/],
  [['a', 'b'], 2, /^drachtio-chatroom: unexpected argument b; /],
  [['--url', 'localhost'], 2, /^drachtio-chatroom: --url localhost is not the URL of a server, like .*\n$/],
  [
    ['--url', 'http://127.0.0.1:1'],
    1,
    /^drachtio-chatroom: no server at http:\/\/127\.0\.0\.1:1 \(.*\); start .*--url\n$/,
  ],
])('%j ends with %d and one line', async (args, code, line) => {
  expect(await new RunningProgram(['trace', ...args]).exited).toMatchObject({
    code,
    stderr: expect.stringMatching(line),
  });
});
