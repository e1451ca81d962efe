/** The receiver of webhooks in examples/ prints what was signed with its secret, once, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { Feed } from '../../plugin/events/feed.js';
import { Webhooks } from '../../plugin/events/webhooks/webhooks.js';
import type { Room } from '../../plugin/index.js';
import type { ServerEvents } from '../../plugin/server-events.js';
import { keyOf, signed } from '../../plugin/events/webhooks/signature.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let receiver: ChildProcess;
let printed = '';

const prints = async (pattern: RegExp): Promise<RegExpExecArray> => {
  for (;;) {
    const match = pattern.exec(printed);
    if (match) return match;
    await once(receiver.stdout!, 'data');
  }
};

beforeAll(() => {
  const env = { ...process.env, WEBHOOK_SECRET: SECRET, PORT: '0' };
  receiver = spawn(process.execPath, ['examples/webhook-receiver'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  receiver.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
});
afterAll(async () => {
  const exited = once(receiver, 'exit');
  receiver.kill('SIGKILL');
  await exited;
});

test('webhook-receiver: checks the signature, and prints the event', async () => {
  const [, url] = await prints(/waiting at (\S+)/);
  const feed = new Feed(Object.assign(new EventEmitter<ServerEvents>(), { rooms: new Map<string, Room>() }));
  const right = new Webhooks(feed, [{ url, secret: SECRET, rooms: ['lobby'] }]);
  const wrong = new Webhooks(feed, [{ url, secret: 'another', rooms: ['other'] }]);
  feed.tell({ type: 'room.closed', room: 'sip:other@localhost', reason: 'forged' });
  await prints(/refused: not signed/);
  feed.tell({ type: 'room.closed', room: 'sip:lobby@localhost', reason: 'Room closed' });
  await prints(/room\.closed \{"room":"sip:lobby@localhost","reason":"Room closed"\}/);
  const body = '{"id":"x","time":"now","type":"server.ready","dropped":3}';
  const post = async (timestamp: number): Promise<number> => {
    const headers = signed(keyOf(SECRET), { id: 'x', timestamp, body });
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  const now = Math.floor(Date.now() / 1000);
  expect(await post(now - 600)).toBe(401);
  expect(await post(now)).toBe(204);
  expect(await post(now)).toBe(204);
  await prints(/3 events were lost before this one\nnow server\.ready/);
  expect(printed.match(/server\.ready/g)).toHaveLength(1);
  expect(printed).not.toContain('forged');
  feed.close();
  await Promise.all([right.close(), wrong.close()]);
});

test('webhook-receiver: what is too long is refused before it is kept, and the next delivery is taken', async () => {
  const [, url] = await prints(/waiting at (\S+)/);
  // It is not read to its end, so that who sends it may find the connection closed before the answer.
  await fetch(url, { method: 'POST', body: 'x'.repeat(4_000_000) }).catch(() => undefined);
  await prints(/refused: too long/);
  const body = '{"id":"y","time":"later","type":"server.draining"}';
  const headers = signed(keyOf(SECRET), { id: 'y', timestamp: Math.floor(Date.now() / 1000), body });
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(204);
  await prints(/later server\.draining/);
});
