import type { Clock } from '../util/clock.js';

export interface PacerOptions {
  clock: Clock;
  /** Whether the way of what is sent is free, e.g. not too much waits on it already. @defaultValue always */
  isFree?: () => boolean;
}

/** Jobs done in one turn of the event loop, some 50 microseconds each. */
const PER_TURN = 40;

/** Milliseconds between looks at a way that is not free. */
const PATIENCE = 5;

/**
 * Does many small jobs without keeping others waiting: a NOTIFY to each of a thousand subscribers must not stand between
 * two messages. Those who add jobs bound their number.
 */
export class Pacer {
  readonly #options: PacerOptions;
  #jobs: (() => void)[] = [];
  #next = 0;
  #waiting = false;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Does the job later, after those before it. */
  add(job: () => void): void {
    this.#jobs.push(job);
    this.#wait(0);
  }

  #wait(delay: number): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#options.clock.after(delay, () => {
      this.#waiting = false;
      this.#turn();
    });
  }

  #turn(): void {
    const { isFree = () => true } = this.#options;
    for (let done = 0; done < PER_TURN && this.#next < this.#jobs.length; done++) {
      if (!isFree()) return this.#wait(PATIENCE);
      this.#jobs[this.#next++]();
    }
    if (this.#next < this.#jobs.length) return this.#wait(0);
    this.#jobs = [];
    this.#next = 0;
  }
}
