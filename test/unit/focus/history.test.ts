import { History, type SaidMessage } from '../../../lib/focus/history.js';
import { ROOM_DEFAULTS } from '../../../lib/focus/index.js';
import { ManualClock } from '../../support/manual-clock.js';

let clock: ManualClock;
let added: number;

beforeEach(() => {
  clock = new ManualClock();
  added = 0;
});

function keeping(history: number, historyBytes = 65_536): History {
  return new History({ ...ROOM_DEFAULTS, history, historyBytes }, { clock, added: () => added++ });
}

const said = (body: Buffer | null, more: Partial<SaidMessage> = {}): SaidMessage => ({
  from: 'sip:ana@example.com',
  nickname: 'Ana',
  contentType: 'text/plain',
  body,
  size: body?.length ?? 100_000,
  messageId: 'm1',
  ...more,
});

/** Messages whose content is their number. */
function say(history: History, from: number, to: number): void {
  for (let n = from; n <= to; n++) history.add(said(Buffer.from(String(n))));
}

const texts = (history: History, query: { before?: number; since?: number; limit?: number; octets?: number } = {}) =>
  history.page({ limit: 100, ...query }).map(({ body }) => body?.toString());

const ids = (messages: readonly { id: number }[]): number[] => messages.map(({ id }) => id);

test('a message is kept as it was said, with its number and the time', () => {
  const history = keeping(10);
  history.add(said(Buffer.from('wrapped ñ 🎉')));
  expect(history.page({ limit: 1 })).toEqual([
    { ...said(Buffer.from('wrapped ñ 🎉')), id: 1, time: clock.date().getTime() },
  ]);
  expect(added).toBe(1);
});

test('binary content stays as it is, and is not shared with who hands it over', () => {
  const history = keeping(10);
  const octets = Buffer.from([0, 255, 128, 13, 10]);
  history.add(said(octets));
  octets.fill(1);
  const [{ body }] = history.page({ limit: 1 });
  expect(body).toEqual(Buffer.from([0, 255, 128, 13, 10]));
  expect(body?.buffer.byteLength).toBe(5);
});

test('a room that keeps none keeps none, and one that does no is-composing and no notification', () => {
  const none = keeping(0);
  say(none, 1, 3);
  expect([none.size, none.octets, none.latest]).toEqual([0, 0, 0]);
  const some = keeping(10);
  some.add(said(Buffer.from('<isComposing/>'), { contentType: 'application/im-iscomposing+xml' }));
  some.add(said(Buffer.from('<imdn/>'), { contentType: 'message/imdn+xml' }));
  expect([some.size, added]).toEqual([0, 0]);
});

test('no more than so many: the oldest go, and numbers go on', () => {
  const history = keeping(3);
  say(history, 1, 5000);
  expect(texts(history)).toEqual(['4998', '4999', '5000']);
  expect([history.oldest, history.latest, history.size]).toEqual([4998, 5000, 3]);
});

test('no more than so many octets, what is not content included', () => {
  const history = keeping(10_000, 65_536);
  for (let n = 0; n < 500; n++) history.add(said(null));
  expect(history.size).toBe(128);
  history.add(said(Buffer.alloc(40_000)));
  expect(history.octets).toBeLessThanOrEqual(65_536);
  expect(history.size).toBeLessThan(60);
});

test('of a message above 64 KiB the content is not kept, its size is', () => {
  const history = keeping(10, 1_000_000);
  history.add(said(Buffer.alloc(65_536)));
  history.add(said(Buffer.alloc(65_537)));
  const kept = history.page({ limit: 2 });
  expect(kept.map(({ body, size }) => [body?.length, size])).toEqual([
    [65_536, 65_536],
    [undefined, 65_537],
  ]);
});

test('pages: the latest, oldest first; those before; those since', () => {
  const history = keeping(100);
  for (let n = 1; n <= 9; n++) {
    say(history, n, n);
    clock.advance(1000);
  }
  expect(texts(history, { limit: 3 })).toEqual(['7', '8', '9']);
  expect(texts(history, { limit: 3, before: 7 })).toEqual(['4', '5', '6']);
  expect(texts(history, { limit: 3, before: 1 })).toEqual([]);
  expect(texts(history, { limit: 3, before: 1000 })).toEqual(['7', '8', '9']);
  const [, , { time }] = history.page({ limit: 9 });
  expect(texts(history, { since: time, before: 6 })).toEqual(['3', '4', '5']);
  expect(texts(history, { since: time + 1, limit: 2 })).toEqual(['8', '9']);
});

test('a page has no more than so many octets, and one message at least', () => {
  const history = keeping(100, 1_000_000);
  for (let n = 0; n < 4; n++) history.add(said(Buffer.alloc(10_000)));
  expect(ids(history.page({ limit: 100, octets: 25_000 }))).toEqual([3, 4]);
  expect(ids(history.page({ limit: 100, octets: 10 }))).toEqual([4]);
  expect(ids(history.after(0, 100, 25_000))).toEqual([1, 2]);
  expect(ids(history.after(2, 1, 25_000))).toEqual([3]);
  expect(ids(history.after(4, 1, 25_000))).toEqual([]);
});

test('configured to keep less it forgets at once; to keep more, it does from then on', () => {
  const history = keeping(10);
  say(history, 1, 10);
  history.configured({ ...ROOM_DEFAULTS, history: 2 });
  expect(texts(history)).toEqual(['9', '10']);
  history.configured({ ...ROOM_DEFAULTS, history: 0 });
  expect([history.size, history.octets, history.oldest]).toEqual([0, 0, 11]);
  history.configured({ ...ROOM_DEFAULTS, history: 10 });
  say(history, 11, 12);
  expect(ids(history.page({ limit: 9 }))).toEqual([11, 12]);
});

test('what was kept before the process comes back first, as much of it as is to be kept', () => {
  const before = keeping(10);
  say(before, 1, 5);
  const history = keeping(4);
  say(history, 6, 6);
  history.restore(before.page({ limit: 10 }));
  expect(texts(history)).toEqual(['3', '4', '5', '6']);
  say(history, 7, 7);
  expect(ids(history.page({ limit: 10 }))).toEqual([4, 5, 6, 7]);
});
