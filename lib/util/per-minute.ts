import type { Clock } from './clock.js';

const MINUTE = 60_000;

interface Bucket {
  /** What is left. */
  tokens: number;
  /** When that was so. */
  at: number;
}

/**
 * How often somebody may still do something: a bucket of a minute's worth for each, refilled evenly. It outlasts whoever it
 * is for, so that nobody gets a full one by coming back.
 */
export class PerMinute {
  readonly #clock: Clock;
  /** By key, the one that was used last at the end. One that is not here is full. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keys used within the last minute. */
  get size(): number {
    return this.#buckets.size;
  }

  /** May `key` do it so many times now? */
  allows(key: string, perMinute: number, times = 1): boolean {
    return this.#tokens(key, perMinute) >= times;
  }

  /** It did. */
  count(key: string, perMinute: number, times = 1): void {
    const tokens = this.#tokens(key, perMinute) - times;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens, at: this.#clock.now() });
    this.#forget();
  }

  #tokens(key: string, perMinute: number): number {
    const bucket = this.#buckets.get(key);
    if (!bucket) return perMinute;
    // A clock that was set back gives nothing and takes nothing.
    const passed = Math.max(0, this.#clock.now() - bucket.at);
    return Math.min(perMinute, bucket.tokens + (passed * perMinute) / MINUTE);
  }

  /** After a minute any bucket is full, and need not be kept. */
  #forget(): void {
    const before = this.#clock.now() - MINUTE;
    for (const [key, { at }] of this.#buckets) {
      if (at > before) return;
      this.#buckets.delete(key);
    }
  }
}
