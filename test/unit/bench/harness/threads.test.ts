import { family, shares, threadSeconds } from '../../../../bench/harness/threads.js';

test('shares of a core are of the time between, the busiest first; a new thread began at nothing', () => {
  const before = new Map([
    [1, 10],
    [2, 5],
  ]);
  const after = new Map([
    [1, 10.5],
    [2, 6.5],
    [3, 1],
  ]);
  expect(shares(before, after, 2)).toEqual([0.75, 0.5, 0.25]);
});

test('this process has threads that have worked', () => {
  expect(family(process.pid)[0]).toBe(process.pid);
  const seconds = threadSeconds([process.pid]);
  expect(seconds.get(process.pid)).toBeGreaterThan(0);
});
