import { createServer, type Server } from 'node:net';
import { joinRoom } from '../../lib/client/testing.js';
import { fileWith, removeFiles } from '../support/certificates.js';
import { RunningProgram, run, type RunningServer, serve } from '../support/program.js';

const ROOM = 'sip:lobby@localhost';
/** Seconds. */
const PATIENTLY = ['--timeout', '120'];
const running: RunningProgram[] = [];

afterEach(() => {
  for (const program of running.splice(0)) program.kill();
});

async function started(...args: string[]): Promise<RunningServer> {
  const server = await serve(...args);
  running.push(server.program);
  return server;
}

const chat = (server: RunningServer, nick: string, ...steps: string[]): RunningProgram =>
  new RunningProgram(['chat', ROOM, '--nick', nick, '--proxy', `127.0.0.1:${server.sip.port}`, ...PATIENTLY, ...steps]);

test('serve and three chats: join, nickname, room message, private message, leave', async () => {
  const server = await started();
  const carla = chat(server, 'carla', '--expect', 'hello all', '--expect', ' left', '--say', 'bye');
  await carla.shows('you are in');
  const bob = chat(
    server,
    'bob',
    '--expect',
    'alice',
    '--say',
    'hello all',
    '--expect',
    'psst',
    '--say',
    '/nick robert',
  );
  await bob.shows('you are in');
  const alice = chat(server, 'alice', '--expect', 'hello all', '--say', '/msg bob psst');
  const exits = await Promise.all([alice.exited, bob.exited, carla.exited]);
  for (const { code, stderr } of exits) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, , { stdout }] = exits;
  expect(stdout).not.toContain('psst');
  expect(exits[1]?.stdout).toContain('the room calls you robert');
});

test('serve and two chats, one of them over TLS', async () => {
  const server = await started();
  expect(server.program.stdout).toMatch(/MSRP {4}msrps:\/\/127\.0\.0\.1:\d+, self-signed certificate\n/);
  const bob = chat(server, 'bob', '--msrps', '--expect', 'hello over TCP', '--say', 'hello over TLS');
  await bob.shows('you are in');
  const alice = chat(server, 'alice', '--say', 'hello over TCP', '--expect', 'hello over TLS');
  for (const { code, stderr } of await Promise.all([alice.exited, bob.exited]))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('healthz answers 200 while it runs, metrics how much goes on; SIGTERM sends BYE to who is here and ends with 0', async () => {
  const { program, sip, health } = await started('--drain-timeout', '5');
  expect((await fetch(health)).status).toBe(200);
  expect((await fetch(health.replace('healthz', 'other'))).status).toBe(404);
  const { events } = await joinRoom(ROOM, { uri: 'sip:ana@localhost', proxy: sip });
  const metrics = await (await fetch(health.replace('healthz', 'metrics'))).text();
  expect(metrics).toMatch(/^chatroom_participants 1$/m);
  const stopped = program.stop();
  const [end] = await events.next('ended');
  expect(end).toMatchObject({ kind: 'removed', cause: 503 });
  expect(await stopped).toMatchObject({ code: 0 });
  await expect(fetch(health)).rejects.toThrow();
});

describe('one line with cause and fix', () => {
  test.each([
    [['serve', '--no-such-flag'], /^drachtio-chatroom: unknown flag --no-such-flag; .*--help.*\n$/],
    [['serve', '--sip', 'nonsense'], /^drachtio-chatroom: .*--sip.*\n$/],
    [['serve', '--log-level', 'loud'], /^drachtio-chatroom: --log-level loud: .*\n$/],
    [['serve', '--sip', '0.0.0.0:5060'], /^drachtio-chatroom: .*--auth open.*\n$/],
    [['chat'], /^drachtio-chatroom chat: .*--help.*\n$/],
    [
      ['serve', '--config', '/nowhere/chatrooms.yaml'],
      /^drachtio-chatroom: \/nowhere\/chatrooms\.yaml cannot be read: .*\n$/,
    ],
    [['check-config', '--sip', 'nonsense'], /^--sip: "nonsense" is not HOST:PORT\n$/],
    [['sreve'], /^drachtio-chatroom: unknown command sreve; did you mean serve\? --help.*\n$/],
    [['rooms', 'tial'], /^drachtio-chatroom rooms: there is no rooms tial; did you mean "tail"\? \(--help.*\n$/],
    [['rooms', 'list', '--jsno'], /^drachtio-chatroom rooms: Unknown option '--jsno'; there is --json \(--help.*\n$/],
    [['dance'], /^drachtio-chatroom: unknown command dance; --help.*\n$/],
  ])('%j: exit code 2', async (args, line) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });

  describe('an address in use: exit code 1', () => {
    let taken: Server;
    let address: string;

    beforeAll(async () => {
      taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const bound = taken.address();
      address = `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
    });
    afterAll(() => void taken.close());

    test.each(['--sip', '--msrp', '--msrps', '--http'])('%s', async (flag) => {
      const free = ['--sip', '127.0.0.1:0', '--msrp', '127.0.0.1:0', '--http', 'off'];
      const { code, stdout, stderr } = await run('serve', '--log-level', 'silent', ...free, flag, address);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        `drachtio-chatroom: ${address} is in use by another program; stop it or choose another address with ${flag}\n`,
      );
    });
  });

  test('no drachtio-server: exit code 1', async () => {
    const { code, stderr } = await run(
      'serve',
      '--log-level',
      'silent',
      '--drachtio',
      '127.0.0.1:1',
      '--msrp',
      '127.0.0.1:0',
      '--http',
      'off',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^drachtio-chatroom: no drachtio-server at 127\.0\.0\.1:1 \(connection refused\); start it.*\n$/,
    );
  });

  test('chat without a server: exit code 1', async () => {
    const { code, stderr } = await run('chat', ROOM, '--transport', 'tcp', '--proxy', '127.0.0.1:1', '--say', 'x');
    expect(code).toBe(1);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});

test('a file, with what it leaves out from flags: rooms that exist from the start', async () => {
  const file = await fileWith('rooms:\n  create: nobody\n  static:\n    lobby: { title: Lobby }\n', 'chatrooms.yaml');
  const server = await started('--config', file);
  const { participant } = await joinRoom(ROOM, { uri: 'sip:ana@localhost', proxy: server.sip });
  await participant.leave();
  const other = joinRoom('sip:other@localhost', { uri: 'sip:ana@localhost', proxy: server.sip });
  await expect(other).rejects.toThrow('404');
  expect(await run('check-config', file)).toEqual({ code: 0, stdout: `${file} is good\n`, stderr: '' });
  await removeFiles();
});

test('--version and --help', async () => {
  expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await run('serve', '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--msrp') });
});
