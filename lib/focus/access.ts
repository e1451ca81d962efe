/** JOIN-09: with how many endpoints at once a participant is in a room (7701-6.1-13; "simultaneous access" of RFC 7701 §4.1). */
import type { Endpoint } from './endpoint.js';
import type { RoomConfig } from './policy.js';
import { refusal } from './refusal.js';
import type { JoinRequest } from './types.js';

/** Which device an endpoint is of, and whose place it asked for. */
export type Device = Pick<JoinRequest, 'instance' | 'replaces'>;

/**
 * Whose place a further endpoint takes as soon as its session is there.
 *
 * @param present endpoints of its participant, those whose INVITE is being answered included
 * @throws ChatroomsError `CHAT_ERR_ALREADY_IN_ROOM` when one of them is in its way; `CHAT_ERR_FORBIDDEN` when it asks for
 * the place of somebody else (JOIN-12)
 */
export function replacedBy(
  room: string,
  access: RoomConfig['simultaneousAccess'],
  present: Iterable<Endpoint>,
  device: Device,
): readonly Endpoint[] {
  const older = [...present];
  const { replaces = null } = device;
  // RFC 3891 §3: "the UA MUST verify that the initiator of the new INVITE is authorized to replace the matched dialog".
  if (replaces !== null && !older.some(({ id }) => id === replaces)) throw refusal.forbidden(room, 'replaces');
  if (access === true) return sameDevice(older, device);
  // P-CON-03: one whose connection is lost is about to end; its user may be the one who calls again.
  // JOIN-08: and so is the device that calls.
  const inTheWay = (endpoint: Endpoint): boolean => !endpoint.lost && sameDevice([endpoint], device).length === 0;
  if (access === false && older.some(inTheWay)) throw refusal.alreadyIn(room);
  return older;
}

/** JOIN-08: "a leg with the same instance", or the one that was named (JOIN-12): nobody sees its place change hands. */
export const sameDevice = (
  endpoints: readonly Endpoint[],
  { instance = null, replaces = null }: Device,
): readonly Endpoint[] =>
  endpoints.filter(({ id, instance: its }) => id === replaces || (instance !== null && its === instance));
