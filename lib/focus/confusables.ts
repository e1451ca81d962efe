/** Nicknames that look alike though they differ (7701-7.1-14): the skeletons of UTS #39 §4. */
import { CONFUSABLES } from './confusables-data.js';
import type { Nickname } from './nickname.js';

/** A joiner that the contextual rules let through: it is not seen. */
const JOINERS = /[\u200C\u200D]/g;

/** What a character looks like; made when first asked for, as most rooms never do. */
let prototypes: ReadonlyMap<string, string> | null = null;

/**
 * UTS #39 §4 `internalSkeleton`: "Convert X to NFD format", take away what is ignorable, "concatenate the prototypes for
 * each character", and NFD again. It is for comparing only.
 */
export function skeleton(text: string): string {
  prototypes ??= read();
  let result = '';
  for (const character of text.normalize('NFD').replace(JOINERS, '')) result += prototypes.get(character) ?? character;
  return result.normalize('NFD');
}

/**
 * Two nicknames look alike when they have one of these in common. A nickname has no case and yet is seen in one, so there
 * are two: of what is compared, for who sees `rn` for `m`, and of what is shown, for who sees `I` for `l`. Skeletons mix
 * cases (`0` is an `O`, which makes `B0Y` a `BOY`), so they lose theirs.
 */
export const lookalikesOf = ({ shown, key }: Nickname): [ofKey: string, ofShown: string] => [
  skeleton(key).toLowerCase(),
  skeleton(shown).toLowerCase(),
];

function read(): Map<string, string> {
  const entries = new Map<string, string>();
  for (const entry of CONFUSABLES.flatMap((line) => line.split(' '))) {
    const [target = '', sources = ''] = entry.split('=');
    const prototype = String.fromCodePoint(...target.split('+').map(hexadecimal));
    for (const source of sources.split(',')) entries.set(String.fromCodePoint(hexadecimal(source)), prototype);
  }
  return entries;
}

const hexadecimal = (digits: string): number => Number.parseInt(digits, 16);
