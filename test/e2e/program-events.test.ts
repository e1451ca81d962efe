/** What `serve` tells of what happens, as its configuration says. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinRoom } from '../../lib/client/testing.js';
import { EventReader } from '../support/event-reader.js';
import { run, type RunningProgram, serve } from '../support/program.js';
import { signatureOf, WebhookReceiver } from '../support/webhook-receiver.js';

let folder: string;
let program: RunningProgram | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatroom-'));
});
afterEach(async () => {
  program?.kill();
  await rm(folder, { recursive: true });
});

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

test('webhooks of the configuration file, and a stream, until the server has stopped', async () => {
  const receiver = await WebhookReceiver.start();
  const secret = await file('secret', 'from a file\n');
  const config = await file(
    'config.yaml',
    `webhooks:\n  - { url: "${receiver.url}", secretFile: "${secret}", events: ["*"] }\n`,
  );
  const running = await serve('--config', config);
  ({ program } = running);
  const ready = await receiver.next();
  expect(ready.event).toMatchObject({ type: 'server.ready' });
  expect(ready.headers['user-agent']).toMatch(/^drachtio-chatroom\/\d/);
  expect(ready.headers['webhook-signature']).toBe(signatureOf(ready, Buffer.from('from a file')));
  const api = running.health.replace('/healthz', '/api/v1');
  const reader = await EventReader.open(`${api}/events?type=participant.joined,server.draining,participant.left`);
  const elsewhere = await fetch(`${api}/events`, { headers: { origin: 'https://example.com' } });
  expect(elsewhere.status).toBe(403);
  const ana = await joinRoom('sip:lobby@localhost', { uri: 'sip:ana@localhost', proxy: running.sip });
  await ana.participant.send('hello');
  expect((await receiver.next(({ type }) => type === 'message')).event).toMatchObject({ text: 'hello' });
  expect(await reader.next()).toMatchObject({ type: 'participant.joined', participant: 'sip:ana@localhost' });
  const metrics = await (await fetch(running.health.replace('healthz', 'metrics'))).text();
  expect(metrics).toMatch(/^chatroom_webhook_events_total\{webhook="1",result="delivered"\} [1-9]/m);
  const { webhooks } = (await (await fetch(`${api}/webhooks`)).json()) as { webhooks: object[] };
  expect(webhooks).toMatchObject([{ url: receiver.url, dropped: 0, disabled: false }]);
  const exit = running.program.stop();
  for (const type of ['server.draining', 'participant.left']) expect(await reader.next()).toMatchObject({ type });
  await reader.ended;
  expect(reader.response.complete).toBe(true);
  await receiver.next(({ type }) => type === 'room.closed');
  expect((await exit).code).toBe(0);
  const types = receiver.received.map(({ event }) => event.type);
  expect(types.slice(types.indexOf('server.draining'))).toEqual(
    expect.arrayContaining(['participant.left', 'room.closed']),
  );
  await receiver.close();
});

test.each([
  ['events: [joined]', 'webhooks.0.events.0', 'use room.created'],
  ['secret: whsec_', 'webhooks.0.secret', 'empty behind whsec_'],
])('a webhook with %s ends it with 2', async (wrong, ...says) => {
  const secret = wrong.startsWith('secret') ? '' : 'secret: x, ';
  const config = await file('config.yaml', `webhooks: [{ url: "http://127.0.0.1:1/", ${secret}${wrong} }]\n`);
  const { code, stderr } = await run('serve', '--config', config);
  expect(stderr).toMatch(new RegExp(says.join('.*'), 's'));
  expect(code).toBe(2);
});
