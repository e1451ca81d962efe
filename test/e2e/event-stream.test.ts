/** Server-Sent Events over a real HTTP port, of what happens in real rooms. */
import { access } from '../../plugin/api/access.js';
import { HttpServer } from '../../plugin/api/http-server.js';
import { FeedEvent } from '../../plugin/api/schemas/index.js';
import { EventStreams } from '../../plugin/events/event-streams.js';
import { Feed, type FeedSource } from '../../plugin/events/feed.js';
import { addEvents } from '../../plugin/events/sse.js';
import { addWebhooks } from '../../plugin/events/webhooks/route.js';
import { Webhooks } from '../../plugin/events/webhooks/webhooks.js';
import { silent } from '../../lib/util/log.js';
import { EventReader } from '../support/event-reader.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';

const SECOND = 1000;

let server: ServerUnderTest;
let source: FeedSource;
let clock: ManualClock;
let feed: Feed;
let streams: EventStreams;
let http: HttpServer;
let url: string;
const readers: EventReader[] = [];

beforeAll(async () => {
  server = await ServerUnderTest.start();
  source = Object.assign(Object.create(server.events) as typeof server.events, { rooms: server.server.rooms });
});

const open = async (kept?: { maxEvents: number; maxBytes: number }): Promise<void> => {
  clock = new ManualClock();
  feed = new Feed(source, { clock, ...(kept && { kept }) });
  streams = new EventStreams(feed, clock);
  http = new HttpServer({ log: silent });
  http.app.use('/api/v1/*', access({ clock, loopback: true, token: 'TOKEN' }));
  addEvents(http.app, streams);
  url = `http://127.0.0.1:${await http.listen({ host: '127.0.0.1', port: 0 })}/api/v1/events`;
};

const close = async (): Promise<void> => {
  streams.close();
  feed.close();
  for (const reader of readers.splice(0)) reader.close();
  await http.close();
};

beforeEach(() => open());
afterEach(async () => {
  await server.clear();
  await close();
  // Nothing goes on that nobody needs.
  expect({ streams: streams.size, timers: clock.pending, listeners: source.listenerCount('join') }).toEqual({
    streams: 0,
    timers: 0,
    listeners: 0,
  });
});
afterAll(() => server?.close());

const read = async (query = '', headers: Record<string, string> = {}): Promise<EventReader> => {
  const reader = await EventReader.open(`${url}${query}`, { authorization: 'Bearer TOKEN', ...headers });
  readers.push(reader);
  return reader;
};

/** Makes something happen that costs nothing. */
const happen = (count = 1, limit = 'maxRooms'): void => {
  for (let n = 0; n < count; n++) feed.tell({ type: 'limit', limit, count: n });
};

/** Many octets in one event. */
const bulk = (): void => feed.tell({ type: 'limit', limit: 'x'.repeat(10_000), count: 1 });

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

test('each event as it happens, with id, type and JSON', async () => {
  const reader = await read();
  const { response } = reader;
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  expect(await reader.block()).toEqual({ retry: '3000', id: feed.lastId });
  const room = server.newRoom();
  const { participant } = await server.join(room, 'ana', { nick: 'Ana' });
  await participant.leave();
  const types = ['room.created', 'participant.joined', 'participant.nickname', 'participant.left', 'room.closed'];
  let last = '';
  for (const type of types) {
    const block = await reader.block(({ event }) => event !== undefined);
    const event = FeedEvent.parse(JSON.parse(block.data ?? ''));
    expect(event).toMatchObject({ type, room, id: block.id, time: clock.date().toISOString() });
    expect(block.event).toBe(type);
    expect(event.id > last).toBe(true);
    last = event.id;
    if (type === 'participant.left') expect(event).toMatchObject({ nickname: 'Ana', displayName: 'Ana' });
  }
});

test('filters by room, by name or URI, and by type', async () => {
  const here = await read('?room=here');
  const uri = await read(
    `?room=${encodeURIComponent('sip:HERE@localhost')}&room=${encodeURIComponent('sip:here@localhost')}`,
  );
  const joins = await read('?type=participant.joined,room.created&type=room.closed');
  await server.join('sip:there@localhost', 'ana');
  await server.join('sip:here@localhost', 'ana');
  for (const reader of [here, uri]) {
    expect(await reader.next()).toMatchObject({ type: 'room.created', room: 'sip:here@localhost' });
    expect(await reader.next()).toMatchObject({ type: 'participant.joined', room: 'sip:here@localhost' });
  }
  happen();
  for (const room of ['sip:there@localhost', 'sip:here@localhost']) {
    expect(await joins.next()).toMatchObject({ type: 'room.created', room });
    expect(await joins.next()).toMatchObject({ type: 'participant.joined', room });
  }
  expect([here, uri, joins].flatMap(({ pending }) => pending)).toEqual([]);
});

test('messages only to who asks for them, and private ones not even to him', async () => {
  const [plain, all] = [await read(), await read('?type=*')];
  const [ana] = await server.joinAll(server.newRoom(), 'ana', 'bob');
  await ana.participant.sendPrivate('sip:bob@example.com', 'psst');
  await ana.participant.send('hello');
  happen();
  const types: unknown[] = [];
  for (let type: unknown; type !== 'limit'; types.push(type)) ({ type } = await plain.next());
  expect(types).not.toContain('message');
  const messages: Record<string, unknown>[] = [];
  for (let event: Record<string, unknown> = {}; event.type !== 'limit'; messages.push(event)) event = await all.next();
  expect(messages.filter(({ type }) => type === 'message').map(({ text }) => text)).toEqual(['hello']);
});

test('neither that somebody types is told, nor what the room itself says', async () => {
  const reader = await read('?type=message');
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  await ana.participant.sendContent(room, 'application/im-iscomposing+xml', Buffer.from('<isComposing/>'));
  await source.rooms.get(room)?.send('from the room');
  await bob.events.next('message', ({ text }) => text === 'from the room');
  await ana.participant.send('hello');
  expect(await reader.next()).toMatchObject({ text: 'hello' });
});

test('who asks for messages later than others, from before they were heard, is told of a gap', async () => {
  const { lastId } = feed;
  happen();
  await read('?type=message');
  happen();
  const late = await read('?type=message', { 'last-event-id': lastId });
  expect(await late.next()).toEqual({ type: 'gap', after: lastId });
  const all = await read('', { 'last-event-id': lastId });
  expect(await all.next()).toMatchObject({ type: 'limit' });
});

test('nothing of a room that has ended is listened to', async () => {
  const reader = await read('?type=room.closed');
  const { participant } = await server.join(server.newRoom(), 'ana');
  const [room] = source.rooms.values();
  expect(room.listenerCount('config')).toBe(1);
  await participant.leave();
  await reader.next();
  expect([room.listenerCount('config'), room.listenerCount('closed')]).toEqual([0, 0]);
});

test('a type that there is not is refused with 400, and nobody comes in without the token', async () => {
  const response = await fetch(`${url}?type=joined`, { headers: { authorization: 'Bearer TOKEN' } });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'CHAT_ERR_OPTION',
    detail: expect.stringContaining('joined'),
  });
  expect((await fetch(url)).status).toBe(401);
  const head = await fetch(url, { method: 'HEAD', headers: { authorization: 'Bearer TOKEN' } });
  expect([head.status, head.headers.get('content-type'), streams.size]).toEqual([200, 'text/event-stream', 0]);
});

test('with Last-Event-ID a reader goes on where he was, also when he had seen nothing yet', async () => {
  const first = await read();
  const { id } = await first.block();
  first.close();
  await until(() => streams.size === 0);
  happen(3);
  const second = await read('', { 'last-event-id': id! });
  const counts = [await second.next(), await second.next(), await second.next()].map(({ count }) => count);
  expect(counts).toEqual([0, 1, 2]);
  happen();
  const { id: last } = await second.block(({ event }) => event !== undefined);
  const third = await read('', { 'last-event-id': last! });
  happen(1, 'later');
  expect(await third.next()).toMatchObject({ limit: 'later' });
});

test('a gap is told when what he missed is not kept any more, or was before the server was started', async () => {
  await close();
  await open({ maxEvents: 5, maxBytes: 1_000_000 });
  const first = await read();
  const { id } = await first.block();
  happen(8);
  for (const lastId of [id!, '0loyw3v27-00000001', 'nonsense', feed.idOf(9)]) {
    const reader = await read('', { 'last-event-id': lastId });
    expect(await reader.next()).toEqual({ type: 'gap', after: lastId });
    expect(await reader.next()).toMatchObject({ count: 3 });
  }
  const whole = await read('', { 'last-event-id': feed.idOf(3) });
  expect(await whole.next()).toMatchObject({ count: 3 });
});

/** The first that who comes back with that id is told. */
const firstAfter = async (lastId: string): Promise<Record<string, unknown>> =>
  (await read('', { 'last-event-id': lastId })).next();

test('1000 events are kept, 4 MiB at most', async () => {
  happen(1100);
  expect(await firstAfter(feed.idOf(100))).toMatchObject({ type: 'limit', count: 100 });
  expect(await firstAfter(feed.idOf(99))).toMatchObject({ type: 'gap' });
  const before = 1100;
  for (let n = 0; n < 450; n++) bulk();
  expect(await firstAfter(feed.idOf(before + 60))).toMatchObject({ type: 'limit' });
  expect(await firstAfter(feed.idOf(before + 10))).toMatchObject({ type: 'gap' });
});

test('messages are listened for one minute more, so that who comes back has missed none; then it is a gap', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const first = await read('?type=message');
  const { id } = await first.block();
  first.close();
  await until(() => streams.size === 0);
  clock.advance(59 * SECOND);
  await ana.participant.send('meanwhile');
  const second = await read('?type=message', { 'last-event-id': id! });
  expect(await second.next()).toMatchObject({ text: 'meanwhile' });
  second.close();
  await until(() => streams.size === 0);
  clock.advance(61 * SECOND);
  expect(source.listenerCount('message')).toBe(0);
  await ana.participant.send('unheard');
  const third = await read('?type=message', { 'last-event-id': feed.lastId });
  expect(await third.next()).toMatchObject({ type: 'gap' });
  await ana.participant.send('heard');
  expect(await third.next()).toMatchObject({ text: 'heard' });
});

test('a comment each 15 s shows that the stream is alive', async () => {
  const reader = await read();
  for (let n = 0; n < 3; n++) {
    clock.advance(15 * SECOND);
    expect(await reader.block(({ comment }) => comment !== undefined)).toEqual({ comment: '' });
  }
});

/** Pours into a reader that does not read, until no more is written to him. */
const flood = async (reader: EventReader): Promise<void> => {
  reader.response.pause();
  // The heartbeat has a timer, and from now on his falling behind another.
  while (clock.pending < 2) {
    for (let n = 0; n < 20; n++) bulk();
    await new Promise(setImmediate);
  }
};

test('what a reader does not read is not kept for him: he is told the rest, or of a gap, once he reads again', async () => {
  await close();
  await open({ maxEvents: 50, maxBytes: 10_000_000 });
  const reader = await read();
  await reader.block();
  await flood(reader);
  for (let n = 0; n < 1000; n++) bulk();
  happen(5);
  reader.response.resume();
  // Without an id, so that who is cut off now comes back with that of the event before it.
  expect(await reader.block(({ event }) => event === 'gap')).not.toHaveProperty('id');
  for (let n = 0; n < 45; n++) expect(await reader.next()).toMatchObject({ type: 'limit', count: 1 });
  for (let n = 0; n < 5; n++) expect(await reader.next()).toMatchObject({ limit: 'maxRooms', count: n });
  happen(1, 'later');
  expect(await reader.next()).toMatchObject({ limit: 'later' });
  // He has read it in time.
  clock.advance(61 * SECOND);
  happen(1, 'much later');
  expect(await reader.next()).toMatchObject({ limit: 'much later' });
});

test('who reads nothing for a minute is cut off', async () => {
  const reader = await read();
  await flood(reader);
  clock.advance(61 * SECOND);
  reader.response.resume();
  await reader.ended;
  expect(streams.size).toBe(0);
});

test('beyond 100 streams it is 503', async () => {
  const opened = await Promise.all(Array.from({ length: 100 }, () => read()));
  const response = await fetch(url, { headers: { authorization: 'Bearer TOKEN' } });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('30');
  expect(await response.json()).toMatchObject({ code: 'CHAT_ERR_TOO_MANY_STREAMS' });
  opened[0].close();
  await until(() => streams.size === 99);
  expect((await read()).response.statusCode).toBe(200);
});

test('the streams end with the feed, after what was told', async () => {
  const reader = await read();
  source.emit('draining');
  streams.close();
  expect(await reader.next()).toMatchObject({ type: 'server.draining' });
  await reader.ended;
  expect(reader.response.complete).toBe(true);
});

test('the state of webhooks, without their secrets', async () => {
  const webhooks = new Webhooks(feed, [{ url: 'http://ana:pass@127.0.0.1:1/a?b=c', secret: 'whsec_AAAA' }], { clock });
  addWebhooks(http.app, webhooks);
  const response = await fetch(url.replace('events', 'webhooks'), { headers: { authorization: 'Bearer TOKEN' } });
  expect(await response.json()).toEqual({
    webhooks: [
      { url: 'http://***@127.0.0.1:1/a?b=***', queued: 0, delivered: 0, failed: 0, dropped: 0, disabled: false },
    ],
  });
  await webhooks.close();
});
