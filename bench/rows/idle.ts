import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../harness/contender.js';
import type { Link } from '../harness/driver.js';
import { summarize } from '../stats.js';

const STEADY_SAMPLES = 4;
const MAX_SAMPLES = 24;

export interface Idle {
  system: string;
  link: Link;
  participants: number;
  /** Resident memory of the process that has no participant yet, median. */
  emptyKb: number;
  /** What each participant adds once all are bound and nothing has happened for some seconds; median. */
  kbPerParticipant: number;
  /** Until the last one is bound, in a process just started; median. For the floor: connections, there is no SIP. */
  joinsPerSecond: number;
}

/** The program collects garbage once it has been idle for six seconds, and again six later. */
const QUIET_SAMPLES = 64;

/** Resident kilobytes once all has been quiet for a while, and they have stayed within 1 % for four samples; the last value when that does not happen. */
async function settledKb(running: Running, sampleMs: number): Promise<number> {
  await sleep(QUIET_SAMPLES * sampleMs);
  const samples: number[] = [];
  while (samples.length < MAX_SAMPLES) {
    samples.push(running.residentKb());
    const recent = samples.slice(-STEADY_SAMPLES);
    if (recent.length === STEADY_SAMPLES && Math.max(...recent) <= Math.min(...recent) * 1.01) break;
    await sleep(sampleMs);
  }
  return samples.at(-1) ?? Number.NaN;
}

/** Starts each system anew for each round. */
export async function idle(
  name: string,
  link: Link,
  start: () => Promise<Running>,
  participants: number,
  rounds: number,
  sampleMs: number,
): Promise<Idle> {
  const empty: number[] = [];
  const each: number[] = [];
  const joins: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const system = await start();
    try {
      const before = await settledKb(system, sampleMs);
      joins.push(participants / (await system.join(participants)));
      const after = await settledKb(system, sampleMs);
      empty.push(before);
      each.push((after - before) / participants);
    } finally {
      await system.stop();
    }
  }
  return {
    system: name,
    link,
    participants,
    emptyKb: summarize(empty).median,
    kbPerParticipant: summarize(each).median,
    joinsPerSecond: summarize(joins).median,
  };
}
