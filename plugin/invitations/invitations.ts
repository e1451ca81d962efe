/** What REFER, the conference factory and programs ask for when somebody is to be invited (RFC 4353 §5.2, INV). */
import type { Identity } from '../../lib/chat-server.js';
import type { RoomUri } from '../sip/room-uri.js';

/** One entry of a list of recipients (RFC 5366, RFC 5364). */
export interface Invitee {
  /** `sip:`, `sips:` or `tel:` URI, without headers. */
  uri: string;
  displayName?: string;
  /** @defaultValue `'bcc'` (RFC 5364 §4) */
  copyControl?: 'to' | 'cc' | 'bcc';
  /** Others are not told his URI (RFC 5364 §4). @defaultValue false */
  anonymize?: boolean;
  /** Headers of his INVITE alone: what FAC-18 lets through. @defaultValue none */
  headers?: Readonly<Record<string, string>>;
}

export interface InvitationRequest {
  room: RoomUri;
  invitees: readonly Invitee[];
  /** Who asks, as authenticated: becomes Referred-By (INV-03). Null for the program. */
  by: Identity | null;
  /** Headers of every INVITE beside the room's own, e.g. the P-Charging-Vector of what caused them (HDR-02). @defaultValue none */
  headers?: Readonly<Record<string, string>>;
  /** URI for Referred-By, of a program that invites for somebody. @defaultValue that of `by` */
  referredBy?: string;
  /** Subject of these INVITEs. @defaultValue that of the room */
  subject?: string;
}

/** What became of one invitee; for who is in the room already at once `final` with 200 (REF-10). */
export interface Progress {
  invitee: Invitee;
  status: number;
  reason: string;
  final: boolean;
}

/** The INVITEs of all rooms. */
export interface Invitations {
  /**
   * Invites everybody on the list, or nobody: it throws before anything is sent.
   *
   * @param progress called with every response, and exactly once with a final one, for each invitee
   * @throws ChatroomsError with `sipStatus` 403 (a target outside of what may be dialled, too many in a minute), 404 (no such
   * room), 486 (more than the room holds), 488 (no way to invite anybody is configured)
   */
  invite(request: InvitationRequest, progress?: (progress: Progress) => void): void;

  /**
   * Whether `invite` would refuse this, as far as can be told without a room: for who makes one to invite into it.
   *
   * @throws ChatroomsError as `invite`
   */
  check?(request: Pick<InvitationRequest, 'invitees' | 'by'>): void;
}
