import type { Clock, Timer } from '../util/clock.js';

/** Nicknames held for one user; the oldest is given up for a further one, as changing names must not reserve them all. */
const MAX_HELD = 16;

/** Nicknames held for everybody; likewise. */
const MAX_HELD_IN_ALL = 100_000;

interface Hold {
  readonly holder: string;
  readonly timer: Timer;
}

/** Nicknames that nobody uses and that are held for who used them last (7701-11-04). */
export class NicknameQuarantine {
  readonly #clock: Clock;
  readonly #over: (key: string) => void;
  /** By comparison form, oldest first. */
  readonly #holds = new Map<string, Hold>();
  /** Comparison forms by holder, oldest first. */
  readonly #ofHolder = new Map<string, Set<string>>();

  /** @param over told when a nickname is held no longer */
  constructor(clock: Clock, over: (key: string) => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Holds it for so many milliseconds. */
  start(key: string, holder: string, duration: number): void {
    this.end(key);
    const own = this.#ofHolder.get(holder) ?? new Set();
    this.#ofHolder.set(holder, own.add(key));
    this.#holds.set(key, { holder, timer: this.#clock.after(duration, () => this.#giveUp(key)) });
    if (own.size > MAX_HELD) this.#giveUp(first(own));
    if (this.#holds.size > MAX_HELD_IN_ALL) this.#giveUp(first(this.#holds.keys()));
  }

  /** It is used again; nothing happens when it was not held. */
  end(key: string): void {
    const hold = this.#holds.get(key);
    if (!hold) return;
    hold.timer.cancel();
    this.#holds.delete(key);
    const own = this.#ofHolder.get(hold.holder);
    own?.delete(key);
    if (own?.size === 0) this.#ofHolder.delete(hold.holder);
  }

  close(): void {
    for (const key of this.#holds.keys()) this.end(key);
  }

  #giveUp(key: string | undefined): void {
    if (key === undefined) return;
    this.end(key);
    this.#over(key);
  }
}

const first = <T>(values: Iterable<T>): T | undefined => {
  for (const value of values) return value;
  return undefined;
};
