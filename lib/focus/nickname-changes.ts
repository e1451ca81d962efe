import type { Clock } from '../util/clock.js';

const MINUTE = 60_000;

interface Bucket {
  /** Changes that are left. */
  tokens: number;
  /** When that was so. */
  at: number;
}

/**
 * How often a participant may still change nicknames (7701-11-02): a bucket of a minute's worth, refilled evenly. It
 * outlasts the participant, so that nobody gets a full one by coming back.
 */
export class NicknameChanges {
  readonly #clock: Clock;
  /** By participant key, the one that changed last at the end. One that is not here has a full bucket. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Participants that changed within the last minute. */
  get size(): number {
    return this.#buckets.size;
  }

  /** May the participant make one more change now? */
  allows(participant: string, perMinute: number): boolean {
    return this.#tokens(participant, perMinute) >= 1;
  }

  /** It made one. */
  count(participant: string, perMinute: number): void {
    const tokens = this.#tokens(participant, perMinute) - 1;
    this.#buckets.delete(participant);
    this.#buckets.set(participant, { tokens, at: this.#clock.now() });
    this.#forget();
  }

  #tokens(participant: string, perMinute: number): number {
    const bucket = this.#buckets.get(participant);
    if (!bucket) return perMinute;
    // A clock that was set back gives nothing and takes nothing.
    const passed = Math.max(0, this.#clock.now() - bucket.at);
    return Math.min(perMinute, bucket.tokens + (passed * perMinute) / MINUTE);
  }

  /** After a minute any bucket is full, and need not be kept. */
  #forget(): void {
    const before = this.#clock.now() - MINUTE;
    for (const [participant, { at }] of this.#buckets) {
      if (at > before) return;
      this.#buckets.delete(participant);
    }
  }
}
