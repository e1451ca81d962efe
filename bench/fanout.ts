import type { LoadPoint, LoadResult } from './harness/driver.js';
import type { System } from './harness/system.js';
import type { Options, SystemName } from './options.js';
import { ratios, type Summary, summarize } from './stats.js';

/** One message in flight; four senders with four unfinished messages each; evenly spaced. */
export type PointName = 'serial' | 'sat' | 'paced';

/** Of the slower system's saturation. */
const PACED_SHARE = 1 / 5;
const SAT_SENDERS = 4;
const SAT_WINDOW = 4;

export interface Measured {
  system: SystemName;
  participants: number;
  point: PointName;
  /** Server CPU a delivered copy, one value a round. */
  cpuMicrosPerCopy: Summary & { rounds: number[] };
  /** Delivered copies a second, median. */
  copiesPerSecond: number;
  /** From the moment a message was due until its copy was read, medians of the rounds. */
  p50Micros: number;
  p99Micros: number;
  bytesPerCopy: number;
}

export interface Ratio extends Summary {
  participants: number;
  point: PointName;
}

type Results = Map<SystemName, Map<PointName, LoadResult[]>>;

const cpuMicros = (result: LoadResult): number => (result.cpuSeconds / result.copies) * 1e6;
const rate = (result: LoadResult): number => result.copies / result.seconds;

async function measure(system: System, name: PointName, point: LoadPoint, results: Results): Promise<LoadResult> {
  const result = await system.run(point);
  if (result.copies === 0) throw new Error(`${system.name}: no copy was delivered in the measured ${result.seconds} s`);
  const points = results.get(system.name) ?? new Map<PointName, LoadResult[]>();
  results.set(system.name, points.set(name, [...(points.get(name) ?? []), result]));
  return result;
}

/** One round: at each load point every system in turn, so that a busy moment of the machine weighs on all of them. */
async function round(systems: readonly System[], options: Options, results: Results): Promise<void> {
  const { warmupMs, measureMs } = options;
  const senders = Math.min(SAT_SENDERS, systems[0]?.endpoints.length ?? 0);
  let saturation = Number.POSITIVE_INFINITY;
  for (const system of systems) {
    const point = { senders, window: SAT_WINDOW, rate: 0, warmupMs, measureMs };
    saturation = Math.min(saturation, rate(await measure(system, 'sat', point, results)));
  }
  for (const system of systems) {
    await measure(system, 'serial', { senders: 1, window: 1, rate: 0, warmupMs, measureMs }, results);
  }
  for (const system of systems) {
    const point = { senders, window: 0, rate: saturation * PACED_SHARE, warmupMs, measureMs };
    await measure(system, 'paced', point, results);
  }
}

function summary(system: SystemName, point: PointName, results: readonly LoadResult[]): Measured {
  const median = (value: (result: LoadResult) => number): number => summarize(results.map(value)).median;
  const rounds = results.map(cpuMicros);
  return {
    system,
    participants: results[0]?.participants ?? 0,
    point,
    cpuMicrosPerCopy: { ...summarize(rounds), rounds },
    copiesPerSecond: median(rate),
    p50Micros: median((result) => result.p50Micros),
    p99Micros: median((result) => result.p99Micros),
    bytesPerCopy: median((result) => result.bytesPerCopy),
  };
}

/** All rounds of one room size; every system has its participants already. */
export async function fanout(
  systems: readonly System[],
  options: Options,
  onRound: (done: number) => void,
): Promise<{ measured: Measured[]; ratios: Ratio[] }> {
  const results: Results = new Map();
  for (let done = 1; done <= options.rounds; done += 1) {
    await round(systems, options, results);
    onRound(done);
  }
  const measured = [...results].flatMap(([system, points]) =>
    [...points].map(([point, rounds]) => summary(system, point, rounds)),
  );
  const floor = measured.filter(({ system }) => system === 'floor');
  const compared = floor.flatMap(({ participants, point, cpuMicrosPerCopy }) =>
    measured
      .filter((other) => other.system === 'server' && other.point === point)
      .map((server): Ratio => {
        const { min, median } = summarize(ratios(server.cpuMicrosPerCopy.rounds, cpuMicrosPerCopy.rounds));
        return { participants, point, min, median };
      }),
  );
  return { measured, ratios: compared };
}
