import type { Participant } from '../../../../api/schemas/index.js';

/** Which people of a room are looked for. */
export const KINDS = ['all', 'slow', 'unbound', 'muted', 'moderators'] as const;
export type Kind = (typeof KINDS)[number];

const IS: Readonly<Record<Kind, (person: Participant) => boolean>> = {
  all: () => true,
  slow: ({ endpoints }) => endpoints.some(({ congested }) => congested),
  unbound: ({ endpoints }) => endpoints.some(({ bound }) => !bound),
  muted: ({ muted }) => muted,
  moderators: ({ role }) => role === 'owner' || role === 'moderator',
};

/** Those of the kind who have the words in their names, URI, or the name, address or id of a device; in their order. */
export function matching(people: readonly Participant[], kind: Kind, words: string): Participant[] {
  const wanted = words.trim().toLowerCase();
  return people.filter((person) => IS[kind](person) && (wanted === '' || textOf(person).includes(wanted)));
}

export const count = (people: readonly Participant[], kind: Kind): number => people.filter(IS[kind]).length;

function textOf({ nickname, displayName, uri, endpoints }: Participant): string {
  const devices = endpoints.flatMap(({ id, remote, userAgent, callId }) => [id, remote, userAgent, callId]);
  return [nickname, displayName, uri, ...devices].join('\n').toLowerCase();
}
