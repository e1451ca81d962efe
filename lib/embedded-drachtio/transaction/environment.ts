import type { Clock, Timer } from '../../util/clock.js';
import type { SipTimers } from './timers.js';

/** What every transaction machine is given. */
export interface Environment {
  readonly clock: Clock;
  readonly timers: SipTimers;
  /** The machine has terminated; forget it. Called once. */
  readonly terminated: () => void;
}

/** The timers of one machine by letter: starting one replaces it, and all end with the machine. */
export class TimerSet<Letter extends string> {
  readonly #clock: Clock;
  readonly #running = new Map<Letter, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(letter: Letter, delay: number, fired: () => void): void {
    this.stop(letter);
    this.#running.set(
      letter,
      this.#clock.after(delay, () => {
        this.#running.delete(letter);
        fired();
      }),
    );
  }

  stop(letter: Letter): void {
    this.#running.get(letter)?.cancel();
    this.#running.delete(letter);
  }

  stopAll(): void {
    for (const timer of this.#running.values()) timer.cancel();
    this.#running.clear();
  }
}
