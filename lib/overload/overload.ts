/**
 * Whether there is more to do than can be done in time, or to keep than there is room for: then those who are inside come
 * first, and no more is taken in (RFC 3261 §21.5.4).
 */
import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { NeededMemory } from './memory.js';
import type { DelayReading, Probe } from './probe.js';

export interface OverloadBounds {
  /** Milliseconds that the event loop may be late, the mean of a second. @defaultValue 500 */
  maxDelay?: number | undefined;
  /** Octets of memory that the process may need. @defaultValue no bound */
  maxMemory?: number | undefined;
}

export interface OverloadOptions extends OverloadBounds {
  clock: Clock;
  log: Logger;
  probe: Probe;
  /** It began, or is over. @defaultValue nobody is told */
  changed?: (level: OverloadLevel) => void;
}

/** How much is taken in, by what there is to do and to keep. */
export type OverloadLevel =
  /** Everything is taken. */
  | 'none'
  /** No new participants, and no large messages. */
  | 'shedding'
  /** Nor any other message: what is kept would not fit into the memory any more. */
  | 'full';

/** What was read last. */
export interface LoadReading {
  /** What follows from the rest. */
  level: OverloadLevel;
  /** How late the event loop was. */
  delay: DelayReading;
  /** Octets of resident memory. */
  rss: number;
  /** How many of them are needed. */
  needed: number;
}

/** Milliseconds between two looks at the memory, which can fill in a second. */
const LOOK = 100;
/** Looks to one reading of the delay. */
const LOOKS = 10;
/** Parts of `maxMemory`. */
const SHED_AT = 0.8;
const FULL_AT = 0.9;
/** So much less, and it is over: else it would come and go with every message. */
const SLACK = 0.1;
/** Milliseconds between two times that garbage is collected, which takes some tens of them itself. */
const COLLECTING = 5000;
/** The delay is to be so much shorter before it is over. */
const CALM = 0.5;

/** T1 of RFC 3261 §17.1.1.1: a server that is later gets over UDP every request twice, and has more to do yet. */
const MAX_DELAY = 500;

export class Overload {
  readonly #options: OverloadOptions;
  readonly #needed = new NeededMemory();
  #maxDelay: number;
  #maxMemory: number;
  #timer: Timer | undefined;
  #looks = 0;
  #isLate = false;
  #memory: OverloadLevel = 'none';
  #reading: LoadReading = { level: 'none', delay: { mean: 0, p99: 0, max: 0 }, rss: 0, needed: 0 };
  #began = 0;
  #collectedAt = Number.NEGATIVE_INFINITY;

  constructor(options: OverloadOptions) {
    this.#options = options;
    this.#maxDelay = options.maxDelay ?? MAX_DELAY;
    this.#maxMemory = options.maxMemory ?? Number.POSITIVE_INFINITY;
    this.#readMemory();
    this.#timer = this.#next();
  }

  get level(): OverloadLevel {
    return this.#reading.level;
  }

  get reading(): Readonly<LoadReading> {
    return this.#reading;
  }

  /** Times that it began. */
  get began(): number {
    return this.#began;
  }

  /** Other bounds, from the next look on. */
  adjust({ maxDelay = MAX_DELAY, maxMemory = Number.POSITIVE_INFINITY }: OverloadBounds): void {
    this.#maxDelay = maxDelay;
    this.#maxMemory = maxMemory;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#options.probe.close();
  }

  #next(): Timer {
    return this.#options.clock.after(LOOK, () => {
      this.#readMemory();
      this.#looks = (this.#looks + 1) % LOOKS;
      if (this.#looks === 0) this.#readDelay();
      this.#timer = this.#next();
    });
  }

  #readDelay(): void {
    const delay = this.#options.probe.delay();
    this.#isLate = delay.mean > (this.#isLate ? this.#maxDelay * CALM : this.#maxDelay);
    this.#reading = { ...this.#reading, delay };
    this.#settle();
  }

  #readMemory(): void {
    const { probe } = this.#options;
    let memory = probe.memory();
    let needed = this.#needed.next(memory);
    if (this.#levelAt(needed) !== 'none' && this.#mayCollect()) {
      probe.collect();
      memory = probe.memory();
      needed = this.#needed.next(memory);
    }
    this.#memory = this.#levelAt(needed);
    this.#reading = { ...this.#reading, rss: memory.rss, needed };
    this.#settle();
  }

  #levelAt(needed: number): OverloadLevel {
    return levelOf(needed / this.#maxMemory, this.#memory);
  }

  /** A server that takes nothing in makes no garbage, so that nothing else would have it collected what there is. */
  #mayCollect(): boolean {
    const now = this.#options.clock.now();
    if (now - this.#collectedAt < COLLECTING) return false;
    this.#collectedAt = now;
    return true;
  }

  #settle(): void {
    const before = this.#reading.level;
    const level = this.#memory === 'none' && this.#isLate ? 'shedding' : this.#memory;
    if (level === before) return;
    this.#reading = { ...this.#reading, level };
    if (before === 'none') this.#began++;
    const { log, changed } = this.#options;
    const { delay, needed } = this.#reading;
    // Not as `level`, which is that of the line.
    log.warn(
      { state: level, before, delay: Math.round(delay.mean), needed },
      level === 'none' ? 'overload is over' : 'overload',
    );
    changed?.(level);
  }
}

function levelOf(used: number, before: OverloadLevel): OverloadLevel {
  if (used >= (before === 'full' ? FULL_AT - SLACK : FULL_AT)) return 'full';
  return used >= (before === 'none' ? SHED_AT : SHED_AT - SLACK) ? 'shedding' : 'none';
}
