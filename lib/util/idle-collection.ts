/**
 * Collects garbage while there is nothing to do. V8 waits for the next allocations, and a crowd that came and is quiet leaves
 * twice what it needs behind: resident memory per idle participant is a third afterwards (docs/overload.md).
 */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from './clock.js';
import { collectGarbage } from './collector.js';

export interface IdleCollectionOptions {
  clock: Clock;
  /** Collects. @defaultValue what V8 has for it */
  collect?: () => void;
  /** Octets of objects, garbage included. @defaultValue of this thread */
  heapUsed?: () => number;
  /** Part of the time since the last call in which the event loop was busy. @defaultValue of this thread */
  utilization?: () => number;
}

/** Milliseconds between two looks. */
const LOOK = 1_000;
/** Busier than that is not idle. */
const IDLE = 0.1;
/** Looks in a row at which it has to be idle. */
const LOOKS = 6;
/** Octets, and part of what was left after the last time, that have to have come since. */
const WORTHWHILE = 8_388_608;
const SHARE = 0.25;
/** Octets of a heap in which it takes too long, a tenth of a second: who writes just then would wait. */
const LARGEST = 134_217_728;

export class IdleCollection {
  readonly #clock: Clock;
  readonly #collect: () => void;
  readonly #heapUsed: () => number;
  readonly #utilization: () => number;
  #timer: Timer;
  #idle = 0;
  /** Octets that were left after the last time. */
  #left = 0;
  /** V8 gives pages back when it collects a second time, with little allocated in between. */
  #again = false;

  constructor({ clock, collect, heapUsed, utilization }: IdleCollectionOptions) {
    this.#clock = clock;
    this.#collect = collect ?? collectGarbage;
    this.#heapUsed = heapUsed ?? (() => process.memoryUsage().heapUsed);
    this.#utilization = utilization ?? utilizationOfThread();
    this.#timer = this.#next();
  }

  close(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    return this.#clock.after(LOOK, () => {
      this.#look();
      this.#timer = this.#next();
    });
  }

  #look(): void {
    this.#idle = this.#utilization() < IDLE ? this.#idle + 1 : 0;
    if (this.#idle < LOOKS) return;
    this.#idle = 0;
    const used = this.#heapUsed();
    const isWorthwhile = used >= this.#left + Math.max(WORTHWHILE, this.#left * SHARE);
    if (used > LARGEST || !(isWorthwhile || this.#again)) return;
    this.#again = isWorthwhile;
    this.#collect();
    this.#left = this.#heapUsed();
  }
}

function utilizationOfThread(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
