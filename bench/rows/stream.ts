import { startFloor } from '../harness/floor.js';
import { startServerForSize } from '../harness/server.js';
import type { System } from '../harness/system.js';
import { summarize } from '../stats.js';

/** A sender and two recipients. */
const PARTICIPANTS = 3;
/** Octets around the text. */
const WRAPPER = 4096;

/** Who takes messages as large as a file. */
export const STREAM_SYSTEMS = ['floor', 'server'] as const;
export type StreamSystem = (typeof STREAM_SYSTEMS)[number];

interface StreamRun {
  /** Octets of text by the time until the last recipient had them. */
  megabytesPerSecond: number;
  cpuSeconds: number;
  /** Highest resident memory above that before the message. */
  growthKb: number;
}

export interface Stream {
  system: StreamSystem;
  /** Octets of the one message. */
  octets: number;
  /** Medians. */
  megabytesPerSecond: number;
  cpuMillisPerMegabyte: number;
  growthKb: number;
  rounds: StreamRun[];
}

async function run(system: System, octets: number): Promise<StreamRun> {
  try {
    await system.join(PARTICIPANTS);
    const before = system.subject.residentKb();
    system.subject.forgetPeak();
    const { seconds, cpuSeconds } = await system.pour(octets);
    const growthKb = system.subject.peakResidentKb() - before;
    return { megabytesPerSecond: octets / seconds / 1e6, cpuSeconds, growthKb };
  } finally {
    await system.stop();
  }
}

const starts: Record<StreamSystem, (octets: number) => Promise<System>> = {
  floor: () => startFloor({ link: 'tcp', rooms: 1, participants: PARTICIPANTS, confirm: 'always' }),
  server: (octets) => startServerForSize(octets + WRAPPER),
};

/** One message, as large as a file, to two recipients. A process started anew for each run. */
export async function stream(systems: readonly StreamSystem[], octets: number, rounds: number): Promise<Stream[]> {
  const results = new Map<StreamSystem, StreamRun[]>(systems.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, runs] of results) runs.push(await run(await starts[name](octets), octets));
  }
  return [...results].map(([system, runs]) => ({
    system,
    octets,
    megabytesPerSecond: summarize(runs.map((each) => each.megabytesPerSecond)).median,
    cpuMillisPerMegabyte: summarize(runs.map((each) => (each.cpuSeconds * 1e9) / octets)).median,
    growthKb: summarize(runs.map((each) => each.growthKb)).median,
    rounds: runs,
  }));
}
