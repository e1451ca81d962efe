import type { Running } from '../../../../bench/harness/contender.js';
import type { LoadPoint, LoadResult } from '../../../../bench/harness/driver.js';
import { closedLoop, compared, type Entrant, fanout, FIXED_RATE } from '../../../../bench/rows/fanout.js';
import type { Scenario } from '../../../../bench/scenarios.js';
import { measured } from '../measured.js';

const SCENARIO: Scenario = {
  link: 'tcp',
  rooms: 1,
  participants: 11,
  confirm: 'always',
  textOctets: 100,
  points: ['sat', 'paced', 'fixed'],
  rounds: 2,
};
const TIMING = { warmupMs: 1, measureMs: 1000 };

const result = (copies: number): LoadResult => ({
  participants: 11,
  seconds: 1,
  copies,
  messages: copies / 10,
  cpuSeconds: 1,
  driverCpuSeconds: 0.5,
  bytesPerCopy: 500,
  p50Micros: 10,
  p99Micros: 20,
  verified: 1,
  lost: 0,
  doubled: 0,
  disordered: 0,
  altered: 0,
  errors: 0,
  error: '',
});

/** Notes what it is asked for, and delivers so many copies a second at most. */
function entrant(name: string, capacity: number, asked: [string, LoadPoint][], sameProtocol = true): Entrant {
  const running: Running = {
    pids: [],
    residentKb: () => 0,
    join: () => Promise.resolve(0),
    stop: () => Promise.resolve(),
    run: (point) => {
      asked.push([name, point]);
      return capacity > 0 ? Promise.resolve(result(capacity)) : Promise.reject(new Error('broken'));
    },
  };
  return { name, sameProtocol, running };
}

const silent = { roundDone: () => {}, failed: () => {}, skipped: () => {} };

test('all take their turn at each load, and go back in the next round', async () => {
  const asked: [string, LoadPoint][] = [];
  const entrants = [entrant('a', 1e6, asked), entrant('b', 1e5, asked)];
  await fanout(entrants, { ...SCENARIO, points: ['sat'] }, TIMING, silent);
  expect(asked.map(([name]) => name)).toEqual(['a', 'b', 'b', 'a']);
});

test('peers take part in the first three rounds alone', async () => {
  const asked: [string, LoadPoint][] = [];
  const entrants = [entrant('a', 1e6, asked), entrant('peer', 1e5, asked, false)];
  await fanout(entrants, { ...SCENARIO, points: ['sat'], rounds: 5 }, TIMING, silent);
  expect(asked.map(([name]) => name)).toEqual(['a', 'peer', 'peer', 'a', 'a', 'peer', 'a', 'a']);
});

test('the pace is a fifth of the slowest saturation, peers left out, and the fixed rate is fixed', async () => {
  const asked: [string, LoadPoint][] = [];
  const entrants = [entrant('a', 1e6, asked), entrant('b', 1e5, asked), entrant('peer', 5e4, asked, false)];
  await fanout(entrants, { ...SCENARIO, rounds: 1 }, TIMING, silent);
  const rates = asked.map(([name, { rate }]) => [name, rate]);
  expect(rates).toEqual([
    ['a', 0],
    ['b', 0],
    ['peer', 0],
    ['a', 20_000],
    ['b', 20_000],
    ['a', FIXED_RATE],
    ['b', FIXED_RATE],
    ['peer', FIXED_RATE],
  ]);
});

test('who saturates at the fixed rate already is not measured at it', async () => {
  const asked: [string, LoadPoint][] = [];
  const skipped: string[] = [];
  await fanout([entrant('slow', 24_000, asked)], { ...SCENARIO, points: ['sat', 'fixed'], rounds: 1 }, TIMING, {
    ...silent,
    skipped: ({ name }, point, reason) => skipped.push(`${name} ${point} ${reason}`),
  });
  expect(asked).toHaveLength(1);
  expect(skipped).toEqual(['slow fixed saturated at 24000 copies/s already']);
});

test('one that breaks is told of once, and the others go on without it', async () => {
  const asked: [string, LoadPoint][] = [];
  const failed: string[] = [];
  const rows = await fanout([entrant('bad', 0, asked), entrant('good', 1e5, asked)], SCENARIO, TIMING, {
    ...silent,
    failed: ({ name }, error) => failed.push(`${name}: ${String(error)}`),
  });
  expect(failed).toEqual(['bad: Error: broken']);
  expect(new Set(rows.map(({ system }) => system))).toEqual(new Set(['good']));
  expect(rows.find(({ point }) => point === 'sat')?.cpuMicrosPerCopy.rounds).toEqual([10, 10]);
});

test('at a given rate a large room is measured for longer, so that there are messages enough', async () => {
  const asked: [string, LoadPoint][] = [];
  const scenario: Scenario = { ...SCENARIO, participants: 5001, points: ['fixed'], rounds: 1 };
  await fanout([entrant('a', 1e6, asked)], scenario, TIMING, silent);
  expect(asked[0]?.[1].measureMs).toBe(3000);
});

test('saturated many rooms have fewer messages each', () => {
  expect(closedLoop('sat', { rooms: 1, participants: 3, textOctets: 100 }, TIMING)).toMatchObject({
    senders: 3,
    window: 4,
  });
  expect(closedLoop('sat', { rooms: 9, participants: 3, textOctets: 100 }, TIMING)).toMatchObject({
    senders: 2,
    window: 1,
  });
});

test('a ratio is of the same place alone, round by round', () => {
  const rows = [
    measured('server', 100, [2, 9], { p99Rounds: [10, 20] }),
    measured('floor', 100, [1, 3], { p99Rounds: [5, 5] }),
    measured('floor', 1000, [1]),
    measured('floor', 100, [1], { point: 'serial' }),
  ];
  expect(compared(rows, 'server')).toEqual([
    expect.objectContaining({
      base: 'floor',
      participants: 100,
      point: 'sat',
      cpu: { min: 2, median: 2.5 },
      p99: { min: 2, median: 3 },
    }),
  ]);
});
