import type { Link, LoadPoint, LoadResult } from '../harness/driver.js';
import type { System } from '../harness/system.js';
import type { Options, SystemName } from '../options.js';
import type { PointName, Scenario } from '../scenarios.js';
import { ratios, type Summary, summarize } from '../stats.js';

/** Of the slower system's saturation. */
const PACED_SHARE = 1 / 5;
const SAT_SENDERS = 4;
const SAT_WINDOW = 4;

export interface Measured {
  system: SystemName;
  link: Link;
  textOctets: number;
  participants: number;
  point: PointName;
  /** Server CPU a delivered copy, one value a round. */
  cpuMicrosPerCopy: Summary & { rounds: number[] };
  /** Delivered copies a second, median. */
  copiesPerSecond: number;
  /** Octets of frames delivered a second, in millions, median. */
  megabytesPerSecond: number;
  /** From the moment a message was due until its copy was read, medians of the rounds. */
  p50Micros: number;
  p99Micros: number;
  bytesPerCopy: number;
}

export interface Ratio extends Summary {
  link: Link;
  textOctets: number;
  participants: number;
  point: PointName;
}

type Results = Map<SystemName, Map<PointName, LoadResult[]>>;
export type Timing = Pick<Options, 'warmupMs' | 'measureMs'>;

const cpuMicros = (result: LoadResult): number => (result.cpuSeconds / result.copies) * 1e6;
const rate = (result: LoadResult): number => result.copies / result.seconds;

async function measure(system: System, name: PointName, point: LoadPoint, results: Results): Promise<LoadResult> {
  const result = await system.run(point);
  if (result.copies === 0) throw new Error(`${system.name}: no copy was delivered in the measured ${result.seconds} s`);
  const points = results.get(system.name) ?? new Map<PointName, LoadResult[]>();
  results.set(system.name, points.set(name, [...(points.get(name) ?? []), result]));
  return result;
}

/** The load point of closed loops: `sat` or `serial`. */
export function closedLoop(name: PointName, participants: number, textOctets: number, timing: Timing): LoadPoint {
  const { warmupMs, measureMs } = timing;
  const [senders, window] = name === 'serial' ? [1, 1] : [Math.min(SAT_SENDERS, participants), SAT_WINDOW];
  return { textOctets, senders, window, rate: 0, warmupMs, measureMs };
}

/** One round: at each load point every system in turn, so that a busy moment of the machine weighs on all of them. */
async function round(systems: readonly System[], scenario: Scenario, timing: Timing, results: Results): Promise<void> {
  const { participants, points, textOctets } = scenario;
  let saturation = Number.POSITIVE_INFINITY;
  for (const name of points) {
    const point = closedLoop(name, participants, textOctets, timing);
    const pace = name === 'paced' ? { window: 0, rate: saturation * PACED_SHARE } : {};
    for (const system of systems) {
      const result = await measure(system, name, { ...point, ...pace }, results);
      if (name === 'sat') saturation = Math.min(saturation, rate(result));
    }
  }
}

function summary(
  system: SystemName,
  { link, participants, textOctets }: Scenario,
  point: PointName,
  results: readonly LoadResult[],
): Measured {
  const median = (value: (result: LoadResult) => number): number => summarize(results.map(value)).median;
  const rounds = results.map(cpuMicros);
  return {
    system,
    link,
    textOctets,
    participants,
    point,
    cpuMicrosPerCopy: { ...summarize(rounds), rounds },
    copiesPerSecond: median(rate),
    megabytesPerSecond: median((result) => (rate(result) * result.bytesPerCopy) / 1e6),
    p50Micros: median((result) => result.p50Micros),
    p99Micros: median((result) => result.p99Micros),
    bytesPerCopy: median((result) => result.bytesPerCopy),
  };
}

/** All rounds of one room; every system has its participants already. */
export async function fanout(
  systems: readonly System[],
  scenario: Scenario,
  timing: Timing,
  onRound: (done: number) => void,
): Promise<{ measured: Measured[]; ratios: Ratio[] }> {
  const results: Results = new Map();
  for (let done = 1; done <= scenario.rounds; done += 1) {
    await round(systems, scenario, timing, results);
    onRound(done);
  }
  const measured = [...results].flatMap(([system, points]) =>
    [...points].map(([point, rounds]) => summary(system, scenario, point, rounds)),
  );
  const floor = measured.filter(({ system }) => system === 'floor');
  const compared = floor.flatMap(({ link, participants, textOctets, point, cpuMicrosPerCopy }) =>
    measured
      .filter((other) => other.system === 'server' && other.point === point)
      .map((server): Ratio => {
        const { min, median } = summarize(ratios(server.cpuMicrosPerCopy.rounds, cpuMicrosPerCopy.rounds));
        return { link, textOctets, participants, point, min, median };
      }),
  );
  return { measured, ratios: compared };
}
