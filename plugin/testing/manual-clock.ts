import type { Clock, Timer } from '../../lib/util/clock.js';

interface Pending {
  at: number;
  action: () => void;
}

/** A clock that moves only when told: `advance(ms)` runs the timers that fall due, in order. */
export class ManualClock implements Clock {
  #now: number;
  #set = 0;
  readonly #pending = new Set<Pending>();

  /** @param now milliseconds since the epoch, at which it stands */
  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#now + this.#set);
  }

  /** Somebody sets the clock of the machine, so many ms forwards. */
  jump(ms: number): void {
    this.#set += ms;
  }

  /** Timers not yet due: a test that ends with some has found a leak. */
  get pending(): number {
    return this.#pending.size;
  }

  after(delay: number, action: () => void): Timer {
    const entry = { at: this.#now + delay, action };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#pending].filter((entry) => entry.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#pending.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = end;
  }

  /** Lets `step` ms pass in every turn of the event loop until `promise` settles, so that sockets have their say too. */
  async passUntil<T>(promise: Promise<T>, step = 1_000): Promise<T> {
    const waiting = { over: false };
    const settled = promise.finally(() => {
      waiting.over = true;
    });
    while (!waiting.over) {
      this.advance(step);
      await new Promise(setImmediate);
    }
    return settled;
  }
}
