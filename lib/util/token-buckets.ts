import type { Clock } from './clock.js';
import { type Rate, TokenBucket } from './token-bucket.js';

/** Buckets remembered at most; a full one is no loss, and who has ten thousand sources is not stopped by counting them. */
const MAX_BUCKETS = 10_000;

/** A rate for each of many, who are known by a key. Who did nothing for as long as his bucket takes to fill is forgotten. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #rate: Rate;
  readonly #limit: number;
  /** By key, the one used last at the end. One that is not here is full. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock, rate: Rate, limit = MAX_BUCKETS) {
    this.#clock = clock;
    this.#rate = rate;
    this.#limit = limit;
  }

  /** Those remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one for `key`; false when there is none. */
  take(key: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, now);
    const taken = bucket.take(now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    this.#forget(now);
    return taken;
  }

  /** Whether `take` would. */
  has(key: string): boolean {
    return this.#buckets.get(key)?.has(this.#clock.now()) ?? true;
  }

  #forget(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#buckets.size <= this.#limit && !bucket.isFull(now)) return;
      this.#buckets.delete(key);
    }
  }
}
