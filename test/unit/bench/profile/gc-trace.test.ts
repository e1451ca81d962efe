import { spawnSync } from 'node:child_process';
import { allocation, type Collection, readCollections } from '../../../../bench/profile/gc-trace.js';

const line = (time: number, gc: string, allocated: number, more = ''): string =>
  `[11878:0x1ab6b490]       ${time} ms: pause=3.5 mutator=59.3 gc=${gc} scavenge=3.37 allocated=${allocated} ${more}`;

test('collections are found among what the program writes', () => {
  const output = [
    'a room is running',
    line(77, 's', 4000, 'promoted=30 new_space_survived=500 promotion_ratio=0.0%'),
    '[11878:0x1ab6b490] 80 ms: Scavenge',
    line(90, 'mc', 700),
  ].join('\n');
  expect(readCollections(output)).toEqual([
    { time: 77, scavenge: true, pauseMs: 3.5, allocated: 4000, survived: 500, promoted: 30 },
    { time: 90, scavenge: false, pauseMs: 3.5, allocated: 700, survived: 0, promoted: 0 },
  ]);
});

const collection = (time: number, scavenge: boolean): Collection => ({
  time,
  scavenge,
  pauseMs: 1,
  allocated: 1000,
  survived: 100,
  promoted: 10,
});

test('what the first collection tells of came before; what survives a full one says nothing about the young', () => {
  expect(allocation([collection(5, true), collection(20, true), collection(45, false)])).toEqual({
    collections: 2,
    milliseconds: 40,
    pauseMs: 2,
    allocated: 2000,
    survived: 100,
    promoted: 10,
  });
});

test('without collections nothing is known to be allocated', () => {
  expect(allocation([])).toMatchObject({ collections: 0, milliseconds: 0, allocated: 0 });
});

test('this Node writes such lines', () => {
  const script = 'for (let i = 0, a = []; i < 4e6; i++) { a.push({ i }); if (a.length > 1e4) a = []; }';
  const { stdout } = spawnSync(process.execPath, ['--trace-gc-nvp', '-e', script], { encoding: 'utf8' });
  const scavenges = readCollections(stdout).filter(({ scavenge }) => scavenge);
  expect(scavenges.length).toBeGreaterThan(0);
  expect(allocation(scavenges).allocated).toBeGreaterThan(1_000_000);
});
