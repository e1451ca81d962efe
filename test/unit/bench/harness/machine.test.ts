import {
  describeSpan,
  familyTicks,
  readCpuTimes,
  readProcessTimes,
  watchMachine,
} from '../../../../bench/harness/machine.js';

test('/proc/stat: waiting is idle, interrupts are work, what others took is apart', () => {
  const stat = 'cpu  100 20 30 4000 50 6 7 80 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n';
  expect(readCpuTimes(stat)).toEqual({ busy: 163, idle: 4050, stolen: 80 });
});

test('/proc/PID/stat: a name may look like fields', () => {
  const stat = '42 (a) R 7 (b) S 17 42 42 0 -1 4194304 1 2 3 4 11 22 33 44 20 0 1 0 99\n';
  expect(readProcessTimes(stat)).toEqual({ pid: 42, parent: 17, own: 33, ticks: 110 });
});

const one = (pid: number, parent: number, ticks: number) => ({ pid, parent, own: ticks, ticks });

test('a family is a process with all it has started, in whatever order they are listed', () => {
  const processes = [one(4, 3, 1000), one(3, 1, 100), one(1, 0, 10), one(2, 0, 1)];
  expect(familyTicks(processes, 1)).toBe(1110);
  expect(familyTicks(processes, 2)).toBe(1);
});

test('a span of this machine adds up', () => {
  const span = watchMachine('a row')();
  expect(span.what).toBe('a row');
  expect(span.seconds).toBeGreaterThanOrEqual(0);
  for (const share of [span.others, span.stolen]) {
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  }
});

test('it is told in one line', () => {
  const span = { what: 'a row', seconds: 3, loadBefore: 0.24, loadAfter: 1.96, others: 0.126, stolen: 0.01 };
  expect(describeSpan(span)).toMatch(/^load 0\.2 before, 2\.0 after; others 13 % of \d+ cores, stolen 1 %$/);
});
