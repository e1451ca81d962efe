import { PerMinute } from '../../../lib/util/per-minute.js';
import { ManualClock } from '../../support/manual-clock.js';

test("7701-11-02 REF-15 a minute's worth, several at a time, refilled evenly", () => {
  const clock = new ManualClock();
  const rate = new PerMinute(clock);
  expect([rate.allows('ana', 20, 20), rate.allows('ana', 20, 21)]).toEqual([true, false]);
  rate.count('ana', 20, 18);
  expect([rate.allows('ana', 20, 3), rate.allows('bo', 20, 20)]).toEqual([false, true]);
  clock.advance(3000);
  expect(rate.allows('ana', 20, 3)).toBe(true);
});

test('7701-11-02 only those who used theirs within the last minute are remembered', () => {
  const clock = new ManualClock();
  const rate = new PerMinute(clock);
  for (let i = 0; i < 1000; i++) rate.count(`user-${i}`, 60);
  expect(rate.size).toBe(1000);
  clock.advance(60_000);
  rate.count('ana', 60);
  expect(rate.size).toBe(1);
});

test('REF-15 what was used beyond the share is missing for the rest of a minute, and forgotten then', () => {
  const clock = new ManualClock();
  const rate = new PerMinute(clock);
  rate.count('ana', 20, 50);
  clock.advance(59_000);
  expect(rate.allows('ana', 20)).toBe(false);
  clock.advance(31_000);
  rate.count('bo', 20);
  expect(rate.allows('ana', 20)).toBe(true);
});
