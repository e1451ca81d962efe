/** A mark on something that fills and drains, with hysteresis, and who waits for it to drain. */

export interface Relieved {
  relieved(): void;
}

/** How many are full, in the whole process. */
let full = 0;

export class Backlog {
  readonly #high: number;
  readonly #low: number;
  readonly #waiting = new Set<Relieved>();
  #full = false;

  /** Full above `high`, until `low` is reached. */
  constructor(high: number, low: number) {
    this.#high = high;
    this.#low = low;
  }

  get full(): boolean {
    return this.#full;
  }

  /** Whether any may be full at all: the usual answer spares asking each of a thousand. */
  static get someFull(): boolean {
    return full > 0;
  }

  update(octets: number): void {
    if (octets > this.#high) {
      if (!this.#full) full++;
      this.#full = true;
    } else if (this.#full && octets <= this.#low) this.#relieve();
  }

  /** `waiter` is told once it is not full any more. */
  wait(waiter: Relieved): void {
    this.#waiting.add(waiter);
  }

  forget(waiter: Relieved): void {
    this.#waiting.delete(waiter);
  }

  #relieve(): void {
    this.#full = false;
    full--;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) waiter.relieved();
  }
}
