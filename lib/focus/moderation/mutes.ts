import type { Clock, Timer } from '../../util/clock.js';

/** Keys that are muted at once, of one room. */
const MAX_MUTES = 10_000;

/** The longest that a timer can wait for, in ms. */
const MAX_DELAY = 2 ** 31 - 1;

/** Whose messages one room does not take, by key of their URIs: they stay muted when they go and come again. */
export class Mutes {
  readonly #clock: Clock;
  readonly #ended: () => void;
  /** Until when, in ms since the epoch; Infinity for ever. */
  readonly #until = new Map<string, number>();
  #timer: Timer | null = null;

  /** @param ended some may write again: call `expire` */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  get size(): number {
    return this.#until.size;
  }

  /** In ms since the epoch, Infinity for ever; undefined for who is not muted. */
  until(key: string): number | undefined {
    return this.#until.get(key);
  }

  /** False when there are too many. @param until in ms since the epoch, null for ever */
  add(keys: readonly string[], until: number | null): boolean {
    if (this.#until.size + keys.length > MAX_MUTES) return false;
    for (const key of keys) this.#until.set(key, until ?? Number.POSITIVE_INFINITY);
    this.#schedule();
    return true;
  }

  /** False when none of them was. */
  delete(keys: readonly string[]): boolean {
    const found = keys.filter((key) => this.#until.delete(key));
    this.#schedule();
    return found.length > 0;
  }

  /** Forgets those whose time is over. */
  expire(): undefined {
    const now = this.#clock.date().getTime();
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
    this.#schedule();
    return undefined;
  }

  /** The room has ended. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #schedule(): void {
    this.close();
    let next = Number.POSITIVE_INFINITY;
    for (const until of this.#until.values()) next = Math.min(next, until);
    if (next === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(Math.max(next - this.#clock.date().getTime(), 0), MAX_DELAY);
    this.#timer = this.#clock.after(delay, () => {
      this.#timer = null;
      this.#ended();
    });
  }
}
