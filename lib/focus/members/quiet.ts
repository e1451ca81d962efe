import type { Clock, Timer } from '../../util/clock.js';
import type { RoomConfig } from '../policy.js';

/** What it leads to when nothing happens: `idle`, everybody is sent away; `expired`, the room ends. */
export type Consequence = 'idle' | 'expired';

export interface QuietOptions {
  clock: Clock;
  config: () => Readonly<RoomConfig>;
  /** Those who are in. */
  participants: { readonly size: number };
  follows: (consequence: Consequence) => void;
}

/** `setTimeout` cannot wait for more than 24 days. */
const LONGEST_WAIT = 24 * 3_600_000;

/** Notices that nothing happens in a room. What happens costs no timer: the one there is looks back. */
export class Quiet {
  readonly #options: QuietOptions;
  #since: number;
  #timer: Timer | null = null;

  constructor(options: QuietOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** When something happened last, in ms since the epoch, for another process to know. */
  get since(): number {
    const { clock } = this.#options;
    return clock.date().getTime() - (clock.now() - this.#since);
  }

  happened(): void {
    this.#since = this.#options.clock.now();
  }

  /** What another process knew as `since`. */
  resume(since: number): void {
    const { clock } = this.#options;
    this.#since = clock.now() - Math.max(0, clock.date().getTime() - since);
  }

  /** Another rule may hold now: the configuration changed, or the first one came, or the last one left. */
  review(): void {
    this.stop();
    const rule = this.#rule();
    if (!rule) return;
    const { clock } = this.#options;
    const left = this.#since + rule.limit - clock.now();
    this.#timer = clock.after(Math.min(Math.max(left, 0), LONGEST_WAIT), () => this.#due());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #rule(): { limit: number; consequence: Consequence } | null {
    const { config, participants } = this.#options;
    const { idleTimeout, membership, deletion, groupTtl } = config();
    // BYE-07.
    if (participants.size > 0) return idleTimeout === null ? null : { limit: idleTimeout, consequence: 'idle' };
    // FAC-23.
    const mayExpire = membership && deletion !== 'never' && groupTtl !== null;
    return mayExpire ? { limit: groupTtl, consequence: 'expired' } : null;
  }

  #due(): void {
    const { clock, follows } = this.#options;
    const rule = this.#rule();
    if (rule && clock.now() - this.#since >= rule.limit) {
      this.#timer = null;
      follows(rule.consequence);
    } else this.review();
  }
}
