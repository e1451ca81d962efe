/** Places values of a range on a line of pixels, logarithmically. */
export interface Scale {
  place(value: number): number;
  /** Round values within the range, 1, 2 and 5 of each power of ten. */
  ticks: number[];
}

const STEPS = [1, 2, 5] as const;

/** `low` and `high`, both above 0, widened to round values unless `exact`; `from` and `to` are where they are placed. */
export function logScale(low: number, high: number, from: number, to: number, exact = false): Scale {
  const decades = Array.from({ length: 24 }, (_, i) => 10 ** (i - 12));
  const rounded = decades.flatMap((decade) => STEPS.map((step) => Number((decade * step).toPrecision(1))));
  const start = exact ? low : (rounded.findLast((value) => value <= low) ?? low);
  const end = exact ? high : (rounded.find((value) => value >= high) ?? high);
  const span = Math.log(end / start) || 1;
  return {
    place: (value) => from + (Math.log(value / start) / span) * (to - from),
    ticks: rounded.filter((value) => value >= start && value <= end),
  };
}

/**
 * Moves what is closer together than `gap` apart, in the order given and no further than needed downwards.
 *
 * @param places ascending
 */
export function spread(places: readonly number[], gap: number): number[] {
  const moved: number[] = [];
  for (const place of places) moved.push(Math.max(place, (moved.at(-1) ?? Number.NEGATIVE_INFINITY) + gap));
  return moved;
}
