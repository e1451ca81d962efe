/** A configuration that changes while people talk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { run, type RunningServer, serve } from '../support/program.js';
import { Talkers } from '../support/talkers.js';
import { type Received, WebhookReceiver } from '../support/webhook-receiver.js';

const ROOMS = ['lobby', 'staff', 'others'];
const CROWD = 20;
const RELOADS = 20;

let folder: string;
let server: RunningServer | undefined;
const receivers: WebhookReceiver[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatroom-'));
});
afterEach(async () => {
  server?.program.kill();
  for (const receiver of receivers.splice(0)) await receiver.close();
  await rm(folder, { recursive: true });
});

const path = (): string => join(folder, 'chatrooms.yaml');

/** JSON is YAML. */
const write = (configuration: object): Promise<void> => writeFile(path(), JSON.stringify(configuration));

interface Answer {
  status: number;
  body: { applied: string[]; restart: { option: string; why: string }[]; errors?: string[]; code?: string };
}

const api = (what: string, token?: string, method = 'GET'): Promise<Response> =>
  fetch(`${server?.health.replace('/healthz', '')}/api/v1${what}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

async function post(token?: string): Promise<Answer> {
  const response = await api('/reload', token, 'POST');
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** By signal: it is done when the log says so. */
async function hup(words: string): Promise<void> {
  const program = server?.program;
  const times = (): number => program?.stderr.split(words).length ?? 0;
  const before = times();
  program?.signal('SIGHUP');
  await program?.until(() => times() > before);
}

const joining = (room: string, user: string): Promise<TestParticipant> =>
  joinRoom(`sip:${room}@localhost`, { uri: `sip:${user}@localhost`, proxy: server?.sip });

const isOfLobby = (event: object): boolean => 'room' in event && event.room === 'sip:lobby@localhost';

const hook = ({ url }: WebhookReceiver, secret: string): object => ({ url, secret, events: ['room.configured'] });

test('20 reloads while 60 talk: no session is dropped, no message lost, and each time what is new holds', async () => {
  const [always, sometimes] = [await WebhookReceiver.start(), await WebhookReceiver.start()];
  receivers.push(always, sometimes);
  const configuration = (step: number): object => ({
    http: { token: `token-${step}` },
    limits: { maxParticipants: CROWD + (step % 2), messagesPerSecond: 1000 + step },
    rooms: { defaults: { kickBan: 1000 + step }, static: { lobby: { subject: `Subject ${step}` } } },
    webhooks: [hook(always, 'kept'), ...(step % 2 === 0 ? [hook(sometimes, `secret ${step}`)] : [])],
  });
  await write(configuration(0));
  server = await serve('--config', path());
  const { sip: proxy, program } = server;
  const crowds = await Promise.all(
    ROOMS.map((room) => Talkers.join({ room: `sip:${room}@localhost`, count: CROWD, proxy })),
  );
  for (const crowd of crowds) crowd.begin();

  for (let step = 1; step <= RELOADS; step++) {
    const [before, now] = [`token-${step - 1}`, `token-${step}`];
    if (step === RELOADS / 2) {
      await writeFile(path(), 'limits: { maxParticipants: none }\nrooms: { static: { lobby: { subjekt: x } } }\n');
      const refused = await post(before);
      expect(refused).toMatchObject({ status: 422, body: { code: 'CHAT_ERR_OPTION' } });
      expect(refused.body.errors).toEqual([
        expect.stringContaining('limits.maxParticipants'),
        expect.stringContaining('subjekt'),
      ]);
      await hup('nothing has changed');
      // The one before holds.
      expect((await api('/status', before)).status).toBe(200);
    }
    await write(configuration(step));
    if (step % 2 === 0) await hup('configuration reloaded');
    else {
      const { status, body } = await post(before);
      expect({ status, body }).toMatchObject({ status: 200, body: { restart: [] } });
      expect(body.applied.toSorted()).toEqual([
        'http.token',
        'limits.maxParticipants',
        'limits.messagesPerSecond',
        'rooms.defaults.kickBan',
        'rooms.static.lobby',
        'webhooks',
      ]);
    }
    expect((await api('/status', before)).status).toBe(401);
    const lobby = (await (await api('/rooms/lobby', now)).json()) as { subject: string; config: { kickBan: number } };
    expect(lobby).toMatchObject({ subject: `Subject ${step}`, config: { kickBan: 1000 + step } });
    const { webhooks } = (await (await api('/webhooks', now)).json()) as { webhooks: object[] };
    expect(webhooks).toHaveLength(step % 2 === 0 ? 2 : 1);
    // A room that is full, and with one place more is not.
    const newcomer = joining('staff', `newcomer${step}`);
    if (step % 2 === 0) await expect(newcomer).rejects.toThrow('486');
    else await (await newcomer).participant.leave();
  }

  await Promise.all(crowds.map((crowd) => crowd.stop()));
  expect(crowds.flatMap(({ troubles }) => troubles)).toEqual([]);
  for (const { sent } of crowds) expect(sent).toBeGreaterThan(CROWD);
  // What was configured is told once, in order, by the one that is the same all the time.
  const subjects: Received[] = [];
  while (subjects.length < RELOADS) subjects.push(await always.next(isOfLobby));
  expect(new Set(subjects.map(({ headers }) => headers['webhook-id'])).size).toBe(subjects.length);
  await Promise.all(crowds.map((crowd) => crowd.leave()));
  expect((await program.stop()).code).toBe(0);
});

test.each([
  ['one thread', []],
  ['two workers', ['--workers', '2']],
])('messagesPerSecond holds for who is in already: %s', async (_what, args) => {
  await write({});
  server = await serve('--config', path(), ...args);
  const ana = await joining('lobby', 'ana');
  const statuses = async (count: number): Promise<number[]> => {
    const answers: number[] = [];
    for (let i = 0; i < count; i++) {
      const answer = ana.participant
        .send(`${i}`)
        .catch((error: { msrpStatus: number }) => ({ status: error.msrpStatus }));
      answers.push((await answer).status);
    }
    return answers;
  };
  expect(await statuses(4)).toEqual([200, 200, 200, 200]);
  await write({ limits: { messagesPerSecond: 0.01, messageBurst: 2 } });
  expect((await post()).body.applied).toEqual(['limits.messagesPerSecond', 'limits.messageBurst']);
  expect(await statuses(3)).toEqual([200, 200, 413]);
  await write({});
  await post();
  expect(await statuses(4)).toEqual([200, 200, 200, 200]);
  await ana.participant.leave();
});

test('what cannot change is told, stays as it was, and is told again the next time', async () => {
  await write({ rooms: { static: { lobby: {} } } });
  server = await serve('--config', path());
  await write({ workers: 2, domain: 'elsewhere', rooms: { static: { lobby: {}, staff: { title: 'Staff' } } } });
  const restart = [
    { option: 'domain', why: 'the rooms that there are have it in their URIs' },
    { option: 'workers', why: 'the threads run' },
  ];
  expect((await post()).body).toEqual({ applied: ['rooms.static.staff'], restart });
  expect((await (await api('/rooms/staff')).json()) as object).toMatchObject({
    uri: 'sip:staff@localhost',
    title: 'Staff',
  });
  expect((await post()).body).toEqual({ applied: [], restart });
  await write({ rooms: { static: { lobby: {}, staff: { title: 'Staff' } } } });
  expect((await post()).body).toEqual({ applied: [], restart: [] });
});

test('drachtio-chatroom reload, for the operator', async () => {
  await write({});
  server = await serve('--config', path());
  const url = server.health.replace('/healthz', '');
  await write({ drainTimeout: 7, workers: 2 });
  const { code, stdout } = await run('reload', '--url', url);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'drainTimeout: holds\nworkers: after a restart (the threads run)\n',
  });
  await write({ drainTimeout: 'long' });
  const refused = await run('reload', '--url', url);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('drainTimeout');
});
