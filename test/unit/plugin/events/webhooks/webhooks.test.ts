/** Deliveries over real HTTP, of what is told without rooms. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Feed } from '../../../../../plugin/events/feed.js';
import { Webhooks, type WebhooksOptions } from '../../../../../plugin/events/webhooks/webhooks.js';
import type { Room, ServerEvents } from '../../../../../plugin/index.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { type Answer, status, WebhookReceiver } from '../../../../support/webhook-receiver.js';

const SECOND = 1000;

let clock: ManualClock;
let feed: Feed;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  clock = new ManualClock();
  feed = new Feed(Object.assign(new EventEmitter<ServerEvents>(), { rooms: new Map<string, Room>() }), { clock });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  feed.close();
});

const receiver = async (answer?: Answer): Promise<WebhookReceiver> => {
  const started = await WebhookReceiver.start(answer);
  cleanups.push(() => started.close());
  return started;
};

const hook = ({ url }: { url: string }, secret = 's') => ({ url, secret, events: ['limit'] as const });

const send = (urls: readonly { url: string }[], options: WebhooksOptions = {}): Webhooks => {
  const running = new Webhooks(
    feed,
    urls.map((each) => hook(each)),
    { clock, random: () => 1, ...options },
  );
  cleanups.push(() => clock.passUntil(running.close({ timeout: SECOND })));
  return running;
};

const happen = (count: number, limit = 'maxRooms'): void => feed.tell({ type: 'limit', limit, count });

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

/** Milliseconds until the next attempt of each. */
const waits = (running: Webhooks): number[] =>
  running.states.map(({ nextAttempt }) => Date.parse(nextAttempt ?? '') - clock.now());

const NOWHERE = 'http://127.0.0.1:1/';

test('who fail together are not tried together again: each after a time of its own, 1 s at most', async () => {
  const running = new Webhooks(
    feed,
    Array.from({ length: 20 }, (_, n) => hook({ url: `${NOWHERE}${n}` })),
    { clock },
  );
  cleanups.push(() => clock.passUntil(running.close({ timeout: SECOND })));
  happen(1);
  await until(() => running.states.every(({ nextAttempt }) => nextAttempt !== undefined));
  const all = waits(running);
  expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...all)).toBeLessThanOrEqual(SECOND);
  expect(new Set(all).size).toBeGreaterThan(1);
});

test('who took one after two failures is waited for 1 s again, and the log has one line of each', async () => {
  const taker = await receiver((response, index) => status(index === 2 ? 200 : 500)(response, index));
  const lines: unknown[] = [];
  const note = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const running = send([taker], { logger });
  happen(1);
  await until(() => running.stats.failed === 1);
  expect(waits(running)).toEqual([SECOND]);
  clock.advance(SECOND);
  await until(() => running.stats.failed === 2);
  expect(waits(running)).toEqual([2 * SECOND]);
  clock.advance(2 * SECOND);
  await until(() => running.stats.delivered === 1);
  happen(2);
  await until(() => running.stats.failed === 3);
  expect(waits(running)).toEqual([SECOND]);
  expect(lines).toEqual([
    'warn webhook failed',
    'debug webhook failed',
    'info webhook works again',
    'warn webhook failed',
  ]);
});

test('a Retry-After that is shorter than the wait does not shorten it', async () => {
  const taker = await receiver(status(503, { 'retry-after': '1' }));
  const running = send([taker]);
  happen(1);
  for (const [failures, wait] of [1, 2, 4].entries()) {
    await until(() => running.stats.failed === failures + 1);
    expect(waits(running)).toEqual([wait * SECOND]);
    clock.advance(wait * SECOND);
  }
});

test('1000 events wait, 8 MiB at most', async () => {
  const running = send([{ url: NOWHERE }]);
  for (let n = 0; n < 1100; n++) happen(n);
  expect(running.stats).toMatchObject({ queued: 1000, dropped: 100 });
  for (let n = 0; n < 100; n++) happen(n, 'x'.repeat(99_000));
  const { queued } = running.stats;
  expect(queued * 100_000).toBeGreaterThan(8_000_000);
  expect((queued - 1) * 99_000).toBeLessThan(8_388_608);
});

test('what is given up while one is told how many were, the next is told', async () => {
  const responses: ServerResponse[] = [];
  const taker = await receiver((response) => void responses.push(response));
  const running = send([taker], { queue: { maxEvents: 2, maxBytes: 1_000_000 } });
  happen(1);
  await until(() => responses.length === 1);
  for (const count of [2, 3, 4]) happen(count);
  responses[0].end();
  await until(() => responses.length === 2);
  for (const count of [5, 6]) happen(count);
  responses[1].end();
  await until(() => responses.length === 3);
  responses[2].end();
  await until(() => running.stats.queued === 0);
  const told = taker.received.map(({ event }) => [event.type === 'limit' && event.count, event.dropped]);
  expect(told).toEqual([
    [1, undefined],
    [4, 2],
    [6, 1],
  ]);
  expect(running.stats).toMatchObject({ delivered: 3, dropped: 3 });
});

test('who was gone (410) is tried again when a reload has something else for him, and not before', async () => {
  const taker = await receiver(status(410));
  const running = send([taker]);
  happen(1);
  await until(() => running.states[0].disabled);
  taker.answer = status(204);
  running.adjust([hook(taker)]);
  happen(2);
  expect(running.states).toMatchObject([{ disabled: true, queued: 0 }]);
  running.adjust([hook(taker, 'another')]);
  happen(3);
  await until(() => running.stats.delivered === 1);
  expect(taker.received.map(({ event }) => event.type === 'limit' && event.count)).toEqual([1, 3]);
});

test('when the server stops, who was just taken out gets his last attempt too', async () => {
  const order: string[] = [];
  const taker = await receiver((response) => void response.end(() => order.push('taken')));
  const running = send([taker]);
  happen(1);
  running.adjust([]);
  await clock.passUntil(running.close({ timeout: SECOND }), 0);
  order.push('closed');
  expect(order).toEqual(['taken', 'closed']);
});

test('before the server is ready a reload changes who is told then, and nobody is told yet', async () => {
  const [out, stays, comes] = [await receiver(), await receiver(), await receiver()];
  const running = new Webhooks(feed, [hook(out), hook(stays)], { clock, random: () => 1 }, true);
  cleanups.push(() => clock.passUntil(running.close({ timeout: SECOND })));
  happen(1);
  running.adjust([hook(stays, 'another'), hook(comes)]);
  happen(2);
  expect(running.states).toMatchObject([{ queued: 2 }, { queued: 1 }]);
  running.release();
  await until(() => running.stats.delivered === 3);
  const told = [out, stays, comes].map(({ received }) =>
    received.map(({ event }) => event.type === 'limit' && event.count),
  );
  expect(told).toEqual([[], [1, 2], [2]]);
});
