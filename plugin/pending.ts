import type { Clock } from '../lib/util/clock.js';

/** Things under way, and a way to wait for the end of the last one. */
export class Pending<T> {
  readonly #things = new Set<T>();
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#things.size;
  }

  /** A copy, so that they may end while they are gone through. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#things][Symbol.iterator]();
  }

  add(thing: T): void {
    this.#things.add(thing);
  }

  /** False when it was not there. */
  delete(thing: T): boolean {
    const known = this.#things.delete(thing);
    if (this.#things.size > 0) return known;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    return known;
  }

  /** Resolves when there is none left, at the latest after `timeout` milliseconds. */
  gone(clock: Clock, timeout: number): Promise<void> {
    if (this.#things.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(timeout, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
