/** Octets that all messages under way together may hold (P-RX-02). */
export class Budget {
  #octets: number;
  #free: number;

  constructor(octets: number) {
    this.#octets = octets;
    this.#free = octets;
  }

  /** Octets taken. */
  get taken(): number {
    return this.#octets - this.#free;
  }

  /** Octets that may still be taken. */
  get free(): number {
    return this.#free;
  }

  /** False, and nothing taken, when that many are not free. */
  take(octets: number): boolean {
    if (octets > this.#free) return false;
    this.#free -= octets;
    return true;
  }

  /** There are as many in all from now on; `free` is negative while more than that are taken. */
  resize(octets: number): void {
    this.#free += octets - this.#octets;
    this.#octets = octets;
  }

  give(octets: number): void {
    this.#free += octets;
  }
}
