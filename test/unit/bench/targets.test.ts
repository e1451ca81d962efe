import { parseOptions } from '../../../bench/options.js';
import type { Report } from '../../../bench/report.js';
import type { RosterMeasured } from '../../../bench/rows/roster.js';
import { gain, type Workers } from '../../../bench/rows/workers.js';
import type { PointName } from '../../../bench/scenarios.js';
import { targets, type Verdict } from '../../../bench/targets.js';
import { measured } from './measured.js';

function report(more: Partial<Report>, args: string[] = []): Report {
  const options = parseOptions(args, ['server']);
  if (options === 'help') throw new Error('help was not asked for');
  return {
    date: '2026-01-01T00:00:00.000Z',
    commit: 'abc',
    versions: {},
    node: 'v20',
    cpu: 'any',
    cpus: 2,
    options,
    machine: [],
    targets: [],
    fanout: [],
    idle: [],
    roster: [],
    workers: [],
    stall: null,
    stream: [],
    parser: [],
    nicknames: [],
    skipped: [],
    failures: [],
    ...more,
  };
}

/** The line of the target that begins so. */
function judged(begin: string, more: Partial<Report>, args?: string[]): [Verdict, string] {
  const line = targets(report(more, args)).find(({ target }) => target.startsWith(begin));
  if (!line) throw new Error(`no target begins with ${begin}`);
  return [line.verdict, line.figure];
}

const pair = (base: string, size: number, ratio: number, point: PointName = 'sat') => [
  measured('server', size, [ratio], { point }),
  measured(base, size, [1], { point }),
];

test('what was not measured is neither met nor missed', () => {
  const verdicts = targets(report({})).map(({ figure, verdict }) => [verdict, figure]);
  expect(verdicts).toHaveLength(14);
  expect(new Set(verdicts.map(String))).toEqual(new Set([String(['not measured', ''])]));
});

test.each([
  ['saturated ≤ 1.6 × floor', 'floor', 1.6, 1.61],
  ['saturated ≤ 3 × c-floor', 'c-floor', 3, 3.1],
])('%s: at both sizes', (target, base, good, bad) => {
  const at = (first: number, second: number) => ({ fanout: [...pair(base, 100, first), ...pair(base, 1000, second)] });
  expect(judged(target, at(good, good))[0]).toBe('met');
  expect(judged(target, at(good, bad))).toEqual([
    'NOT MET',
    `${good.toFixed(2)} × (N = 100), ${bad.toFixed(2)} × (N = 1000)`,
  ]);
  expect(judged(target, { fanout: pair(base, 100, good) })[0]).toBe('not measured');
  expect(judged(target, { fanout: pair(base, 100, bad) })[0]).toBe('NOT MET');
  expect(judged(target, { fanout: [...pair(base, 10, bad), ...pair(base, 1000, good)] })[0]).toBe('not measured');
});

test('serial copies are judged apart from saturated ones', () => {
  const serial = pair('floor', 100, 2, 'serial');
  expect(judged('serial', { fanout: serial })[0]).toBe('NOT MET');
  expect(judged('saturated ≤ 1.6', { fanout: serial })[0]).toBe('not measured');
});

test('a peer has to need so many times more; one size is enough', () => {
  expect(judged('saturated ≥ 12 × less CPU than ejabberd', { fanout: pair('ejabberd', 100, 1 / 12.5) })).toEqual([
    'met',
    '12.50 × (N = 100)',
  ]);
  expect(judged('saturated ≥ 30 × less CPU than prosody', { fanout: pair('prosody', 100, 1 / 29) })[0]).toBe('NOT MET');
});

const paced = (p99: number) =>
  [100, 1000].flatMap((size) => [
    measured('server', size, [1], { point: 'paced', p99Rounds: [p99] }),
    measured('floor', size, [1], { point: 'paced', p99Rounds: [100] }),
  ]);

test('p99 is held against that of the floor at the same pace', () => {
  expect(judged('p99', { fanout: paced(199) })[0]).toBe('met');
  expect(judged('p99', { fanout: paced(200) })[0]).toBe('NOT MET');
});

const sizes = (...costs: [number, number][]) => ({
  fanout: costs.map(([size, cost]) => measured('server', size, [cost])),
});

test('flat: no size from 100 to 5000 is further than 15 % from the first', () => {
  expect(judged('cost per copy', sizes([10, 9], [100, 2], [1000, 1.8], [5000, 2.2]))).toEqual([
    'met',
    '-10 % (N = 1000), +10 % (N = 5000)',
  ]);
  expect(judged('cost per copy', sizes([100, 2], [5000, 2.4]))[0]).toBe('NOT MET');
  expect(judged('cost per copy', sizes([100, 2], [1000, 2]))[0]).toBe('not measured');
});

const idleRow = (system: string, kbPerParticipant: number, participants = 1000) => ({
  system,
  link: 'tcp' as const,
  participants,
  emptyKb: 1,
  kbPerParticipant,
  joinsPerSecond: 499.6,
});

test('an idle participant is judged at a thousand, its MSRP part without SIP', () => {
  const idle = [idleRow('floor', 14), idleRow('switch', 21), idleRow('server', 41)];
  expect(judged('idle, MSRP part', { idle })).toEqual(['met', '1.50 ×']);
  expect(judged('idle with SIP', { idle })).toEqual(['NOT MET', '41.0 KB']);
  expect(judged('joins ≥', { idle })).toEqual(['NOT MET', '500/s']);
  expect(judged('idle with SIP', { idle: [idleRow('server', 41, 100)] })[0]).toBe('not measured');
});

const cost = (seconds: number) => ({
  seconds,
  notifies: 1,
  fullNotifies: 1,
  octets: 1,
  bodyOctets: 1,
  repeated: 0,
  cpuSeconds: 1,
});

const line = (participants: number, seconds: number, notify: RosterMeasured['notify'] = 'auto'): RosterMeasured => ({
  link: 'tcp',
  participants,
  pace: 'fast',
  notify,
  join: cost(seconds),
  leave: cost(1),
});

test('joins with a roster are judged up to two hundred, those that are told what changed', () => {
  const others = [line(1000, 100), line(200, 100, 'full')];
  expect(judged('joins with roster', { roster: [line(100, 0.4), line(200, 1), ...others] })).toEqual([
    'met',
    '250/s (N = 100), 200/s (N = 200)',
  ]);
  expect(judged('joins with roster', { roster: [line(100, 0.4), line(200, 1.1)] })[0]).toBe('NOT MET');
  expect(judged('joins with roster', { roster: [line(100, 0.4)] })[0]).toBe('not measured');
});

const pool = (workers: number, rate: number, capacity: number): Workers => ({
  workers,
  participants: 100,
  copiesPerSecond: { min: rate, median: rate, rounds: [rate, rate] },
  capacity: { min: capacity, median: capacity, rounds: [capacity, capacity] },
  cpuMicrosPerCopy: 1,
  driverMicrosPerCopy: 0.1,
  threads: [1],
});

test('workers are judged by what they deliver', () => {
  const workers = [pool(1, 100, 100), pool(2, 170, 190)];
  expect(gain(workers)).toEqual({ deliveries: 1.7, capacity: 1.9 });
  expect(judged('2 workers', { workers })).toEqual(['met', '1.70 × (deliveries); 1.90 × by the busiest thread']);
  expect(judged('2 workers', { workers: [pool(1, 100, 100), pool(2, 150, 190)] })[0]).toBe('NOT MET');
  expect(judged('2 workers', { workers: [pool(1, 100, 100)] })[0]).toBe('not measured');
});

test('a quick run is no judgement', () => {
  expect(judged('saturated ≤ 1.6', { fanout: pair('floor', 100, 9) }, ['--quick'])).toEqual([
    'not judged',
    '9.00 × (N = 100)',
  ]);
});
