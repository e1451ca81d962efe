import { Pacer } from '../../../../lib/focus/roster/pacer.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** A pacer with so many jobs, each of which notes that it was done. */
function setUp(jobs: number) {
  const clock = new ManualClock();
  const way = { isFree: true };
  const pacer = new Pacer({ clock, isFree: () => way.isFree });
  const done: number[] = [];
  for (let job = 0; job < jobs; job++) pacer.add(() => void done.push(job));
  return { clock, way, pacer, done };
}

test('D11 a round for many subscribers is spread over turns of the event loop, in order', () => {
  const { clock, done } = setUp(100);
  expect(done).toEqual([]);
  const turns = jest.spyOn(clock, 'after');
  clock.advance(0);
  expect(turns).toHaveBeenCalledTimes(2);
  expect(done).toEqual(Array.from({ length: 100 }, (_, job) => job));
});

test('DRA-G1 while drachtio-server is behind, news wait', () => {
  const { clock, way, done } = setUp(50);
  way.isFree = false;
  clock.advance(1000);
  expect(done).toEqual([]);
  way.isFree = true;
  clock.advance(10);
  expect(done).toHaveLength(50);
  expect(clock.pending).toBe(0);
});

test('a job may add another, which is done after those before it', () => {
  const { clock, pacer, done } = setUp(2);
  pacer.add(() => pacer.add(() => void done.push(-1)));
  pacer.add(() => void done.push(2));
  clock.advance(10);
  expect(done).toEqual([0, 1, 2, -1]);
  expect(clock.pending).toBe(0);
});
