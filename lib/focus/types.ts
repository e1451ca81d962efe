/** What the SIP face and the library's users exchange with the focus; no SIP in it. */
import type { Delivery } from '../focus-switch.js';
import type { JoiningMethod } from '../conference-event/index.js';
import type { Direction, NegotiatedSession } from '../sdp/index.js';
import type { RoomOrigin } from './members/origin.js';
import type { RoomConfigChange } from './policy.js';

/** Who somebody is, as established by the SIP face (D5). */
export interface Identity {
  /** Authenticated URI; key of the participant. */
  uri: string;
  /** Further URIs of the same person: tel, im, GRUU. */
  aliases: readonly string[];
  displayName: string | null;
  /** Privacy was asked: others see only a URI made for this room (RFC 3323, 4575-5.6-02). */
  anonymous: boolean;
  /** What the endpoint may write as CPIM From beside that, e.g. the anonymous From of its INVITE. */
  anonymousUri: string | null;
}

export interface JoinRequest {
  /** Room URI: `sip:NAME@domain`, without parameters. */
  room: string;
  identity: Identity;
  /** URIs that denote the room in this dialog: Request-URI and To of the INVITE. */
  roomAliases: readonly string[];
  /** SIP Call-ID, for logs. */
  callId: string;
  /** Id that the endpoint is to have, from `Focus.newEndpointId`. @defaultValue one of its own */
  endpoint?: string;
  method: JoiningMethod;
  profile: PeerProfile;
  /** What the caller's device calls itself (RFC 3261 §20.41), for operators. @defaultValue null: nothing */
  userAgent?: string | null;
  /** What the caller gave as password of the room (JOIN-15). @defaultValue nothing was given */
  password?: string | null;
  /** Where the call came from, when nobody vouches for `identity`: wrong passwords count against it. @defaultValue its URI */
  source?: string | null;
  /**
   * Which device it is, as its Contact says (JOIN-08). A new endpoint of the same participant and instance takes the place
   * of the older one. @defaultValue null: not known
   */
  instance?: string | null;
  /** Id of an endpoint whose place it asks for (RFC 3891), of the same participant or it is refused. @defaultValue null */
  replaces?: string | null;
  /** The room is made by who joins, whoever may create rooms otherwise. @defaultValue as the policy of the focus says */
  creates?: RoomCreation;
}

/** A room that comes into being with its first joiner, and is gone when he does not come in. */
export interface RoomCreation {
  config: RoomConfigChange;
  origin: RoomOrigin;
}

/** What a peer is, as feature tags tell (CAP-06): a handset of OMA SIMPLE IM or of CPM, or none. */
export type LegKind = 'plain' | 'simple-im' | 'cpm';

/** What a peer's User-Agent and feature tags tell beside its SDP (D14). */
export interface PeerProfile {
  /** An AG Projects user agent (SIP SIMPLE, Blink). */
  agProjects: boolean;
  /** Takes private messages although its SDP does not say so (P-SDP-02). */
  assumePrivateMessages: boolean;
  lenientNickname: boolean;
  delivery: Delivery;
  /** Where there may be handsets (profile `rcs`), whether it is one. @defaultValue undefined: there are none */
  kind?: LegKind;
}

/** Why an endpoint ended; becomes `disconnection-method`. */
export type EndReason =
  /** Left; a member for good (BYE-02). */
  | 'departed'
  /** BYE without Reason, or one that tells of a connection gone (BYE-03): a member is away. */
  | 'disconnected'
  /** Lost, by MSRP or SIP; a member is away. */
  | 'failed'
  /** Removed. */
  | 'booted'
  /** Nobody wrote for `idleTimeout` (BYE-07): BYE without Reason; a member is away. */
  | 'idle'
  /** By another endpoint of the same device (JOIN-08): BYE without Reason. */
  | 'replaced';

/** How an INVITE of the room ended without a session (table INV-17), or what a BYE said in its Reason header. */
export interface InviteOutcome {
  /** SIP status; 408 when it rang too long, 487 when the room called it off. */
  status: number;
  /** Reason phrase. */
  reason: string;
}

/** What a joined endpoint is told. */
export interface EndpointOwner {
  /** The focus ended it: send BYE. `reason` is for a Reason header and the log. */
  ended(how: EndReason, reason: string): void;
  /** What the room declares in SDP is another now: offer it anew (7701-8-08). */
  redeclared(): void;
  /** Its participant may write, or may not any more: what it says beside messages follows. Told when it differs from may. */
  mayWrite?(may: boolean): void;
}

/** Answers the SIP face's steps of one INVITE dialog. */
export interface EndpointHandle {
  readonly id: string;
  /**
   * The 2xx was sent with this outcome of offer/answer: the session may bind.
   *
   * @param acknowledged the peer has the 2xx (JOIN-17); if not, others see it once it bound the session, or with
   * `acknowledged()`. @defaultValue true
   */
  connect(session: NegotiatedSession, acknowledged?: boolean): void;
  /** The ACK arrived. */
  acknowledged(): void;
  /** A re-INVITE changed the session. */
  update(session: NegotiatedSession): void;
  /** The audio stream it has beside the chat, as the participant sees it; null for none. The roster shows it. */
  audio(status: Direction | null): void;
  /** The peer sent BYE, or the dialog ended otherwise; `cause` as its Reason header said (RFC 3326). Idempotent. */
  leave(how: EndReason, cause?: InviteOutcome): void;
}

/** What a document may tell: `moderators` see who is behind a made-up URI (4575-8.2-01). */
export type Sight = 'others' | 'moderators';

/** Types of document about a room (RFC 4575, RFC 6502); `xcon-diff`: XCON, then only what changed. */
export type DocumentKind = 'conference-info' | 'xcon' | 'xcon-diff';

/** Who wants to watch, and how. */
export interface WatchRequest {
  identity: Identity;
  kind: DocumentKind;
  /** Keeps no state: every document has to hold everything (SUB-11). */
  stateless: boolean;
  /** Asked for in the dialog of an endpoint, which was let in. */
  inDialog: boolean;
  /** `rcs`: documents that handsets can read, of kind `conference-info` (SUB-13). @defaultValue `'default'` */
  view?: 'default' | 'rcs';
}

/** Body of a NOTIFY. */
export interface Notification {
  /** Content-Type. */
  readonly type: string;
  readonly body: string;
}

/** What became of a NOTIFY: `failed` when the subscription goes on all the same (SUB-15). */
export type Delivered = 'ok' | 'failed' | 'gone';

/** A conference-event subscriber (RFC 4575 §3). */
export interface Subscriber {
  /** Sends one document; calls back when the NOTIFY got its final response. */
  notify(notification: Notification, done: (delivered: Delivered) => void): void;
  /** The room ended, or the subscriber may not watch any more: NOTIFY `terminated` with that reason (SUB-14). */
  terminated(reason: 'noresource' | 'rejected'): void;
}

export interface Subscription {
  /**
   * A refreshing SUBSCRIBE: a full document follows (4575-4.4-01).
   *
   * @throws ChatroomsError with `sipStatus` 403 when the subscriber may not watch any more
   */
  refresh(): void;
  /** Idempotent. */
  cancel(): void;
}
