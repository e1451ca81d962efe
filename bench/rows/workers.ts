import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Absent } from '../harness/contender.js';
import type { LoadPoint } from '../harness/driver.js';
import { builtProgram, startServer } from '../harness/server.js';
import type { System } from '../harness/system.js';
import { shares, threadSeconds } from '../harness/threads.js';
import { SMALL } from '../scenarios.js';
import { ratios, type Summary, summarize } from '../stats.js';
import { closedLoop, type Timing } from './fanout.js';

const PARTICIPANTS = 100;
/** As `--workers` has them. */
const WORKERS = [1, 2] as const;
/** A thread is only told of if it does more than this share of a core. */
const IDLE_SHARE = 0.01;

export interface Workers {
  workers: number;
  participants: number;
  /** Delivered copies a second, one value a round. */
  copiesPerSecond: Summary & { rounds: number[] };
  /**
   * Copies a CPU second of the busiest thread: what it would deliver on a machine with a core for each thread and for the
   * driver. One value a round.
   */
  capacity: Summary & { rounds: number[] };
  /** Share of a core of each busy thread in the last round, the busiest first. */
  threads: number[];
}

/** How many times the deliveries, and the capacity, of one worker two have; medians of the rounds. */
export function gain(measured: readonly Workers[]): { deliveries: number; capacity: number } {
  const [one, two] = WORKERS.map((count) => measured.find(({ workers }) => workers === count));
  const median = (of: 'copiesPerSecond' | 'capacity'): number =>
    summarize(ratios(two?.[of].rounds ?? [], one?.[of].rounds ?? [])).median;
  return { deliveries: median('copiesPerSecond'), capacity: median('capacity') };
}

interface Round {
  rate: number;
  threads: number[];
}

/** The threads are looked at in the measured part alone. */
async function round(system: System, point: LoadPoint): Promise<Round> {
  const running = system.run(point);
  await sleep(point.warmupMs);
  const [start, before] = [performance.now(), threadSeconds(system.pids)];
  await sleep(point.measureMs);
  const threads = shares(before, threadSeconds(system.pids), (performance.now() - start) / 1000);
  const { copies, seconds } = await running;
  return { rate: copies / seconds, threads };
}

/** Rejects with `Absent` when the program has no workers. */
async function known(): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [builtProgram('.'), 'serve', '--help']);
  if (!stdout.includes('--workers')) throw new Absent('this build has no --workers');
}

/** The same room with one worker and with two, in turn. */
export async function workers(timing: Timing, rounds: number): Promise<Workers[]> {
  await known();
  const systems: System[] = [];
  try {
    for (const count of WORKERS) {
      const system = await startServer('tcp', { flags: ['--workers', String(count)] });
      systems.push(system);
      await system.join(PARTICIPANTS);
    }
    const point = closedLoop('sat', { rooms: 1, participants: PARTICIPANTS, textOctets: SMALL }, timing);
    for (const system of systems) await system.run(point);
    const results = WORKERS.map((): Round[] => []);
    for (let done = 0; done < rounds; done += 1) {
      for (const [index, system] of systems.entries()) results[index]?.push(await round(system, point));
    }
    return WORKERS.map((count, index) => summary(count, results[index] ?? []));
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}

function summary(count: number, results: readonly Round[]): Workers {
  const rates = results.map(({ rate }) => rate);
  const capacities = results.map(({ rate, threads }) => rate / (threads[0] ?? Number.NaN));
  return {
    workers: count,
    participants: PARTICIPANTS,
    copiesPerSecond: { ...summarize(rates), rounds: rates },
    capacity: { ...summarize(capacities), rounds: capacities },
    threads: (results.at(-1)?.threads ?? []).filter((share) => share > IDLE_SHARE),
  };
}
