/** Finds what somebody meant to write. */
import { closest, distance } from 'fastest-levenshtein';

/** Letters that may be wrong in a word: two, as when neighbours changed places, or a third of a long one. */
const slips = ({ length }: string): number => (length < 4 ? 1 : Math.max(2, Math.floor(length / 3)));

/** The one of `names` that `name` is a slip of; undefined when there is none. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const lower = new Map(names.map((known) => [known.toLowerCase(), known]));
  const found = closest(name.toLowerCase(), [...lower.keys()]);
  return distance(name.toLowerCase(), found) <= slips(found) ? lower.get(found) : undefined;
}

/** `; did you mean "listen"?`, or nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const found = nearest(name, names);
  return found === undefined ? '' : `; did you mean ${JSON.stringify(found)}?`;
}
