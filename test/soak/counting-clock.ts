import { type Clock, systemClock, type Timer } from '../../lib/util/clock.js';

/**
 * The clock of the machine, so many times as fast, which knows how many of its timers are running. Server and load live by
 * the same speed: what takes a minute to lapse lapses in a soak of seconds too.
 */
export class CountingClock implements Clock {
  readonly #start = systemClock.now();
  #running = 0;

  constructor(private readonly speed: number) {}

  /** Timers neither fired nor cancelled. */
  get running(): number {
    return this.#running;
  }

  now(): number {
    return this.#start + (systemClock.now() - this.#start) * this.speed;
  }

  date(): Date {
    return new Date(this.now());
  }

  after(delay: number, action: () => void): Timer {
    let running = true;
    const over = (): void => {
      if (running) this.#running--;
      running = false;
    };
    this.#running++;
    const timer = systemClock.after(delay / this.speed, () => {
      over();
      action();
    });
    return {
      cancel: () => {
        over();
        timer.cancel();
      },
    };
  }
}
