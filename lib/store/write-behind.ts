import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';

/** @typeParam V what is written for a key */
export interface WriteBehindOptions<V> {
  store: {
    /** All or nothing; throws when it cannot. */
    write(changes: ReadonlyMap<string, V>): void;
    close(): void;
  };
  clock: Clock;
  log: Logger;
  /** What is to be written for a key now. */
  read: (key: string) => V;
  /** There was more for the key than was written: it waits on. @defaultValue there never is */
  unfinished?: (key: string) => boolean;
  /** Keys written at once: the event loop stands still that long. @defaultValue 50 */
  batch?: number;
  /** What it is, for the log. */
  what: string;
}

/** Milliseconds in which changes of the same value are one. */
const DELAY = 200;

/** Milliseconds until it is tried again after a failure. */
const RETRY = 5_000;

const BATCH = 50;

/** Keys that may wait; while nothing can be written, the one that waits longest is given up. */
const MAX_WAITING = 100_000;

/** Writes what changed, soon and once, however often it changed. A failure is told and tried again, and stops nobody. */
export class WriteBehind<V = unknown> {
  readonly #options: WriteBehindOptions<V>;
  readonly #waiting = new Set<string>();
  #timer: Timer | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: WriteBehindOptions<V>) {
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
    while (this.#waiting.size > 0 && this.#write([...this.#waiting]));
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
      const batch = [...this.#waiting].slice(0, this.#options.batch ?? BATCH);
      this.#schedule(this.#write(batch) ? 0 : RETRY);
    });
  }

  #write(keys: readonly string[]): boolean {
    if (this.#closed || keys.length === 0) return true;
    const { store, read, unfinished, log, what } = this.#options;
    try {
      store.write(new Map(keys.map((key) => [key, read(key)])));
      for (const key of keys) {
        this.#waiting.delete(key);
        // Behind the others, so that none waits for the end of it.
        if (unfinished?.(key)) this.#waiting.add(key);
      }
      return true;
    } catch (error) {
      this.#failures++;
      log.error({ what, keys: keys.length, error: (error as Error).message }, 'not saved');
      return false;
    }
  }
}
