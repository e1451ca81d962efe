import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadPoint } from '../harness/driver.js';
import { startServer } from '../harness/server.js';
import type { System } from '../harness/system.js';
import { ratios, summarize } from '../stats.js';
import { closedLoop, type Timing } from './fanout.js';

const PARTICIPANTS = 100;
/** So large that what may wait for one reader is soon full. */
const TEXT_OCTETS = 16_384;
const CROWD = { rooms: 1, participants: PARTICIPANTS, textOctets: TEXT_OCTETS };
/** All of them take less than the 30 s after which who answers nothing is lost (RFC 4975 §7.1.1). */
const SLICES = 5;
const SAMPLE_MS = 250;

/** A room whose participants all read, or all but one. */
export interface StallRoom {
  /** Messages that all who read have, a second; median of the slices. */
  messagesPerSecond: number;
  /** Resident memory at the start. */
  startKb: number;
  /** Highest resident memory above that. */
  growthKb: number;
  /** Heap and buffers at the end, garbage collected, above those at the start. */
  neededKb: number;
  /** Resident memory over time, every 250 ms. */
  residentKb: number[];
  /** Messages a second, slice by slice. */
  rates: number[];
}

export interface Stall {
  participants: number;
  textOctets: number;
  /** Of load on each room. */
  seconds: number;
  reading: StallRoom;
  stalled: StallRoom;
  /** The rate of the other 99 by that of a room where all read, slice by slice; median. */
  rateRatio: number;
}

/** Keeps what was when it began. */
class Room {
  readonly system: System;
  readonly #neededBefore: number;
  readonly #startKb: number;
  readonly #residentKb: number[] = [];
  readonly #rates: number[] = [];

  constructor(system: System, neededBefore: number) {
    this.system = system;
    this.#neededBefore = neededBefore;
    this.#startKb = system.subject.residentKb();
    system.subject.forgetPeak();
  }

  sample(): void {
    this.#residentKb.push(this.system.subject.residentKb());
  }

  async slice(point: LoadPoint): Promise<void> {
    const { messages, seconds } = await this.system.run(point);
    this.#rates.push(messages / seconds);
  }

  async result(): Promise<StallRoom> {
    const { subject } = this.system;
    return {
      messagesPerSecond: summarize(this.#rates).median,
      startKb: this.#startKb,
      growthKb: subject.peakResidentKb() - this.#startKb,
      neededKb: ((await subject.neededBytes()) - this.#neededBefore) / 1024,
      residentKb: this.#residentKb,
      rates: this.#rates,
    };
  }
}

async function sample(rooms: readonly Room[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const room of rooms) room.sample();
    await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** A room that has been busy, so that what it needs anyway is not counted. */
async function open(systems: System[], point: LoadPoint): Promise<Room> {
  const system = await startServer('tcp', { subject: { probe: true } });
  systems.push(system);
  await system.join(PARTICIPANTS);
  await system.run(point);
  return new Room(system, await system.subject.neededBytes());
}

/**
 * What one of 100 readers who stops reading costs the server and the others, at `sat` with messages of 16 KiB: two rooms,
 * each in a server of its own, under load in turn.
 */
export async function stall({ warmupMs, measureMs }: Timing): Promise<Stall> {
  const point = closedLoop('sat', CROWD, { warmupMs: 0, measureMs });
  const systems: System[] = [];
  const ended = new AbortController();
  try {
    const warm = { ...point, measureMs: warmupMs + measureMs };
    const [reading, stalled] = [await open(systems, warm), await open(systems, warm)];
    stalled.system.stallLast();
    const sampled = sample([reading, stalled], ended.signal);
    for (let slice = 0; slice < SLICES; slice += 1) {
      await reading.slice(point);
      await stalled.slice(point);
    }
    ended.abort();
    await sampled;
    const results = { reading: await reading.result(), stalled: await stalled.result() };
    return {
      participants: PARTICIPANTS,
      textOctets: TEXT_OCTETS,
      seconds: (SLICES * measureMs) / 1000,
      ...results,
      rateRatio: summarize(ratios(results.stalled.rates, results.reading.rates)).median,
    };
  } finally {
    ended.abort();
    await Promise.all(systems.map((system) => system.stop()));
  }
}
