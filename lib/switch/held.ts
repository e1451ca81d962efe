/** Messages of one sender that wait for a verdict; they go on in the order in which they came. */
import type { Verdict } from '../focus-switch.js';
import type { Clock, Timer } from '../util/clock.js';
import { Backlog } from './backlog.js';
import type { Budget } from './budget.js';

export interface HeldOptions {
  clock: Clock;
  /** What all messages under way share. */
  budget: Budget;
  /** Octets that may wait for verdicts about one sender's messages. */
  maxHeld: number;
  /** So many octets more wait: slows the sender down while that is full. */
  slow: (octets: number, backlog: Backlog) => void;
}

/** Messages of one sender that may wait; above what one read can bring. */
const MAX_MESSAGES = 1024;
/** Octets that wait before the sender is slowed down, a message counting as so many more. */
const SLOW_ABOVE = 1_048_576;
const PER_MESSAGE = 8192;
/** Milliseconds for a verdict: its sender waits for the answer, and gives up after 30 s (4975-7.1.1-17). */
const PATIENCE = 25_000;

const TOO_LATE: Verdict = { is: 'refused', status: 408 };
const REFUSED: Verdict = { is: 'refused', status: 403 };

interface Entry {
  octets: number;
  /** When its verdict is due, in ms since the epoch. */
  due: number;
  verdict: Verdict | undefined;
  settle: (verdict: Verdict) => void;
}

export class Held {
  readonly #options: HeldOptions;
  readonly #entries: Entry[] = [];
  readonly #backlog = new Backlog(SLOW_ABOVE, SLOW_ABOVE / 2);
  #octets = 0;
  /** Of the first: those behind it were asked about later. */
  #timer: Timer | undefined;

  constructor(options: HeldOptions) {
    this.#options = options;
  }

  /** Whether a message of so many octets may wait: neither its sender nor all together hold too much. */
  takes(octets: number): boolean {
    const { budget, maxHeld } = this.#options;
    return this.#entries.length < MAX_MESSAGES && this.#octets + octets <= maxHeld && octets <= budget.free;
  }

  /**
   * One that `takes` let in. `settle` is called exactly once unless `close` comes first: at once when the verdict is there and
   * nothing waits, else when those before it are settled.
   *
   * @param octets counted here; 0 for a message whose octets are counted elsewhere
   */
  add(octets: number, verdict: Verdict | Promise<Verdict>, settle: (verdict: Verdict) => void): void {
    const isKnown = !(verdict instanceof Promise);
    if (isKnown && this.#entries.length === 0) return settle(verdict);
    const { clock, budget } = this.#options;
    const entry: Entry = { octets, due: clock.now() + PATIENCE, verdict: undefined, settle };
    this.#octets += octets;
    budget.take(octets);
    this.#entries.push(entry);
    if (isKnown) entry.verdict = verdict;
    else this.#await(entry, verdict);
    if (this.#entries.length === 1) this.#watch();
    this.#changed();
    this.#options.slow(octets, this.#backlog);
  }

  /** The sender is gone: what waits goes nowhere. */
  close(): void {
    this.#timer?.cancel();
    this.#options.budget.give(this.#octets);
    this.#octets = 0;
    this.#entries.length = 0;
    this.#changed();
  }

  #changed(): void {
    this.#backlog.update(this.#octets + this.#entries.length * PER_MESSAGE);
  }

  #await(entry: Entry, verdict: Promise<Verdict>): void {
    const decided = (known: Verdict): void => {
      // It was late, or the sender is gone.
      if (entry.verdict || !this.#entries.includes(entry)) return;
      entry.verdict = known;
      this.#advance();
    };
    verdict.then(decided, () => decided(REFUSED));
  }

  #advance(): void {
    for (let first = this.#entries[0]; first?.verdict; first = this.#entries[0]) {
      this.#entries.shift();
      this.#octets -= first.octets;
      this.#options.budget.give(first.octets);
      first.settle(first.verdict);
    }
    this.#changed();
    this.#watch();
  }

  #watch(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const [first] = this.#entries;
    if (!first) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, first.due - clock.now()), () => {
      first.verdict ??= TOO_LATE;
      this.#advance();
    });
  }
}
