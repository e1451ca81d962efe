/** Disjoint ranges that are kept; further ones that touch none of them are forgotten. */
const MAX_RANGES = 16_384;

/** Which octets of a message are there, or known to have arrived: positions from 1, ranges merged as they come. */
export class Coverage {
  /** Disjoint, ascending; `from` inclusive, `to` exclusive. */
  #ranges: { from: number; to: number }[] = [];

  /** Octets from the first one on without a gap. */
  get contiguous(): number {
    const first = this.#ranges[0];
    return first?.from === 1 ? first.to - 1 : 0;
  }

  /** Adds `length` octets from `start` on. */
  add(start: number, length: number): void {
    if (length <= 0) return;
    const to = start + length;
    const last = this.#ranges.at(-1);
    if (!last || start > last.to) {
      if (this.#ranges.length < MAX_RANGES) this.#ranges.push({ from: start, to });
    } else if (start >= last.from) last.to = Math.max(last.to, to);
    else this.#merge(start, to);
  }

  #merge(from: number, to: number): void {
    const merged = { from, to };
    const apart: { from: number; to: number }[] = [];
    for (const range of this.#ranges) {
      if (range.to < merged.from || range.from > merged.to) apart.push(range);
      else {
        merged.from = Math.min(merged.from, range.from);
        merged.to = Math.max(merged.to, range.to);
      }
    }
    if (apart.length < MAX_RANGES) this.#ranges = [...apart, merged].toSorted((a, b) => a.from - b.from);
  }
}
