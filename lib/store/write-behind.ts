import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { Store } from './store.js';

export interface WriteBehindOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** What is to be written for a key now; undefined: it is to be deleted. */
  read: (key: string) => unknown;
}

/** Milliseconds in which changes of the same value are one. */
const DELAY = 200;

/** Milliseconds until it is tried again after a failure. */
const RETRY = 5_000;

/** Values written at once: the event loop stands still that long. */
const BATCH = 50;

/** Keys that may wait; while nothing can be written, the one that waits longest is given up. */
const MAX_WAITING = 100_000;

/** Writes what changed, soon and once, however often it changed. A failure is told and tried again, and stops nobody. */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #waiting = new Set<string>();
  #timer: Timer | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  /** Writes that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Values that wait to be written. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The value of a key is another. */
  changed(key: string): void {
    this.#note(key);
    this.#schedule(DELAY);
  }

  /** So, and it is not to wait. */
  changedNow(key: string): void {
    this.#note(key);
    if (!this.#write([key])) this.#schedule(RETRY);
  }

  /** Writes all that waits, and nothing afterwards. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#write([...this.#waiting]);
    this.#closed = true;
    this.#options.store.close();
  }

  #note(key: string): void {
    if (this.#closed) return;
    this.#waiting.add(key);
    if (this.#waiting.size <= MAX_WAITING) return;
    for (const oldest of this.#waiting) {
      this.#waiting.delete(oldest);
      this.#options.log.error({ key: oldest }, 'change given up: nothing can be written');
      return;
    }
  }

  #schedule(delay: number): void {
    if (this.#closed || this.#waiting.size === 0) return;
    this.#timer ??= this.#options.clock.after(delay, () => {
      this.#timer = undefined;
      const batch = [...this.#waiting].slice(0, BATCH);
      this.#schedule(this.#write(batch) ? 0 : RETRY);
    });
  }

  #write(keys: readonly string[]): boolean {
    if (this.#closed || keys.length === 0) return true;
    const { store, read, log } = this.#options;
    try {
      store.write(new Map(keys.map((key) => [key, read(key)])));
      for (const key of keys) this.#waiting.delete(key);
      return true;
    } catch (error) {
      this.#failures++;
      log.error({ keys: keys.length, error: (error as Error).message }, 'rooms not saved');
      return false;
    }
  }
}
