import type { FeedEvent } from '../../../../../../plugin/api/schemas/index.js';
import { Api } from '../../../../../../plugin/web/pages/admin/api/api.js';
import { ApiError } from '../../../../../../plugin/web/pages/admin/api/api-error.js';
import { EventStream } from '../../../../../../plugin/web/pages/admin/api/event-stream.js';
import { ApiStage } from '../../../../../support/api-stage.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

let stage: ApiStage;
let api: Api;
beforeAll(async () => {
  stage = await ApiStage.start({ token: 'secret' });
  api = new Api({ origin: stage.url, token: () => 'secret' });
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

test('a room, from its first participant to the last act', async () => {
  const { rooms } = (await api.status()).stats;
  await stage.join('tea', 'ana');
  const uri = 'sip:tea@localhost';
  const ana = 'sip:ana@example.com';
  expect((await api.status()).stats.rooms).toBe(rooms + 1);
  expect((await api.rooms(undefined, 10)).rooms.filter((room) => room.uri === uri)).toMatchObject([
    { uri, participants: 1 },
  ]);
  expect((await api.rooms(uri, 10)).rooms).toEqual([]);
  expect(await api.configure(uri, { locked: true, subject: 'Oolong' })).toMatchObject({ locked: true });
  expect(await api.room(uri)).toMatchObject({ subject: 'Oolong', config: { password: false } });
  expect(await api.changeParticipant(uri, ana, { muted: true })).toMatchObject({ muted: true });
  expect(await api.participants(uri)).toMatchObject([{ uri: ana, endpoints: [{ transport: 'tcp' }] }]);
  expect(await api.send(uri, { text: 'hello' })).toEqual({ recipients: 1 });
  await api.ban(uri, { pattern: '*@elsewhere.example' });
  expect(await api.bans(uri)).toMatchObject([{ pattern: '*@elsewhere.example' }]);
  await api.unban(uri, '*@elsewhere.example');
  expect(await api.bans(uri)).toEqual([]);
  await api.kick(uri, ana, 'enough');
  expect(await api.audit(1)).toMatchObject([{ act: 'kick', target: ana, detail: { reason: 'enough' } }]);
  expect(Array.isArray(await api.errors(5))).toBe(true);
  expect(await api.webhooks()).toEqual([]);
});

test('history, where it is kept', async () => {
  await stage.rooms.create('kept', { history: 5 });
  await stage.rooms.create('forgetful', { history: 0 });
  await stage.join('kept', 'ana');
  await api.send('sip:kept@localhost', { text: 'hello' });
  expect(await api.history('sip:kept@localhost', 5)).toMatchObject([{ text: 'hello' }]);
  const nothing = api.history('sip:forgetful@localhost', 5);
  await expect(nothing).rejects.toMatchObject({ status: 404, code: 'CHAT_ERR_NO_HISTORY' });
});

test('what is refused says why, and who may not is told apart', async () => {
  const denied: ApiError[] = [];
  const stranger = new Api({ origin: stage.url, token: () => 'wrong' }).on('denied', (error) => denied.push(error));
  await expect(stranger.status()).rejects.toMatchObject({ status: 401, code: 'CHAT_ERR_HTTP_TOKEN' });
  expect(denied).toHaveLength(1);
  const unasked = new Api({ origin: stage.url, token: () => undefined });
  await expect(unasked.status()).rejects.toMatchObject({ status: 401, denied: true });
  const missing = api.room('sip:nowhere@localhost');
  await expect(missing).rejects.toMatchObject({ status: 404, code: 'CHAT_ERR_ROOM_UNKNOWN', denied: false });
});

test('nobody there, and an answer of something in between', async () => {
  const nobody = new Api({ origin: 'http://127.0.0.1:1', token: () => undefined });
  await expect(nobody.status()).rejects.toMatchObject({ status: 0, message: 'The server does not answer.' });
  for (const body of [undefined, null, 'Bad gateway', { code: 5 }]) {
    expect(ApiError.of(502, body)).toMatchObject({ code: '', message: 'The server answered 502.' });
  }
});

/** The next event that `accept`s. */
const next = (stream: EventStream, accept: (event: FeedEvent) => boolean): Promise<FeedEvent> =>
  new Promise((resolve) => {
    stream.on('event', (event) => accept(event) && resolve(event));
  });

test('events come as they happen, and those that were missed after the connection was lost', async () => {
  const clock = new ManualClock();
  let own = new AbortController();
  const opened: (string | undefined)[] = [];
  const cut: Pick<Api, 'events'> = {
    events: (lastId, signal) => {
      opened.push(lastId);
      own = new AbortController();
      return api.events(lastId, AbortSignal.any([signal, own.signal]));
    },
  };
  const stream = new EventStream({ api: cut, clock, random: () => 0 });
  const once = (name: 'open' | 'lost'): Promise<void> => new Promise((resolve) => void stream.once(name, resolve));
  const open = once('open');
  stream.start();
  await open;
  const created = next(stream, ({ type }) => type === 'room.created');
  await stage.rooms.create('first');
  expect(await created).toMatchObject({ room: 'sip:first@localhost' });

  const lost = once('lost');
  own.abort();
  await lost;
  await stage.rooms.create('second');
  const missed = next(stream, (event) => event.type === 'room.created' && event.room === 'sip:second@localhost');
  clock.advance(1000);
  await missed;
  expect(opened).toEqual([undefined, expect.any(String)]);

  // A stream that says nothing at all is dead.
  const stalled = once('lost');
  clock.advance(45_000);
  await stalled;
  stream.close();
  clock.advance(600_000);
  expect(opened).toHaveLength(2);
});
