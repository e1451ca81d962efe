/** The last so many of what happened. */
export class Ring<T> {
  readonly #limit: number;
  readonly #entries: T[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: T): void {
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit) this.#entries.shift();
  }

  /** The latest first. */
  latest(count: number): T[] {
    return this.#entries.slice(-count).toReversed();
  }
}
