import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '../harness/compile.js';
import { Absent } from '../harness/contender.js';
import type { LoadPoint, SinkResult } from '../harness/driver.js';
import { startServerWithWorkers } from '../harness/server.js';
import type { System } from '../harness/system.js';
import { shares, threadSeconds } from '../harness/threads.js';
import { SMALL } from '../scenarios.js';
import { ratios, type Summary, summarize } from '../stats.js';
import type { Timing } from './fanout.js';

const PARTICIPANTS = 200;
/** The senders, and the messages of each that the server has not answered yet: more than it can take in one turn. */
const DEEP = { senders: 16, window: 16 } as const;
/** It may begin once in ten seconds: both are measured for so many times longer, and are ready when it is their turn. */
const LONGER = 3;
/** Milliseconds under this load before the first round, so that V8 has compiled what is measured in each thread. */
const WARM_MS = 5000;
/** As `--workers` has them. */
const WORKERS = [1, 2] as const;
/** A thread is only told of if it does more than this share of a core. */
const IDLE_SHARE = 0.01;

export interface Workers {
  workers: number;
  participants: number;
  /** Delivered copies a second, one value a round. */
  copiesPerSecond: Summary & { rounds: number[] };
  /** Copies a CPU second of the busiest thread: what it would deliver if no thread waited for a core. One value a round. */
  capacity: Summary & { rounds: number[] };
  /** CPU µs of the whole server, and of the driver, a copy; medians of the rounds. */
  cpuMicrosPerCopy: number;
  driverMicrosPerCopy: number;
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
  cpuMicros: number;
  driverMicros: number;
}

/** The threads are looked at in the measured part alone. */
async function round(system: System, point: LoadPoint): Promise<Round> {
  let running: Promise<SinkResult> | undefined;
  await new Promise<void>((resolve, reject) => {
    running = system.sink(point, resolve);
    running.catch(reject);
  });
  await sleep(point.warmupMs);
  const [start, before] = [performance.now(), threadSeconds(system.pids)];
  await sleep(point.measureMs);
  const threads = shares(before, threadSeconds(system.pids), (performance.now() - start) / 1000);
  const { copies, seconds, cpuSeconds, driverCpuSeconds } = await running!;
  return {
    rate: copies / seconds,
    threads,
    cpuMicros: (cpuSeconds / copies) * 1e6,
    driverMicros: (driverCpuSeconds / copies) * 1e6,
  };
}

/** An older build refuses the option. */
async function start(count: number): Promise<System> {
  return startServerWithWorkers(count).catch((error: Error) => {
    throw /workers|fanout/.test(error.message) ? new Absent('this build has no workers') : error;
  });
}

/** The same room with one worker and with two, in turn; what arrives is counted and not read. */
export async function workers(timing: Timing, rounds: number): Promise<Workers[]> {
  compile('configured-server');
  const systems: System[] = [];
  try {
    for (const count of WORKERS) {
      const system = await start(count);
      systems.push(system);
      await system.join(PARTICIPANTS);
    }
    const point: LoadPoint = { ...DEEP, textOctets: SMALL, rate: 0, ...timing, measureMs: LONGER * timing.measureMs };
    const warm = { ...point, measureMs: Math.max(WARM_MS, point.measureMs) };
    for (const system of systems) await round(system, warm);
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
    cpuMicrosPerCopy: summarize(results.map(({ cpuMicros }) => cpuMicros)).median,
    driverMicrosPerCopy: summarize(results.map(({ driverMicros }) => driverMicros)).median,
    threads: (results.at(-1)?.threads ?? []).filter((share) => share > IDLE_SHARE),
  };
}
