import { addressKey, nameOf, type RosterEntry } from '../../../../../lib/client/roster.js';

/** Somebody in the room, as the list shows them. */
export interface Person {
  uri: string;
  name: string;
  own: boolean;
  /** The one of several roles worth showing. */
  role: 'owner' | 'moderator' | 'visitor' | undefined;
  typing: boolean;
}

const SHOWN_ROLES = ['owner', 'moderator', 'visitor'] as const;

/** Names as people sort them: `Ada 2` before `Ada 10`, case and accents second. */
const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Who is here in the order of the list: ourselves first, then by name. */
export function listPeople(
  entries: readonly RosterEntry[],
  isSelf: (entry: RosterEntry) => boolean,
  typing: ReadonlySet<string>,
): Person[] {
  return entries
    .map((entry) => ({
      uri: entry.uri,
      name: nameOf(entry),
      own: isSelf(entry),
      role: SHOWN_ROLES.find((role) => entry.roles.includes(role)),
      typing: typing.has(addressKey(entry.uri)),
    }))
    .toSorted((a, b) => Number(b.own) - Number(a.own) || compare(a.name, b.name) || compare(a.uri, b.uri));
}

export const isSame = (a: Person, b: Person): boolean =>
  a.name === b.name && a.own === b.own && a.role === b.role && a.typing === b.typing;

/** Those whose name or address has `query` in it. */
export function matching(people: readonly Person[], query: string): readonly Person[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return people;
  return people.filter(({ name, uri }) => name.toLowerCase().includes(wanted) || uri.toLowerCase().includes(wanted));
}

/** One of so many colours, always the same for an address (FNV-1a: similar addresses differ too). */
export function hueOf(uri: string, hues: number): number {
  let hash = 0x811c9dc5;
  for (const character of addressKey(uri)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 8) % hues;
}

/** One or two letters for a picture that nobody has. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? '?')[0]?.toUpperCase()).join('');
}
