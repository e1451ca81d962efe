/** With how many endpoints at once a participant is in a room (7701-6.1-13; "simultaneous access" of RFC 7701 §4.1). */
import type { Endpoint } from './endpoint.js';
import type { RoomConfig } from './policy.js';
import { refusal } from './refusal.js';

/**
 * Whose place a further endpoint takes as soon as its session is there.
 *
 * @param present endpoints of its participant, those whose INVITE is being answered included
 * @param instance which device it is; null when not known
 * @throws ChatroomsError `CHAT_ERR_ALREADY_IN_ROOM` when one of them is in its way
 */
export function replacedBy(
  room: string,
  access: RoomConfig['simultaneousAccess'],
  present: Iterable<Endpoint>,
  instance: string | null,
): readonly Endpoint[] {
  const older = [...present];
  if (access === true) return sameDevice(older, instance);
  // P-CON-03: one whose connection is lost is about to end; its user may be the one who calls again.
  // JOIN-08: and so is the device that calls.
  const inTheWay = (endpoint: Endpoint): boolean => !endpoint.lost && sameDevice([endpoint], instance).length === 0;
  if (access === false && older.some(inTheWay)) throw refusal.alreadyIn(room);
  return older;
}

/** JOIN-08: "a leg with the same instance". */
export const sameDevice = (endpoints: readonly Endpoint[], instance: string | null): readonly Endpoint[] =>
  instance === null ? [] : endpoints.filter((endpoint) => endpoint.instance === instance);
