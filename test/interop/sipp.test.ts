import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { type ChatApp, startChatApp } from './chat-app.js';

const SCENARIO = join(__dirname, 'drachtio-wire', 'chat.xml');
const LOOPBACK = { host: '127.0.0.1', port: 0 };

let endpoint: EmbeddedDrachtio;
let app: ChatApp;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  endpoint = await startEmbeddedDrachtio({ udp: LOOPBACK, tcp: LOOPBACK });
  app = await startChatApp(endpoint.control, endpoint.secret);
});

afterAll(async () => {
  app?.disconnect();
  await endpoint?.close();
  await rm(folder, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

/** Runs the scenario; resolves with SIPp's exit code, 0 when every call succeeded, and what it logged of failures. */
async function sipp(
  transport: 'u1' | 't1',
  calls: number,
  rate: number,
): Promise<{ code: number | null; log: string }> {
  const target = `127.0.0.1:${endpoint.addresses.udp?.port}`;
  const options = ['-sf', SCENARIO, '-t', transport, '-m', `${calls}`, '-r', `${rate}`, '-l', '600'];
  const local = [
    '-i',
    '127.0.0.1',
    '-p',
    `${await freePort()}`,
    '-nostdin',
    '-trace_err',
    '-timeout',
    '90',
    '-timeout_error',
  ];
  const child = spawn('sipp', [target, ...options, ...local], { cwd: folder, stdio: 'ignore' });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const logs = (await readdir(folder)).filter((name) => name.endsWith('_errors.log'));
  const log = (await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')))).join('\n').slice(0, 4_000);
  return { code, log };
}

describe.each([
  ['UDP', 'u1', 1, 1],
  ['TCP', 't1', 1, 1],
  ['UDP', 'u1', 600, 60],
  ['TCP', 't1', 200, 60],
] as const)('chat.xml over %s (-t %s), %i calls at %i a second', (_name, transport, calls, rate) => {
  test('every call succeeds and every dialog ends', async () => {
    const before = { ...app.counts };
    expect(await sipp(transport, calls, rate)).toEqual({ code: 0, log: '' });
    expect(app.errors).toEqual([]);
    expect(app.counts).toEqual({ created: before.created + calls, ended: before.ended + calls });
    expect(endpoint.load.dialogs).toBe(0);
  }, 120_000);
});
