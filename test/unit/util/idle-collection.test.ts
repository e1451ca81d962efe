import { IdleCollection } from '../../../lib/util/idle-collection';
import { ManualClock } from '../../support/manual-clock';

const MIB = 1_048_576;

function watched() {
  const clock = new ManualClock();
  const state = { used: 20 * MIB, kept: 10 * MIB, busy: 0, collected: 0 };
  const collection = new IdleCollection({
    clock,
    heapUsed: () => state.used,
    utilization: () => state.busy,
    collect: () => {
      state.collected++;
      state.used = state.kept;
    },
  });
  return { clock, state, collection };
}

test('what was left behind is collected once nothing is to be done for six seconds, and not before', () => {
  const { clock, state } = watched();
  state.busy = 0.5;
  clock.advance(5_000);
  expect(state.collected).toBe(0);
  state.busy = 0.01;
  clock.advance(5_000);
  expect(state.collected).toBe(0);
  clock.advance(1_000);
  expect(state.collected).toBe(1);
});

test('it is done once more, for V8 to give the pages back, then not again for a little, nor in a heap in which it takes long', () => {
  const { clock, state } = watched();
  clock.advance(60_000);
  expect(state.collected).toBe(2);
  state.used += 9 * MIB;
  clock.advance(6_000);
  expect(state.collected).toBe(3);
  state.used = 200 * MIB;
  clock.advance(60_000);
  expect(state.collected).toBe(3);
});

test('V8 has something to collect with, and a thread a utilization', () => {
  const clock = new ManualClock();
  const collection = new IdleCollection({ clock, heapUsed: () => 100 * MIB });
  clock.advance(10_000);
  expect(clock.pending).toBe(1);
  collection.close();
  expect(clock.pending).toBe(0);
});
