/** Finds what somebody meant to write. */
import { closest, distance } from 'fastest-levenshtein';

/** Letters that may be wrong in a word: one of a short one, two of others, or a third of a long one. */
const slips = ({ length }: string): number => (length < 6 ? 1 : Math.max(2, Math.floor(length / 3)));

/** Whether letters only changed places, which counts as two of them. */
const swapped = (one: string, other: string): boolean =>
  distance(one, other) === 2 && lettersOf(one) === lettersOf(other);
const lettersOf = (word: string): string => word.split('').toSorted().join('');

/** The one of `names` that `name` is a slip of; undefined when there is none. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const lower = new Map(names.map((known) => [known.toLowerCase(), known]));
  const written = name.toLowerCase();
  const found = closest(written, [...lower.keys()]);
  return distance(written, found) <= slips(found) || swapped(written, found) ? lower.get(found) : undefined;
}

/** `; did you mean "listen"?`, or nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const found = nearest(name, names);
  return found === undefined ? '' : `; did you mean ${JSON.stringify(found)}?`;
}
