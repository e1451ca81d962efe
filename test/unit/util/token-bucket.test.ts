import * as fc from 'fast-check';
import { TokenBucket } from '../../../lib/util/token-bucket.js';
import { TokenBuckets } from '../../../lib/util/token-buckets.js';
import { ManualClock } from '../../support/manual-clock.js';

test('7701-11-02 in any stretch of time no more is given than the burst and what the rate adds', () => {
  const steps = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 30 })), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), steps, (perSecond, burst, asked) => {
      const bucket = new TokenBucket({ perSecond, burst }, 0);
      let now = 0;
      let given = 0;
      for (const [passed, amount] of asked) {
        now += passed;
        if (bucket.take(now, amount)) given += amount;
        expect(given).toBeLessThanOrEqual(burst + (now * perSecond) / 1000 + 1e-6);
      }
    }),
  );
});

test('who waits long enough always gets what he asks for, up to the burst', () => {
  const bucket = new TokenBucket({ perSecond: 4, burst: 8 }, 0);
  expect([bucket.take(0, 8), bucket.take(0), bucket.take(249), bucket.take(250)]).toEqual([true, false, false, true]);
  expect(bucket.take(2250, 8)).toBe(true);
  expect(bucket.take(1_000_000, 9)).toBe(false);
});

test('what is spent beyond it is a debt that time pays', () => {
  const bucket = new TokenBucket({ perSecond: 100, burst: 50 }, 0);
  bucket.spend(0, 150);
  expect([bucket.debt(0), bucket.debt(400), bucket.debt(1000)]).toEqual([1000, 600, 0]);
  expect([bucket.take(1000), bucket.take(1010)]).toEqual([false, true]);
});

test('a clock that was set back gives nothing and takes nothing', () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 10_000);
  expect([bucket.take(10_000, 2), bucket.take(5000), bucket.take(6000)]).toEqual([true, false, true]);
});

test('without a limit there is always enough', () => {
  const bucket = new TokenBucket({ perSecond: Infinity, burst: Infinity }, 0);
  bucket.spend(0, 1e12);
  expect([bucket.debt(0), bucket.take(0, 1e12)]).toEqual([0, true]);
});

test('each key has its own; who did nothing until it was full again is forgotten', () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets(clock, { perSecond: 1, burst: 2 });
  expect([buckets.take('ana'), buckets.take('ana'), buckets.take('ana'), buckets.take('bo')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  for (let i = 0; i < 1000; i++) buckets.take(`user-${i}`);
  expect(buckets.size).toBe(1002);
  clock.advance(2000);
  expect(buckets.take('carol')).toBe(true);
  expect(buckets.size).toBe(1);
});

test('whether there is one is said without taking it', () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets(clock, { perSecond: 1, burst: 1 });
  expect([buckets.has('ana'), buckets.has('ana'), buckets.size]).toEqual([true, true, 0]);
  buckets.take('ana');
  expect(buckets.has('ana')).toBe(false);
  clock.advance(1000);
  expect(buckets.has('ana')).toBe(true);
});

test('of a million addresses only so many are remembered, the latest', () => {
  const buckets = new TokenBuckets(new ManualClock(), { perSecond: 1, burst: 1 }, 100);
  for (let i = 0; i < 1000; i++) buckets.take(`user-${i}`);
  expect(buckets.size).toBe(100);
  expect([buckets.take('user-999'), buckets.take('user-0')]).toEqual([false, true]);
});
