import type { Clock, Timer } from '../../util/clock.js';

export interface QuietOptions {
  clock: Clock;
  /** For how many ms nothing may happen as things are, and what follows; null when that does not matter. */
  rule: () => { limit: number; then: () => void } | null;
}

/** `setTimeout` cannot wait for more than 24 days. */
const LONGEST_WAIT = 24 * 3_600_000;

/** Notices that nothing happens in a room (BYE-07, FAC-23). What happens costs no timer: the one there is looks back. */
export class Quiet {
  readonly #options: QuietOptions;
  #since: number;
  #timer: Timer | null = null;

  constructor(options: QuietOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** When something happened last, in ms since the epoch. */
  get since(): number {
    return this.#since;
  }

  happened(at = this.#options.clock.now()): void {
    this.#since = at;
  }

  /** Another rule may hold now. */
  review(): void {
    this.stop();
    const { clock, rule } = this.#options;
    const current = rule();
    if (!current) return;
    const left = this.#since + current.limit - clock.now();
    this.#timer = clock.after(Math.min(Math.max(left, 0), LONGEST_WAIT), () => this.#due());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #due(): void {
    const { clock, rule } = this.#options;
    const current = rule();
    if (current && clock.now() - this.#since >= current.limit) {
      this.#timer = null;
      current.then();
    } else this.review();
  }
}
