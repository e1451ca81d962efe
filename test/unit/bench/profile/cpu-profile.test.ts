import { type CpuProfile, selfTimes } from '../../../../bench/profile/cpu-profile.js';
import { location } from '../../../../bench/profile/source.js';

const node = (id: number, functionName: string, url = '', lineNumber = 0): CpuProfile['nodes'][number] => ({
  id,
  callFrame: { functionName, url, lineNumber, columnNumber: 0 },
});

const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)'),
    node(2, '(idle)'),
    node(3, 'hot', 'file:///a.js', 9),
    // The same function below another caller.
    node(4, 'hot', 'file:///a.js', 9),
    node(5, '', 'file:///a.js', 20),
    node(6, 'write'),
  ],
  startTime: 1000,
  samples: [3, 2, 4, 5, 6, 3],
  timeDeltas: [10, 100, 20, 5, 7, 40],
};

test('self times of a function are added up whoever called it; waiting is no work', () => {
  const { busyMicros, functions } = selfTimes(PROFILE, { from: 0, to: Number.POSITIVE_INFINITY });
  expect(busyMicros).toBe(82);
  expect(functions.map(({ line, micros, name }) => [name, line, micros])).toEqual([
    ['hot', 10, 70],
    ['write', 1, 7],
    ['(anonymous)', 21, 5],
  ]);
});

test('only what is within the span counts', () => {
  const { functions } = selfTimes(PROFILE, { from: 1010, to: 1135 });
  expect(functions.map(({ micros, name }) => [name, micros])).toEqual([
    ['hot', 20],
    ['(anonymous)', 5],
  ]);
});

test('where a function is: of Node, native, or a file without a map', () => {
  const self = { name: 'f', line: 3, column: 0, micros: 1 };
  expect(location({ ...self, url: '' })).toBe('native');
  expect(location({ ...self, url: 'node:net' })).toBe('node:net:3');
  expect(location({ ...self, url: `file://${process.cwd()}/no-such/file.js` })).toBe('no-such/file.js:3');
});
