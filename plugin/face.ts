import type { ChatServer, Identity, LegKind, RoomOrigin } from '../lib/chat-server.js';
import type { Clock } from '../lib/util/clock.js';
import type { Logger } from '../lib/util/log.js';
import type { Authenticator } from './identity/authenticator.js';
import type { Invitations } from './invitations/invitations.js';
import type { Calls } from './invite/calls.js';
import type { OfferTurns } from './invite/offer-turns.js';
import type { ChatroomSettings } from './options/options.js';
import type { Pending } from './pending.js';
import type { RoomUri } from './sip/room-uri.js';
import type { Audio } from './media/audio.js';
import type { Leg, SrfAdapter } from './drachtio/srf-adapter.js';
import type { ControlSocket, DialogTags, SipRequest, SipResponse } from './drachtio/srf-types.js';

/** What the handlers of the SIP methods share. */
export interface Face {
  readonly settings: ChatroomSettings;
  readonly chat: ChatServer;
  readonly adapter: SrfAdapter;
  readonly clock: Clock;
  readonly log: Logger;
  /** The INVITE dialogs of joined endpoints, until their BYE was answered. */
  readonly dialogs: Pending<OpenDialog>;
  readonly subscriptions: DialogSubscriptions;
  readonly referrals: DialogReferrals;
  readonly authenticator: Authenticator;
  readonly invitations: Invitations;
  /** What becomes of requests. */
  readonly calls: Calls;
  /** Beside the chat; undefined without the option `audio`. */
  readonly audio: Audio | undefined;
  /** Whether a peer at that address is within the trust domain (RFC 3325 §2.2): P-* headers go nowhere else. */
  trusts(address: string): boolean;
  /** What made the room said of it; null when nothing is known. */
  originOf(room: RoomUri): RoomOrigin | null;
  /** Who offers anew. */
  readonly offerTurns: OfferTurns;
  /** The server stops: no new participants. */
  readonly draining: boolean;
}

export interface OpenDialog {
  readonly room: RoomUri;
  /** Call-ID and tags; undefined before the echo of our 200. */
  readonly tags: DialogTags | undefined;
  /** Its endpoint in the room; undefined while it has no place there. */
  readonly endpoint: string | undefined;
  /** It has ended, but for the answer to our BYE. */
  readonly over: boolean;
  /**
   * There is a control connection again; in the dialogs of the `lost` ones the server refuses what the peer sends
   * (DRA-G2).
   */
  abandoned(lost: ReadonlySet<ControlSocket>): void;
  /** The server stops; the focus has closed its rooms. */
  stopping(): void;
}

/** A dialog with subscriptions in it. */
export interface SubscribedDialog {
  readonly leg: Leg;
  readonly room: RoomUri;
  /** Of the room, in this dialog. */
  readonly contact: string;
  /** Whose dialog it is. */
  readonly identity: Identity;
  /** Known to keep no state of what it is told (SUB-11). */
  readonly stateless: boolean;
  /** What the leg is, with profile `rcs` (CAP-06). */
  readonly kind: LegKind | undefined;
}

/** The conference-event subscriptions that live in an INVITE dialog. */
export interface DialogSubscriptions {
  /** SUBSCRIBE in a dialog: a new subscription, a refresh, or the end of one. */
  request(req: SipRequest, res: SipResponse, dialog: SubscribedDialog): void;
  /** Our BYE is about to end this dialog. */
  endIn(dialog: string, reason: TerminationReason): void;
  /** This dialog ended. */
  lost(dialog: string): void;
}

/** The REFERs in INVITE dialogs, and the subscriptions that each makes there. */
export interface DialogReferrals {
  /** REFER in a dialog. */
  request(req: SipRequest, res: SipResponse, dialog: SubscribedDialog): void;
  /** SUBSCRIBE with `Event: refer` in a dialog: a refresh or the end of a subscription. */
  subscribe(req: SipRequest, res: SipResponse, dialog: SubscribedDialog): void;
  /** Whether there is a subscription in a dialog (JOIN-14). */
  liveIn(dialog: string | undefined): boolean;
  /** Our BYE is about to end this dialog. */
  endIn(dialog: string, reason: TerminationReason): void;
  /** This dialog ended. */
  lost(dialog: string): void;
}

/** Values of `reason` in a Subscription-State `terminated` (RFC 6665 §4.1.3) that are used here. */
export type TerminationReason = 'deactivated' | 'probation' | 'rejected' | 'timeout' | 'noresource';
