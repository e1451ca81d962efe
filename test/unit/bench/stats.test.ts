import { ratios, summarize } from '../../../bench/stats.js';

test('the summary has the smallest and the middle value', () => {
  expect(summarize([5, 1, 3])).toEqual({ min: 1, median: 3 });
  expect(summarize([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5 });
  expect(summarize([7])).toEqual({ min: 7, median: 7 });
});

test('nothing measured is not zero', () => {
  expect(summarize([])).toEqual({ min: Number.NaN, median: Number.NaN });
});

test('ratios are taken round by round, and only where both were measured', () => {
  expect(ratios([4, 9], [2, 3])).toEqual([2, 3]);
  expect(ratios([4, 9], [2])).toEqual([2]);
  expect(ratios([4, 9], [0, 3])).toEqual([3]);
});
