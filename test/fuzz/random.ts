/** Numbers that a seed fixes (splitmix32): a run is repeated with the seed it printed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** The generator of one batch: the same whatever batches ran before it. */
  static ofBatch(seed: number, batch: number): Random {
    return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(batch + 1, 0x85ebca6b));
  }

  /** 0 … limit - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000) * limit);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** `octets` in the pieces of a few reads; now and then octet by octet. */
  cut(octets: Buffer): Buffer[] {
    if (octets.length < 2 || this.chance(50)) return [octets];
    if (octets.length < 400 && this.chance(5)) return [...octets.keys()].map((at) => octets.subarray(at, at + 1));
    const pieces: Buffer[] = [];
    const longest = 1 + this.below(octets.length);
    for (let at = 0; at < octets.length; ) {
      const end = at + 1 + this.below(longest);
      pieces.push(octets.subarray(at, end));
      at = end;
    }
    return pieces;
  }
}
