/** How values are distributed over fixed buckets. To observe one costs no allocation; what several threads saw adds up. */

/** Plain data, in the order of the bounds: how many values were at most that, and more than the bound before. */
export interface HistogramData {
  /** One more than there are bounds: the last is of values above all of them. */
  readonly counts: readonly number[];
  /** Of all values. */
  readonly sum: number;
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds upper bounds of the buckets, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds, Number.POSITIVE_INFINITY].map(() => 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) bucket++;
    this.#counts[bucket]++;
    this.#sum += value;
  }

  /** As it is now; later observations do not change it. */
  get data(): HistogramData {
    return { counts: [...this.#counts], sum: this.#sum };
  }
}
