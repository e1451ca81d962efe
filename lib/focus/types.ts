/** What the SIP face and the library's users exchange with the focus; no SIP in it. */
import type { Delivery } from '../focus-switch.js';
import type { JoiningMethod } from '../conference-event/index.js';
import type { NegotiatedSession } from '../sdp/index.js';

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
  method: JoiningMethod;
  profile: PeerProfile;
  /** What the caller gave as password of the room (JOIN-15). @defaultValue nothing was given */
  password?: string | null;
  /** Where the call came from, when nobody vouches for `identity`: wrong passwords count against it. @defaultValue its URI */
  source?: string | null;
}

/** What a peer's User-Agent tells beside its SDP (D14). */
export interface PeerProfile {
  /** An AG Projects user agent (SIP SIMPLE, Blink). */
  agProjects: boolean;
  /** Takes private messages although its SDP does not say so (P-SDP-02). */
  assumePrivateMessages: boolean;
  lenientNickname: boolean;
  delivery: Delivery;
}

/** Why an endpoint ended; becomes `disconnection-method`. */
export type EndReason = 'departed' | 'booted' | 'failed';

/** What a joined endpoint is told. */
export interface EndpointOwner {
  /** The focus ended it: send BYE. `reason` is for a Reason header and the log. */
  ended(how: EndReason, reason: string): void;
  /** What the room declares in SDP is another now: offer it anew (7701-8-08). */
  redeclared(): void;
}

/** Answers the SIP face's steps of one INVITE dialog. */
export interface EndpointHandle {
  readonly id: string;
  /** The 2xx was sent with this outcome of offer/answer: the session may bind. */
  connect(session: NegotiatedSession): void;
  /** A re-INVITE changed the session. */
  update(session: NegotiatedSession): void;
  /** The peer sent BYE, or the dialog ended otherwise. Idempotent. */
  leave(how: EndReason): void;
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
