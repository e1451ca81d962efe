import { isTraceable } from '../addresses.js';
import type { Participant } from '../participant.js';
import { addressKeys } from '../person.js';

/**
 * Under what is kept what was decided about a participant: the keys of the URIs that he was recognised by, also of who
 * hides. Of somebody of whom nobody knows anything it is his own key, which ends with his visit.
 */
export function moderationKeys(participant: Participant): readonly string[] {
  const keys = new Set<string>();
  for (const { identity } of participant.endpoints.values()) {
    if (isTraceable(identity)) for (const key of addressKeys(identity)) keys.add(key);
  }
  return keys.size > 0 ? [...keys] : [participant.key];
}
