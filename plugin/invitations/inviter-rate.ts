import type { Clock } from '../../lib/util/clock.js';

const MINUTE = 60_000;

/** Inviters remembered before those of more than a minute ago are swept out. */
const SWEEP = 1000;

/** How many each user has had invited within a minute: whoever asks the room to call others uses it as an amplifier (REF-15). */
export class InviterRate {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #windows = new Map<string, { since: number; count: number }>();
  #sweepAt = SWEEP;

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Inviters that are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /**
   * Counts `targets` of `inviter`; false when the minute's share was used up before. A list is let through whole, as long
   * as it may be (FAC-10), and what it is longer than the share is missing afterwards.
   */
  take(inviter: string, targets: number): boolean {
    const now = this.#clock.now();
    const window = this.#windows.get(inviter);
    if (window && now - window.since < MINUTE) {
      if (window.count >= this.#perMinute) return false;
      window.count += targets;
      return true;
    }
    this.#windows.set(inviter, { since: now, count: targets });
    if (this.#windows.size > this.#sweepAt) this.#sweep(now);
    return true;
  }

  /** Whether `take` would say false. */
  isUsedUp(inviter: string): boolean {
    const window = this.#windows.get(inviter);
    return window !== undefined && this.#clock.now() - window.since < MINUTE && window.count >= this.#perMinute;
  }

  #sweep(now: number): void {
    for (const [inviter, { since }] of this.#windows) if (now - since >= MINUTE) this.#windows.delete(inviter);
    this.#sweepAt = Math.max(SWEEP, this.#windows.size * 2);
  }
}
