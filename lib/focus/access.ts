/** With how many endpoints at once a participant is in a room (7701-6.1-13; "simultaneous access" of RFC 7701 §4.1). */
import type { Endpoint } from './endpoint.js';
import type { RoomConfig } from './policy.js';
import { refusal } from './refusal.js';

/**
 * Whose place a further endpoint takes as soon as its session is there.
 *
 * @param present endpoints of its participant, those whose INVITE is being answered included
 * @throws ChatroomsError `CHAT_ERR_ALREADY_IN_ROOM` when one of them is in its way
 */
export function replacedBy(
  room: string,
  access: RoomConfig['simultaneousAccess'],
  present: Iterable<Endpoint>,
): readonly Endpoint[] {
  if (access === true) return [];
  const older = [...present];
  // P-CON-03: one whose connection is lost is about to end; its user may be the one who calls again.
  if (access === false && older.some(({ lost }) => !lost)) throw refusal.alreadyIn(room);
  return older;
}
