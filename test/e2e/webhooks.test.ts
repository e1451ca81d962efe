/** Deliveries over real HTTP, of what happens in real rooms. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Feed } from '../../plugin/events/feed.js';
import { Webhooks } from '../../plugin/events/webhooks/webhooks.js';
import {
  type FeedSource,
  type RunningWebhooks,
  webhooks,
  type WebhookOptions,
  type WebhooksOptions,
} from '../../plugin/index.js';
import type { TestParticipant } from '../../lib/client/testing.js';
import { ManualClock } from '../support/manual-clock.js';
import { freePort } from '../support/free-port.js';
import { ServerUnderTest } from '../support/server.js';
import { signatureOf, status, WebhookReceiver } from '../support/webhook-receiver.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const KEY = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let server: ServerUnderTest;
let clock: ManualClock;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
beforeEach(() => {
  clock = new ManualClock();
});
afterEach(async () => {
  await server.clear();
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
afterAll(() => server?.close());

const receiver = async (...args: Parameters<typeof WebhookReceiver.start>): Promise<WebhookReceiver> => {
  const started = await WebhookReceiver.start(...args);
  cleanups.push(() => started.close());
  return started;
};

/** The server under test, as a feed sees it. */
const sourceOf = (): FeedSource =>
  Object.assign(Object.create(server.events) as typeof server.events, { rooms: server.server.rooms });

/** Webhooks of the server under test; time stands still unless the test lets it pass. */
const send = (receivers: readonly Partial<WebhookOptions>[], options: WebhooksOptions = {}): RunningWebhooks => {
  const all = receivers.map((given) => ({ url: 'http://127.0.0.1:1/', secret: SECRET, ...given }));
  // The longest waits there can be.
  const running = webhooks(sourceOf(), all, { clock, random: () => 1, ...options });
  cleanups.push(() => clock.passUntil(running.close({ timeout: SECOND })));
  return running;
};

/** Lets others have their turns until it is so. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

const says = async ({ participant }: TestParticipant, ...texts: string[]): Promise<void> => {
  for (const text of texts) await participant.send(text);
};

test('each event is sent, signed as Standard Webhooks has it, to who asked for it', async () => {
  const taker = await receiver();
  const other = await receiver();
  const room = server.newRoom();
  send([
    { url: taker.url, events: ['message', 'participant.joined'], rooms: [room] },
    { url: other.url, secret: 'plain text', rooms: ['elsewhere'] },
  ]);
  const ana = await server.join(room, 'ana', { nick: 'Ana' });
  await says(ana, 'Pizza? 🍕');
  const joined = await taker.next();
  expect(joined.event).toMatchObject({ type: 'participant.joined', room, participant: 'sip:ana@example.com' });
  const said = await taker.next(({ type }) => type === 'message');
  expect(said.event).toMatchObject({
    type: 'message',
    from: 'sip:ana@example.com',
    nickname: 'Ana',
    text: 'Pizza? 🍕',
  });
  for (const received of [joined, said]) {
    expect(received.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': received.event.id,
      'webhook-timestamp': String(clock.now() / SECOND),
      'webhook-signature': signatureOf(received, KEY),
    });
  }
  expect(said.event.id > joined.event.id).toBe(true);
  await server.join(server.newRoom(), 'bob');
  await server.join('sip:elsewhere@localhost', 'carla');
  const elsewhere = await other.next();
  expect(elsewhere.event).toMatchObject({ type: 'room.created', room: 'sip:elsewhere@localhost' });
  expect(elsewhere.headers['webhook-signature']).toBe(signatureOf(elsewhere, Buffer.from('plain text')));
  expect(taker.received).toHaveLength(2);
});

test('without being asked for they tell nothing of what people write, nor the switch collects it', async () => {
  const taker = await receiver();
  send([{ url: taker.url }]);
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  expect(server.events.listenerCount('message')).toBe(0);
  await says(ana, 'secret');
  await bob.participant.leave();
  await taker.next(({ type }) => type === 'participant.left');
  expect(taker.received.map(({ event }) => event.type)).toEqual([
    'room.created',
    'participant.joined',
    'participant.joined',
    'participant.left',
  ]);
});

test('private messages are sent to who asked for these, and to nobody else', async () => {
  const [open, discreet] = [await receiver(), await receiver()];
  send([
    { url: open.url, events: ['message'], privateMessages: true },
    { url: discreet.url, events: ['message'] },
  ]);
  const [ana] = await server.joinAll(server.newRoom(), 'ana', 'bob');
  await ana.participant.sendPrivate('sip:bob@example.com', 'psst');
  await says(ana, 'hello');
  expect((await open.next()).event).toMatchObject({ text: 'psst', private: true });
  expect((await open.next()).event).toMatchObject({ text: 'hello', private: false });
  expect((await discreet.next()).event).toMatchObject({ text: 'hello' });
});

test('after an answer that is not 2xx the same is sent again, later and later, and nothing before it', async () => {
  const taker = await receiver((response, index) => status(index < 3 ? 500 : 200)(response, index));
  const running = send([{ url: taker.url, events: ['message'] }]);
  const ana = await server.join(server.newRoom(), 'ana');
  await says(ana, 'one', 'two');
  for (const [failures, wait] of [1, 2, 4].entries()) {
    await until(() => running.states[0].nextAttempt !== undefined);
    expect(running.states[0]).toMatchObject({ queued: 2, failed: failures + 1, delivered: 0, lastError: 'HTTP 500' });
    expect(taker.received).toHaveLength(failures + 1);
    expect(Date.parse(running.states[0].nextAttempt!) - clock.now()).toBe(wait * SECOND);
    clock.advance(wait * SECOND);
    await until(() => taker.received.length === failures + 2);
  }
  await until(() => running.stats.delivered === 2);
  const [first, ...rest] = taker.received.map(({ event, headers }) => [
    event.type === 'message' && event.text,
    headers['webhook-id'],
  ]);
  expect(rest).toEqual([first, first, first, ['two', expect.any(String)]]);
  // Signed anew each time: receivers refuse what is old.
  expect(taker.received[3].headers['webhook-timestamp']).toBe(String(clock.now() / SECOND));
  expect(taker.received[3].headers['webhook-signature']).toBe(signatureOf(taker.received[3], KEY));
  expect(running.stats).toEqual({ queued: 0, delivered: 2, failed: 3, dropped: 0 });
});

test('a receiver that is started later gets what happened before', async () => {
  const port = await freePort();
  const running = send([{ url: `http://127.0.0.1:${port}/hook`, events: ['message'] }]);
  const ana = await server.join(server.newRoom(), 'ana');
  await says(ana, 'one');
  await until(() => running.stats.failed === 1);
  expect(running.states[0].lastError).toContain('ECONNREFUSED');
  const taker = await receiver(undefined, port);
  clock.advance(SECOND);
  expect((await taker.next()).event).toMatchObject({ text: 'one' });
});

test.each([
  ['seconds', () => '120'],
  ['a date', () => new Date(clock.now() + 2 * MINUTE).toUTCString()],
])('Retry-After is heeded, in %s', async (_, value) => {
  const taker = await receiver((response, index) =>
    status(index === 0 ? 503 : 204, { 'retry-after': value() })(response, index),
  );
  const running = send([{ url: taker.url, events: ['message'] }]);
  await says(await server.join(server.newRoom(), 'ana'), 'one');
  await until(() => running.stats.failed === 1);
  expect(Date.parse(running.states[0].nextAttempt!) - clock.now()).toBe(2 * MINUTE);
  clock.advance(2 * MINUTE);
  await until(() => running.stats.delivered === 1);
});

test('410 is the end of it', async () => {
  const taker = await receiver(status(410));
  const running = send([{ url: taker.url, events: ['message'] }]);
  const ana = await server.join(server.newRoom(), 'ana');
  await says(ana, 'one');
  await until(() => running.states[0].disabled);
  await says(ana, 'two');
  expect(running.states[0]).toMatchObject({ queued: 0, delivered: 0, dropped: 1, lastError: 'HTTP 410' });
  expect(taker.received).toHaveLength(1);
});

test('a redirection is not followed', async () => {
  const other = await receiver();
  const taker = await receiver(status(307, { location: other.url }));
  const running = send([{ url: taker.url, events: ['message'] }]);
  await says(await server.join(server.newRoom(), 'ana'), 'one');
  await until(() => running.stats.failed === 1);
  expect(running.states[0].lastError).toBe('HTTP 307, which is not followed');
  expect(other.received).toEqual([]);
});

test('user and password of the URL are sent as Authorization, and shown to nobody', async () => {
  const taker = await receiver(status(500));
  const lines: object[] = [];
  const note = (fields: object): void => void lines.push(fields);
  const logger = { debug: note, info: note, warn: note, error: note };
  const url = `${taker.url.replace('://', '://ana:p%40ss@')}?token=abc&x=1`;
  const running = send([{ url, events: ['message'] }], { logger });
  await says(await server.join(server.newRoom(), 'ana'), 'one');
  await until(() => running.stats.failed === 1);
  const [{ headers, url: asked }] = taker.received;
  expect(headers.authorization).toBe(`Basic ${Buffer.from('ana:p@ss').toString('base64')}`);
  expect(asked).toBe('/hook?token=abc&x=1');
  expect(running.states[0].url).toBe(`http://***@127.0.0.1:${taker.port}/hook?token=***&x=***`);
  expect(JSON.stringify([lines, running.states])).not.toMatch(/p@ss|p%40ss|abc|whsec/);
});

test('connections are used again, also by a receiver that answers at length', async () => {
  const taker = await receiver((response) => void response.writeHead(200).end('x'.repeat(10_000)));
  const running = send([{ url: taker.url, events: ['message'] }]);
  await says(await server.join(server.newRoom(), 'ana'), 'one', 'two', 'three');
  await until(() => running.stats.delivered === 3);
  expect(taker.connections).toBe(1);
});

test('when the server stops, what waits gets one attempt more', async () => {
  const taker = await receiver(status(500));
  const running = send([{ url: taker.url, events: ['message'] }]);
  await says(await server.join(server.newRoom(), 'ana'), 'one', 'two', 'three');
  await until(() => running.states[0].nextAttempt !== undefined);
  // The second is not taken either, the first and the third are.
  taker.answer = (response, index) => status(index === 2 ? 400 : 200)(response, index);
  await running.close();
  expect(taker.received.map(({ event }) => event.type === 'message' && event.text)).toEqual([
    'one',
    'one',
    'two',
    'three',
  ]);
  expect(taker.received[3].event.dropped).toBe(1);
  expect(running.stats).toEqual({ queued: 0, delivered: 2, failed: 2, dropped: 1 });
});

/** Takes connections, reads, and says so much at once and nothing more. */
const mute = async (first = ''): Promise<{ port: number; requests: () => number; close: () => Promise<void> }> => {
  const sockets = new Set<Socket>();
  let requests = 0;
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.includes('POST ')) requests++;
    });
    socket.write(first);
  });
  // Another one is to be at that port later, which no connection may take meanwhile.
  listener.listen(await freePort(), '127.0.0.1');
  await once(listener, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    listener.close();
    await once(listener, 'close');
  };
  return { port: (listener.address() as AddressInfo).port, requests: () => requests, close };
};

test('receivers that are dead disturb neither the chat nor each other; who comes back is told what he missed', async () => {
  const MESSAGES = 200;
  const WAITING = 50;
  const [silent, slow] = [await mute(), await mute('H')];
  cleanups.push(slow.close);
  const closedPort = await freePort();
  const well = await receiver();
  const urls = [silent.port, slow.port, closedPort, well.port].map((port) => `http://127.0.0.1:${port}/hook`);
  const queue = { maxEvents: WAITING, maxBytes: 1_000_000 };
  const running = send(
    urls.map((url) => ({ url, events: ['message'] })),
    { queue },
  );
  const [ana, bob] = await server.joinAll(server.newRoom(), 'ana', 'bob');
  for (let n = 0; n < MESSAGES; n++) {
    expect(await ana.participant.send(`message ${n}`)).toMatchObject({ status: 200 });
    expect((await bob.events.next('message'))[0].text).toBe(`message ${n}`);
  }
  await until(() => running.states[3].delivered === MESSAGES);
  for (const state of running.states.slice(0, 3)) {
    expect(state).toMatchObject({ delivered: 0, queued: WAITING, dropped: MESSAGES - WAITING });
  }
  // One connection each, however much waits.
  expect([silent.requests(), slow.requests()]).toEqual([1, 1]);
  // Nobody is waited for longer than 10 s.
  clock.advance(10 * SECOND);
  await until(() => running.states.slice(0, 2).every(({ failed }) => failed === 1));
  expect(running.states[0].lastError).toBe('no answer in 10 s');
  expect(running.states[1].lastError).toBe('no answer in 10 s');
  await silent.close();
  const back = await receiver(undefined, silent.port);
  clock.advance(SECOND);
  await until(() => running.states[0].queued === 0);
  const texts = back.received.map(({ event }) => event.type === 'message' && event.text);
  // The first was being sent, so that it stayed.
  const rest = Array.from({ length: WAITING - 1 }, (_, n) => `message ${MESSAGES - WAITING + 1 + n}`);
  expect(texts).toEqual(['message 0', ...rest]);
  expect(back.received.map(({ event }) => event.dropped)).toEqual([MESSAGES - WAITING, ...rest.map(() => undefined)]);
  expect(running.states[0]).toMatchObject({ delivered: WAITING, failed: 1, dropped: MESSAGES - WAITING });
});

test('an answer that does not end counts, and costs its connection', async () => {
  const taker = await receiver((response) => {
    response.writeHead(200);
    response.write('x');
  });
  const running = send([{ url: taker.url, events: ['message'] }]);
  await says(await server.join(server.newRoom(), 'ana'), 'one', 'two', 'three', 'four', 'five');
  for (const delivered of [1, 2, 3, 4, 5]) {
    // The attempt has a timer, and the content of its answer another.
    await until(() => clock.pending === 2);
    clock.advance(SECOND);
    await until(() => running.stats.delivered === delivered);
  }
  await until(() => taker.open <= 2);
  expect(running.stats.failed).toBe(0);
});

test('after a day an event is given up, and those that are younger are not', async () => {
  const taker = await receiver(status(500));
  const running = send([{ url: taker.url, events: ['message'] }]);
  const ana = await server.join(server.newRoom(), 'ana');
  await says(ana, 'old');
  await until(() => running.stats.failed === 1);
  clock.advance(12 * 60 * MINUTE);
  await until(() => running.stats.failed === 2);
  await says(ana, 'young');
  clock.advance(12 * 60 * MINUTE);
  await until(() => running.stats.failed === 3);
  expect(running.stats).toMatchObject({ queued: 1, dropped: 1 });
  taker.answer = status(200);
  clock.advance(5 * MINUTE);
  await until(() => running.stats.delivered === 1);
  expect(taker.received.at(-1)?.event).toMatchObject({ text: 'young', dropped: 1 });
});

test('when the server stops, who does not answer is not waited for beyond the time given', async () => {
  const silent = await mute();
  cleanups.push(silent.close);
  const running = send([{ url: `http://127.0.0.1:${silent.port}/`, events: ['message'] }]);
  await says(await server.join(server.newRoom(), 'ana'), 'one', 'two');
  await until(() => silent.requests() === 1);
  const closing = running.close({ timeout: 3 * SECOND });
  clock.advance(3 * SECOND);
  await closing;
  expect(running.stats).toEqual({ queued: 0, delivered: 0, failed: 1, dropped: 2 });
  expect(running.states[0].lastError).toBe('the server stops');
  expect(clock.pending).toBe(0);
});

const given = (url: string, secret: string): WebhookOptions => ({ url, secret, events: ['participant.joined'] });

test('other webhooks: what waits for the same URL stays, with another secret too; of one taken out it is tried once more', async () => {
  const [kept, out] = [await receiver(status(503)), await receiver(status(503))];
  const feed = new Feed(sourceOf(), { clock });
  const running = new Webhooks(feed, [given(kept.url, SECRET), given(out.url, SECRET)], { clock, random: () => 1 });
  const room = server.newRoom();
  await server.join(room, 'ana');
  await Promise.all([kept.next(), out.next()]);
  await until(() => running.stats.failed === 2);
  expect(() => running.adjust([given('nonsense', SECRET)])).toThrow('webhooks.url');
  expect(running.stats.queued).toBe(2);
  [kept.answer, out.answer] = [status(204), status(204)];
  running.adjust([given(kept.url, 'another')]);
  // At once, as it is its last.
  expect((await out.next()).event).toMatchObject({ participant: 'sip:ana@example.com' });
  expect(running.states).toMatchObject([{ queued: 1 }]);
  clock.advance(SECOND);
  const retried = await kept.next();
  expect(retried.headers['webhook-signature']).toBe(signatureOf(retried, Buffer.from('another')));
  await until(() => running.stats.delivered === 1);
  await server.join(room, 'ben');
  expect((await kept.next()).event).toMatchObject({ participant: 'sip:ben@example.com' });
  await clock.passUntil(running.close({ timeout: SECOND }));
  feed.close();
  expect(out.received).toHaveLength(2);
});
