import { cpimUriKey } from '../cpim/index.js';
import { isTraceable } from './addresses.js';
import type { Participant } from './participant.js';

/**
 * Who moderates a room when a participant does from now on, or does not any more. It is written down by the URI that it
 * was recognised by, also of who hides, and so holds for all its endpoints and when it comes back.
 *
 * Null when that URI is everybody's who hides: it would make them all moderators.
 */
export function moderatorsWith(
  moderators: readonly string[],
  participant: Participant,
  moderates: boolean,
): readonly string[] | null {
  const identities = [...participant.endpoints.values()].map(({ identity }) => identity);
  if (moderates) {
    const known = identities.find(isTraceable);
    if (!known) return null;
    return participant.moderator ? moderators : [...moderators, known.uri];
  }
  const own = new Set<string | null>();
  for (const { uri, aliases } of identities) for (const known of [uri, ...aliases]) own.add(cpimUriKey(known));
  return moderators.filter((uri) => !own.has(cpimUriKey(uri)));
}
