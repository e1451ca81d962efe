/** Somebody whom the room invites: what the SIP face tells the focus of its INVITE, and what others see of it. */
import type { EndpointHandle, EndpointOwner, Identity, InviteOutcome, JoinRequest } from '../types.js';

export interface InviteRequest {
  /** Room URI. */
  room: string;
  /** Whom: the URI that the INVITE goes to, as long as nothing more is known. */
  identity: Identity;
  /** Who had him invited; null for the program. */
  by: Identity | null;
  /** Whose INVITE it is. @defaultValue nobody is told when the room calls it off */
  owner?: InvitationOwner;
  /**
   * Nobody asked for it: the room wants one of its members back. Then who left for good is refused (INV-18).
   * @defaultValue `false`
   */
  automatic?: boolean;
}

/** What the sender of an INVITE is told. */
export interface InvitationOwner {
  /**
   * The room wants him no more: CANCEL, or ACK and BYE when he accepts meanwhile (INV-14). What the handle is told of it
   * afterwards changes nothing. `reason` is for the log.
   */
  cancelled(reason: string): void;
}

/** One INVITE of the room, on its way. */
export interface InviteeHandle {
  /**
   * REF-10: `new`: send an INVITE; `dialing`: one is on its way to him already; `present`: he is in, or about to be. Of
   * the latter two the handle does nothing.
   */
  readonly state: 'new' | 'dialing' | 'present';
  /** 180: `alerting`. */
  ringing(): void;
  /**
   * 2xx: he is about to be in.
   *
   * @throws ChatroomsError as `Focus.join`, when the room does not take him any more
   */
  join(request: JoinRequest, owner: EndpointOwner): EndpointHandle;
  /** It came to nothing. Idempotent. */
  ended(outcome: InviteOutcome): void;
}

/** What somebody who belongs to a room is to it, connected or not (INV-17, DOC-18). */
export type Standing =
  | 'dialing-out'
  | 'alerting'
  /** Invited, and may yet come. */
  | 'pending'
  | 'connected'
  /** Belongs to it, and is away. */
  | 'disconnected'
  /** Left for good. */
  | 'departed'
  | 'booted'
  | 'busy'
  | 'failed'
  /** 603. */
  | 'declined';

/** Somebody in the list of a room's members. */
export interface Member {
  /** By which others know him. */
  readonly uri: string;
  readonly displayName: string | null;
  readonly standing: Standing;
  readonly moderator: boolean;
  /** Let the room invite him, for `referred` (DOC-23). */
  readonly invitedBy: string | null;
  /** Since when it is his standing. */
  readonly since: Date;
  /** Of a standing that an INVITE or BYE came to. */
  readonly outcome: InviteOutcome | null;
  /** Who removed him. */
  readonly removedBy: string | null;
}
