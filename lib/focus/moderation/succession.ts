import type { Participant } from '../participant.js';
import { addressKeys } from '../person.js';
import type { Room } from '../room.js';
import { isTraceable } from '../addresses.js';

/** What becomes of a room when nobody is left in it who moderates. */
export type Succession = { is: 'close' } | { is: 'heir'; heir: Participant; keys: readonly string[] } | null;

/** BYE-10: who came first or moderated has left; `onCreatorLeave` says what that means to the others. */
export function succession(room: Room): Succession {
  const { onCreatorLeave } = room.config;
  if (onCreatorLeave === 'keep' || room.participants.size === 0) return null;
  for (const { moderator } of room.participants.values()) if (moderator) return null;
  if (onCreatorLeave === 'close') return { is: 'close' };
  // Who has been there longest, of those who are somebody.
  for (const heir of room.participants.values()) {
    const known = [...heir.endpoints.values()].map(({ identity }) => identity).filter(isTraceable);
    if (known.length > 0) return { is: 'heir', heir, keys: known.flatMap(addressKeys) };
  }
  return null;
}
