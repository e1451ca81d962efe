/** examples/custom-auth, examples/recording and examples/test-kit. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import type { SipRequest } from '../../lib/embedded-drachtio/sip.js';
import { offer } from '../support/caller.js';
import { Example } from '../support/example.js';
import { SipPeer } from '../support/sip-peer.js';

let drachtio: EmbeddedDrachtio;
let example: Example | undefined;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  drachtio = await startEmbeddedDrachtio({ tcp: { host: '127.0.0.1', port: 0 } });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await example?.stop();
  await drachtio.close();
});

const joins = async (nick: string): Promise<TestParticipant> => {
  const proxy = drachtio.addresses.tcp!;
  const who = await joinRoom('sip:lobby@localhost', { uri: `sip:${nick}@localhost`, nick, proxy, transport: 'tcp' });
  cleanups.push(() => who.participant.leave());
  return who;
};

test('custom-auth: a token says who somebody is, a directory what he may', async () => {
  const TOKEN_KEY = 'a key of the test';
  example = await Example.start('custom-auth', drachtio, { TOKEN_KEY });
  const peer = await SipPeer.start('tcp');
  cleanups.push(() => peer.close());
  const { host, port } = drachtio.addresses.tcp!;
  peer.proxy = `sip:${host}:${port};transport=tcp`;
  const inviteTo = (room: string, authorization?: string): SipRequest => {
    const headers: [string, string][] = [['Content-Type', 'application/sdp']];
    if (authorization !== undefined) headers.push(['Authorization', authorization]);
    return peer.compose('INVITE', `sip:${room}@localhost`, { headers, body: offer() });
  };
  const statusOf = async (room: string, authorization?: string): Promise<number> =>
    (await peer.exchange(inviteTo(room, authorization))).status;
  const bruno = await Example.run('custom-auth', ['bruno'], { TOKEN_KEY });
  expect(await statusOf('team')).toBe(403);
  expect(await statusOf('team', 'Bearer nonsense')).toBe(403);
  expect(await statusOf('team', `Bearer ${bruno.replace('bruno', 'ana')}`)).toBe(403);
  const stranger = await Example.run('custom-auth', ['eva'], { TOKEN_KEY });
  expect(await statusOf('team', `Bearer ${stranger}`)).toBe(403);
  expect(await statusOf('board', `Bearer ${bruno}`)).toBe(403);
  // With the ACK, without which he has not joined.
  await peer.invite(inviteTo('team', `Bearer ${bruno}`));
  await example.prints('Bruno Brandt (sip:bruno@localhost) joined team');
});

describe('recording', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'recording-'));
    cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  });

  /** Empty when it was given another name since the directory was read. */
  const contentOf = (file: string): string => {
    try {
      return readFileSync(join(directory, file), 'utf8');
    } catch {
      return '';
    }
  };

  /** Whole lines of the room, the oldest first. */
  const lines = (): string[] => {
    const files = readdirSync(directory).toSorted((a, b) => ageOf(b) - ageOf(a));
    return files.flatMap((file) => contentOf(file).split('\n').slice(0, -1));
  };

  /** All lines once the last one, which has `text`, is there: before, files change their names while they are read. */
  const linesTo = async (text: string): Promise<Record<string, unknown>[]> => {
    const watcher = watch(directory);
    try {
      while (!lines().some((line) => line.includes(text))) await once(watcher, 'change');
      return lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    } finally {
      watcher.close();
    }
  };

  test('keeps what everybody was told, and says so to who joins', async () => {
    example = await Example.start('recording', drachtio, { DIRECTORY: directory });
    const ana = await joins('ana');
    await ana.events.next('message', ({ text }) => text?.includes('is recorded') ?? false);
    const bruno = await joins('bruno');
    await ana.participant.sendPrivate('sip:bruno@localhost', 'between us');
    await bruno.events.next('message', ({ text }) => text === 'between us');
    await ana.participant.send('for all');
    const entries = await linesTo('for all');
    expect(entries.map(({ event, from, text }) => [event, from, text])).toEqual([
      ['join', 'sip:ana@localhost', undefined],
      ['join', 'sip:bruno@localhost', undefined],
      ['message', 'sip:ana@localhost', 'for all'],
    ]);
    expect(entries.every(({ time }) => !Number.isNaN(Date.parse(String(time))))).toBe(true);
  });

  test('begins a new file when one is full, and keeps as many as it is told', async () => {
    const settings = { DIRECTORY: directory, MAX_OCTETS: '400', MAX_FILES: '3' };
    example = await Example.start('recording', drachtio, settings);
    const ana = await joins('ana');
    for (let number = 1; number <= 12; number++) await ana.participant.send(`message ${number} ${'.'.repeat(60)}`);
    const entries = await linesTo('message 12 ');
    expect(readdirSync(directory).toSorted()).toEqual(['lobby.jsonl', 'lobby.jsonl.1', 'lobby.jsonl.2']);
    const numbers = entries.map(({ text }) => Number(/message (\d+)/.exec(String(text))?.[1]));
    expect(numbers).toEqual([7, 8, 9, 10, 11, 12].slice(-numbers.length));
    expect(numbers.length).toBeGreaterThanOrEqual(4);
  });
});

test('test-kit: the tests of the bot pass, in CommonJS and in ES modules', async () => {
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' };
  const options = ['--config', 'examples/test-kit/jest.config.js', '--ci', '--testTimeout=120000'];
  const jest = ['node_modules/jest/bin/jest.js', ...options];
  const { stderr } = await promisify(execFile)(process.execPath, jest, { env });
  expect(stderr).toMatch(/^Tests: +4 passed, 4 total$/m);
});

/** `lobby.jsonl` is the youngest, behind `.1`, `.2` and so on. */
const ageOf = (file: string): number => Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
