import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../harness/server.js';
import type { System } from '../harness/system.js';
import { summarize } from '../stats.js';
import { closedLoop } from './fanout.js';

const PARTICIPANTS = 100;
/** So large that what may wait for one reader is soon full. */
const TEXT_OCTETS = 16_384;
const WARMUP_MS = 1000;
const SAMPLE_MS = 250;

/** A room whose participants all read, or all but one. */
export interface StallRun {
  /** Messages that all who read have, a second. */
  messagesPerSecond: number;
  startKb: number;
  /** Highest resident memory above that at the start. */
  growthKb: number;
  /** Heap and buffers after the run, garbage collected, above those before it. */
  neededKb: number;
  /** Resident memory over time, every 250 ms. */
  residentKb: number[];
}

export interface Stall {
  participants: number;
  textOctets: number;
  seconds: number;
  /** Medians of the rounds. */
  reading: Pick<StallRun, 'growthKb' | 'neededKb' | 'messagesPerSecond'>;
  stalled: Pick<StallRun, 'growthKb' | 'neededKb' | 'messagesPerSecond'>;
  /** The rate of the other 99 by that of a room where all read, round by round; median. */
  rateRatio: number;
  rounds: { reading: StallRun; stalled: StallRun }[];
}

async function sample(system: System, into: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    into.push(system.subject.residentKb());
    await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function run(stalled: boolean, measureMs: number): Promise<StallRun> {
  const system = await startServer('tcp', true);
  try {
    await system.join(PARTICIPANTS);
    const point = { ...closedLoop('sat', PARTICIPANTS, TEXT_OCTETS, { warmupMs: 0, measureMs }) };
    // First as usual, so that what a busy room needs anyway is not counted.
    await system.run({ ...point, measureMs: Math.min(WARMUP_MS, measureMs) });
    const neededBefore = await system.subject.neededBytes();
    const startKb = system.subject.residentKb();
    system.subject.forgetPeak();
    if (stalled) system.stallLast();
    const residentKb: number[] = [];
    const ended = new AbortController();
    const sampled = sample(system, residentKb, ended.signal);
    const result = await system.run(point).finally(() => ended.abort());
    await sampled;
    const growthKb = system.subject.peakResidentKb() - startKb;
    const neededKb = ((await system.subject.neededBytes()) - neededBefore) / 1024;
    return { messagesPerSecond: result.messages / result.seconds, startKb, growthKb, neededKb, residentKb };
  } finally {
    await system.stop();
  }
}

/**
 * What one of 100 readers who stops reading costs the server and the others, at `sat` with messages of 16 KiB. A process
 * started anew for each run.
 */
export async function stall(rounds: number, measureMs: number): Promise<Stall> {
  const runs: Stall['rounds'] = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.push({ reading: await run(false, measureMs), stalled: await run(true, measureMs) });
  }
  const medians = (which: 'reading' | 'stalled') => ({
    growthKb: summarize(runs.map((each) => each[which].growthKb)).median,
    neededKb: summarize(runs.map((each) => each[which].neededKb)).median,
    messagesPerSecond: summarize(runs.map((each) => each[which].messagesPerSecond)).median,
  });
  return {
    participants: PARTICIPANTS,
    textOctets: TEXT_OCTETS,
    seconds: measureMs / 1000,
    reading: medians('reading'),
    stalled: medians('stalled'),
    rateRatio: summarize(runs.map((each) => each.stalled.messagesPerSecond / each.reading.messagesPerSecond)).median,
    rounds: runs,
  };
}
