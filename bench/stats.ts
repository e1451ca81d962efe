/** The smallest and the middle of some values: the smallest is the least disturbed, the middle the usual. */
export interface Summary {
  min: number;
  median: number;
}

/** Of an empty list both are NaN. The median of an even number of values is the mean of the middle two. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? Number.NaN) : upper;
  return { min: sorted[0] ?? Number.NaN, median: (lower + upper) / 2 };
}

/**
 * How many times `subject` is `floor`, round by round: the two values of a round were measured right after each other,
 * so that whatever else the machine was doing weighs on both.
 */
export function ratios(subject: readonly number[], floor: readonly number[]): number[] {
  return subject.flatMap((value, round) => {
    const base = floor[round];
    return base === undefined || base <= 0 ? [] : [value / base];
  });
}
