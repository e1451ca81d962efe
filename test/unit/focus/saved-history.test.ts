import type { RoomConfigChange } from '../../../lib/focus/index.js';
import { SavedRooms } from '../../../lib/focus/saved-rooms.js';
import { MemoryMessages } from '../../../lib/store/memory-messages.js';
import { MemoryStore } from '../../../lib/store/memory.js';
import type { LogChange } from '../../../lib/store/message-log.js';
import type { Store } from '../../../lib/store/store.js';
import { silent } from '../../../lib/util/log.js';
import { FocusRig, ROOM } from '../../support/focus-rig.js';

class WatchedMessages extends MemoryMessages {
  readonly writes: [room: string, count: number][][] = [];
  failing = false;

  override newest(room: string, count: number): ReturnType<MemoryMessages['newest']> {
    if (this.failing) throw new Error('disk gone');
    return super.newest(room, count);
  }

  override write(changes: ReadonlyMap<string, LogChange>): void {
    if (this.failing) throw new Error('disk full');
    this.writes.push(Array.from(changes, ([room, { added }]) => [room, added.length]));
    super.write(changes);
  }
}

class WatchedStore extends MemoryStore implements Store {
  override readonly messages = new WatchedMessages();
}

const OTHER = 'sip:dinner@chat.example.com';
const errors: unknown[] = [];
let store: WatchedStore;

beforeEach(() => {
  store = new WatchedStore();
  errors.length = 0;
});

/** A server that begins with what is in the store. */
function started(rooms: Record<string, RoomConfigChange> = {}) {
  const rig = new FocusRig({ rooms: { static: rooms } });
  const log = { ...silent, error: (_: object, message?: string) => void errors.push(message) };
  const saved = new SavedRooms({ focus: rig.focus, store, clock: rig.clock, log, configured: Object.keys(rooms) });
  saved.restore();
  return Object.assign(rig, { saved });
}

type Started = ReturnType<typeof started>;

function say({ focus }: Started, text: string, room = ROOM, to: string | null = null): void {
  const body = Buffer.from(text);
  const seen = { room, endpoint: 'e1', to, from: 'sip:ana@example.com', contentType: 'text/plain' };
  focus.message({ ...seen, body, size: body.length, messageId: 'm1' });
}

const kept = ({ focus }: Started, room = ROOM): string[] =>
  (focus.room(room)?.history.page({ limit: 10_000 }) ?? []).map(({ id, body }) => `${id} ${body?.toString()}`);

const stored = (room = ROOM): string[] =>
  store.messages.newest(room, 10_000).map(({ id, body }) => `${id} ${body?.toString()}`);

test('what was said is there again, whatever moment after 200 ms the process ended in', () => {
  const first = started();
  first.focus.create(ROOM, { history: 10 });
  say(first, 'one');
  say(first, 'for you alone', ROOM, 'sip:bo@example.com');
  say(first, 'two');
  // Not on the way of a message.
  expect(store.messages.writes).toEqual([]);
  first.clock.advance(200);
  expect(store.messages.writes).toEqual([[[ROOM, 2]]]);
  const second = started();
  say(second, 'three');
  expect(kept(second)).toEqual(['1 one', '2 two', '3 three']);
  second.focus.shutdown();
  expect(second.clock.pending).toBe(0);
  expect(kept(started())).toEqual(['1 one', '2 two', '3 three']);
});

test('rooms of the configuration have theirs again, and those that end with the process do not', () => {
  const rooms = { [ROOM]: { history: 5 } };
  const first = started(rooms);
  first.focus.create(OTHER, { history: 5, deletion: 'empty' });
  say(first, 'stays');
  say(first, 'goes', OTHER);
  first.focus.shutdown();
  expect(store.messages.rooms()).toEqual([ROOM]);
  expect(kept(started(rooms))).toEqual(['1 stays']);
  // Without the room in the configuration there is nobody whose history it were.
  const third = started();
  third.clock.advance(200);
  expect(store.messages.rooms()).toEqual([]);
});

test('no more stays in the store than the room keeps, also when it is told to keep less', () => {
  const first = started();
  first.focus.create(ROOM, { history: 3 });
  for (let n = 1; n <= 500; n++) say(first, `${n}`);
  first.clock.advance(200);
  // What was pruned before it could be written is not.
  expect(store.messages.writes).toEqual([[[ROOM, 3]]]);
  expect(stored()).toEqual(['498 498', '499 499', '500 500']);
  first.focus.configure(ROOM, { history: 1 });
  first.clock.advance(200);
  expect(stored()).toEqual(['500 500']);
  first.focus.configure(ROOM, { history: 0 });
  first.clock.advance(200);
  expect(store.messages.rooms()).toEqual([]);
});

test('the end of a room takes its history out; another of that name begins anew', () => {
  const first = started();
  first.focus.create(ROOM, { history: 10 });
  say(first, 'old');
  first.clock.advance(200);
  first.focus.close(ROOM, 'done');
  first.focus.create(ROOM, { history: 10 });
  say(first, 'new');
  first.clock.advance(200);
  expect(stored()).toEqual(['1 new']);
  first.focus.close(ROOM, 'done');
  first.clock.advance(200);
  expect(store.messages.rooms()).toEqual([]);
});

test('a room that becomes one that ends with the process keeps its history in memory, and back', () => {
  const first = started();
  first.focus.create(ROOM, { history: 10 });
  say(first, 'one');
  first.clock.advance(200);
  first.join('sip:ana@example.com');
  first.focus.configure(ROOM, { deletion: 'empty' });
  say(first, 'two');
  first.clock.advance(200);
  expect(store.messages.rooms()).toEqual([]);
  first.focus.configure(ROOM, { deletion: 'never' });
  first.clock.advance(200);
  expect(stored()).toEqual(['1 one', '2 two']);
});

test('much is written in short turns, and no room waits for the end of another', () => {
  const first = started();
  first.focus.create(ROOM, { history: 10_000 });
  first.focus.create(OTHER, { history: 10_000 });
  for (let n = 0; n < 150; n++) say(first, 'x');
  say(first, 'y', OTHER);
  first.clock.advance(200);
  expect(store.messages.writes).toEqual([
    [
      [ROOM, 64],
      [OTHER, 1],
    ],
    [[ROOM, 64]],
    [[ROOM, 22]],
  ]);
  for (let n = 0; n < 150; n++) say(first, 'x');
  first.focus.shutdown();
  expect(stored()).toHaveLength(300);
});

test('a disk that fails is counted and told, costs history alone, and is tried again', () => {
  const first = started();
  first.focus.create(ROOM, { history: 2 });
  store.messages.failing = true;
  for (const text of ['one', 'two', 'three']) say(first, text);
  first.clock.advance(200);
  first.clock.advance(5_000);
  expect(first.saved.historyFailures).toBe(2);
  expect(errors).toEqual(['not saved', 'not saved']);
  expect(kept(first)).toEqual(['2 two', '3 three']);
  store.messages.failing = false;
  first.clock.advance(5_000);
  expect(stored()).toEqual(['2 two', '3 three']);
});

test('a history that cannot be read is given up, and the next one is not mixed with it', () => {
  const first = started();
  first.focus.create(ROOM, { history: 10 });
  for (const text of ['one', 'two']) say(first, text);
  first.focus.shutdown();
  store.messages.failing = true;
  const second = started();
  expect(errors).toEqual(['history not brought back']);
  expect(kept(second)).toEqual([]);
  say(second, 'three');
  store.messages.failing = false;
  second.clock.advance(200);
  expect(stored()).toEqual(['1 three']);
});

test('a room that cannot be brought back keeps its history for the time when it can', () => {
  const first = started();
  first.focus.create(ROOM, { history: 10 });
  say(first, 'one');
  first.focus.shutdown();
  store.write(new Map([[ROOM, { version: 99 }]]));
  started().focus.shutdown();
  expect(errors).toEqual(['saved room not brought back']);
  expect(stored()).toEqual(['1 one']);
});
