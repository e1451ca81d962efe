/** Who may come into a room as one of those who belong to it, or does not. */
import type { RoomConfig } from '../policy.js';
import { refusal } from '../refusal.js';
import { belongs } from './ending.js';
import type { MemberRecord } from './member-record.js';

export interface Visit {
  /** Room URI. */
  room: string;
  config: Readonly<RoomConfig>;
  /** What the room knows of him, if anything. */
  record: MemberRecord | undefined;
  /** He accepted an INVITE of the room. */
  invited: boolean;
  /** He owns the room. */
  owns: boolean;
  /** He is in already. */
  present: boolean;
  /** The device that is in calls again (JOIN-08). */
  sameDevice: boolean;
  /** Only members come into this room. */
  closed: boolean;
}

/** @throws ChatroomsError with `sipStatus` 403 */
export function checkDoor({ room, config, record, invited, owns, present, sameDevice, closed }: Visit): void {
  const isMember = record !== undefined && belongs(record.standing);
  // JOIN-04: "non-member, or member with status `departed`/`booted`, -> 403".
  if (config.membership && record && !isMember && !present) throw refusal.leftForGood(room);
  if (closed && !record && !present) throw refusal.stranger(room);
  // JOIN-05: "present participants' extra devices count as new legs, so refused too; members of an rcs group rejoining are
  // not adding to the roster and pass" (JOIN-07); nor is who is in it as being invited.
  const isListed = invited || owns || sameDevice || (isMember && !present);
  if (config.locked && !isListed) throw refusal.locked(room);
}
