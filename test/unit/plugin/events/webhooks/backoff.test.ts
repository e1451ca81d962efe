import { backoff, retryAfter } from '../../../../../plugin/events/webhooks/backoff.js';

test('the bound of the wait doubles from 1 s to 5 min', () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000].map((failures) => backoff(failures, 1) / 1000);
  expect(bounds).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect([backoff(3, 0), backoff(3, 0.5)]).toEqual([0, 2000]);
});

const NOW = new Date('2026-11-21T12:00:00Z');

test.each([
  [null, undefined],
  ['0', 0],
  [' 17 ', 17_000],
  ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['Sat, 21 Nov 2037 12:01:00 GMT', 86_400_000],
  ['999999999999', 86_400_000],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s', (value, expected) => {
  expect(retryAfter(value, NOW)).toBe(expected);
});
