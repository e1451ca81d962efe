import { array, assert, integer, property } from 'fast-check';
import { logScale, spread } from '../../../../bench/plot/scale.js';

test('equal factors are equal distances', () => {
  const scale = logScale(10, 1000, 0, 200, true);
  expect([10, 100, 1000].map((value) => Math.round(scale.place(value)))).toEqual([0, 100, 200]);
  expect(scale.ticks).toEqual([10, 20, 50, 100, 200, 500, 1000]);
});

test('an axis that may be widened ends at round values', () => {
  const scale = logScale(0.37, 62, 100, 0);
  expect(scale.ticks).toEqual([0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]);
  expect(scale.place(0.2)).toBeCloseTo(100);
  expect(scale.place(100)).toBeCloseTo(0);
});

test('one value alone has a place', () => {
  expect(logScale(100, 100, 0, 50, true).place(100)).toBe(0);
});

test('labels keep their order and their distance, and move down only when they have to', () => {
  assert(
    property(array(integer({ min: 0, max: 400 })), (values) => {
      const places = values.toSorted((a, b) => a - b);
      const moved = spread(places, 15);
      for (const [i, place] of moved.entries()) {
        expect(place).toBeGreaterThanOrEqual(places[i] ?? 0);
        if (i > 0) expect(place - (moved[i - 1] ?? 0)).toBeGreaterThanOrEqual(15);
        if (place !== places[i]) expect(place - (moved[i - 1] ?? 0)).toBe(15);
      }
    }),
  );
});
