import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inviteFrom, offer } from '../support/caller.js';
import { type RunningProgram, run, type RunningServer, serve } from '../support/program.js';
import { SipPeer } from '../support/sip-peer.js';

const FACTORY = 'sip:chat-factory@conf.example.com';
const running: RunningProgram[] = [];
let directory: string;
let handset: SipPeer;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saved-rooms-'));
  handset = await SipPeer.start();
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.kill();
    await program.exited;
  }
  await handset.close();
  rmSync(directory, { recursive: true });
});

async function started(): Promise<RunningServer> {
  const flags = ['--domain', 'conf.example.com', '--factory', 'chat-factory', '--profile', 'rcs', '--data', directory];
  const server = await serve(...flags);
  running.push(server.program);
  handset.proxy = `sip:${server.sip.host}:${server.sip.port}`;
  return server;
}

const invite = (room: string) =>
  handset.invite(inviteFrom(handset, room, { uri: 'sip:+33600000001@ims.example.net', body: offer() }));

test('FAC-14: killed and started again, the program knows the room by its Contact, and nobody else comes in', async () => {
  const { program } = await started();
  const made = await invite(FACTORY);
  const contact = /<([^>]*)>/.exec(made.response.headers.get('Contact') ?? '')?.[1] ?? '';
  expect(contact).toMatch(/^sip:gc-[0-9a-f]{24}@conf\.example\.com$/);
  program.kill();
  await program.exited;
  await started();
  const again = await invite(contact);
  expect(again.response.status).toBe(200);
  expect(again.response.headers.get('Contact')).toBe(made.response.headers.get('Contact'));
  await handset.exchange(again.dialog.createRequest('BYE'), again.dialog);
});

test('--data that cannot be had: one line with cause and fix', async () => {
  const { code, stderr } = await run(
    'serve',
    '--data',
    '/dev/null/rooms',
    '--sip',
    '127.0.0.1:0',
    '--msrp',
    '127.0.0.1:0',
    '--http',
    'off',
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/^drachtio-chatroom: \/dev\/null\/rooms\/chatrooms\.db cannot be used: .*; see --data\n$/);
});
