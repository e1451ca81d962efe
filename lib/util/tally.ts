/** How often each of several things happened, by name. */

/** Names told apart: those of ours are far fewer, and what a program or a peer makes up must not grow without bound. */
const MAX_NAMES = 500;
const OTHER = 'other';

export class Tally {
  readonly #counts = new Map<string, number>();

  count(name: string, times = 1): void {
    const known = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : OTHER;
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + times);
  }

  /** Since the start; those that never happened are not here. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
