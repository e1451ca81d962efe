import { MemoryStore } from '../../../lib/store/memory.js';
import type { Store } from '../../../lib/store/store.js';
import { WriteBehind } from '../../../lib/store/write-behind.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';

/** Counts writes, and fails when told. */
class WatchedStore extends MemoryStore implements Store {
  readonly writes: string[][] = [];
  failing = false;

  override write(changes: ReadonlyMap<string, unknown>): void {
    if (this.failing) throw new Error('disk full');
    this.writes.push([...changes.keys()]);
    super.write(changes);
  }
}

const errors: object[] = [];
let store: WatchedStore;
let clock: ManualClock;
let values: Map<string, unknown>;
let behind: WriteBehind;

beforeEach(() => {
  errors.length = 0;
  store = new WatchedStore();
  clock = new ManualClock();
  values = new Map<string, unknown>([
    ['a', 1],
    ['b', 2],
  ]);
  const log = { ...silent, error: (fields: object) => void errors.push(fields) };
  behind = new WriteBehind({ store, clock, log, what: 'rooms', read: (key) => values.get(key) });
});

test('many changes of one value are one write, of what it is then', () => {
  for (let n = 0; n < 10; n++) behind.changed('a');
  behind.changed('b');
  values.set('a', 'late');
  clock.advance(200);
  expect(store.writes).toEqual([['a', 'b']]);
  expect(store.all()).toEqual([
    { key: 'a', value: 'late' },
    { key: 'b', value: 2 },
  ]);
  clock.advance(60_000);
  expect([store.writes.length, clock.pending]).toEqual([1, 0]);
});

test('what is not to wait does not; what is no more is deleted', () => {
  behind.changedNow('a');
  expect(store.writes).toEqual([['a']]);
  values.delete('a');
  behind.changedNow('a');
  expect(store.all()).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('many wait for several turns, so that each is short', () => {
  for (let n = 0; n < 120; n++) behind.changed(`room ${n}`);
  clock.advance(200);
  expect(store.writes.map((keys) => keys.length)).toEqual([50, 50, 20]);
});

test('a failure is told, counted and tried again', () => {
  store.failing = true;
  behind.changedNow('a');
  behind.changed('b');
  clock.advance(10_000);
  expect(behind.failures).toBe(3);
  expect(errors).toHaveLength(3);
  expect(behind.waiting).toBe(2);
  store.failing = false;
  clock.advance(5_000);
  expect([store.all().length, behind.waiting, clock.pending]).toEqual([2, 0, 0]);
});

test('while nothing can be written no more than so many changes wait', () => {
  store.failing = true;
  for (let n = 0; n <= 100_000; n++) behind.changed(`room ${n}`);
  expect(behind.waiting).toBe(100_000);
  expect(errors).toEqual([{ key: 'room 0' }]);
});

test('the end writes what waits, and nothing comes after it', () => {
  behind.changed('a');
  behind.close();
  behind.close();
  expect(store.writes).toEqual([['a']]);
  behind.changed('b');
  behind.changedNow('b');
  expect([store.writes.length, clock.pending]).toEqual([1, 0]);
});
