import { cpimUriKey } from '../../cpim/index.js';
import { isTraceable } from '../addresses.js';
import type { Participant } from '../participant.js';

/**
 * A list of URIs of the configuration (`owners`, `moderators`) when a participant is to be on it, or not any more. He is
 * written down by the URI that he was recognised by, also who hides, and so it holds for all his endpoints and when he
 * comes back.
 *
 * Null when that URI is everybody's who hides: it would appoint them all.
 */
export function appointed(list: readonly string[], participant: Participant, isOn: boolean): readonly string[] | null {
  const identities = [...participant.endpoints.values()].map(({ identity }) => identity);
  const own = new Set<string | null>();
  for (const { uri, aliases } of identities) for (const known of [uri, ...aliases]) own.add(cpimUriKey(known));
  const isOwn = (uri: string): boolean => own.has(cpimUriKey(uri));
  if (!isOn) return list.some(isOwn) ? list.filter((uri) => !isOwn(uri)) : list;
  const known = identities.find(isTraceable);
  if (!known) return null;
  return list.some(isOwn) ? list : [...list, known.uri];
}
