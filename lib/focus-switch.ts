/**
 * The interface between focus and switch that RFC 7701 §5.2 assumes and leaves open. Types only: the control plane and
 * the media plane meet here and nowhere else.
 */
import type { NegotiatedSession } from './sdp/index.js';

/** How copies are written to an endpoint (P-OUT-01). */
export type Delivery =
  /** As they arrive, in chunks where needed (RFC 7701 §6.1). */
  | 'stream'
  /** Reassembled, then in one uninterrupted SEND: SIP SIMPLE clients die on a second chunk, handsets on interleaving. */
  | 'whole';

/** The rules of a room that messages meet. */
export interface RoomRules {
  /** Others than the room may be addressed (7701-6.2-07); `moderators`: only by moderators, and moderators by all. */
  privateMessages: boolean | 'moderators';
  /** NICKNAME is permitted (7701-7.1-05). */
  nicknames: boolean;
  /** What `a=accept-wrapped-types` says; another wrapped type is 415 (7701-6.1-24). */
  acceptWrappedTypes: readonly string[];
  /** Also deliver to the sender's other endpoints. */
  echoOwnSessions: boolean;
  /** Milliseconds that the next chunk of a message may take (7701-6.1-12). */
  chunkTimeout: number;
  /** Octets of the largest message for a congested reader, 0 for none; null: as the switch does by itself (7701-6.4-01). */
  congestedMaxSize: number | null;
}

export interface RoomMedia {
  /** Room URI; its key among rooms. */
  uri: string;
  rules: RoomRules;
}

/** One endpoint as the media plane sees it. */
export interface EndpointMedia {
  /** Unique in the process. */
  id: string;
  /** The room it is in. */
  room: string;
  /** Endpoints of one participant share it: a private message reaches all of them (7701-6.1-13). */
  participant: string;
  /** URIs accepted as CPIM From from this endpoint; nothing else is (7701-6.3-02, P-ANON-01). */
  fromUris: readonly string[];
  /** URIs by which others address the participant; for an anonymous one only its anonymous URIs (7701-6.2-11). */
  toUris: readonly string[];
  /** Of an anonymous participant: the URIs that tell who it is (5438-8-02). @defaultValue none */
  hiddenUris?: readonly string[];
  /** What else denotes the room for this endpoint: the Request-URI and To of its INVITE (7701-6.1-16). */
  roomAliases: readonly string[];
  /** Both sides of the SDP. */
  session: NegotiatedSession;
  /** Its participant moderates the room. */
  moderator: boolean;
  /** It may write to everybody; else only to those who moderate (403). */
  mayWrite: boolean;
  /** It waits outside until it has said the password: `knock` is told what it writes, and nobody else. @defaultValue false */
  atDoor?: boolean;
  /** Takes private messages (7701-8-09, P-SDP-02). */
  privateMessages: boolean;
  delivery: Delivery;
  /** Rewrite CPIM To of room messages to this URI (D7: AG Projects' engine shows any other To as private); null leaves it. */
  roomToUri: string | null;
  /** Take a Use-Nickname without quotes (P-NICK-01). */
  lenientNickname: boolean;
}

/** Why a session ended without the focus having asked for it. */
export type LossReason =
  /** The MSRP connection closed or failed. */
  | 'connection-lost'
  /** The active peer did not connect and bind in time (P-CON-01). */
  | 'not-bound'
  /** We were to connect and could not. */
  | 'connect-failed'
  /** The certificate of the other end is missing, or not the one it should be (4975-14.4-01). */
  | 'bad-certificate'
  /** The peer did not answer a SEND in time, or answered that the session is gone (7701-6.3-06). */
  | 'unresponsive'
  /** The peer did not read for too long (7701-6.4-01). */
  | 'congested';

/** A message that was let through, for those who watch the room. */
export interface SeenMessage {
  room: string;
  /** Endpoint it came from. */
  endpoint: string;
  /** Participant keys it went to; null = the room. */
  to: string | null;
  /** CPIM From as written. */
  from: string;
  /** Lower case, without parameters. */
  contentType: string;
  /** The complete message/cpim body; null when the message was larger than the watcher's limit. */
  body: Buffer | null;
  /** Octets of the message/cpim body. */
  size: number;
}

/** What became of one message, for traces and tests. */
export interface Decision {
  /** Endpoint it came from. */
  endpoint: string;
  messageId: string;
  /** `none`: a bodiless SEND. `aborted` follows an earlier decision about the same message. */
  outcome: 'broadcast' | 'private' | 'reject' | 'none' | 'aborted';
  status: number;
  /** Endpoints it went to, frozen with its first octets. */
  recipients: readonly string[];
  wrappedType: string | null;
}

/** What the focus asks of the switch. */
export interface SwitchControl {
  openRoom(room: RoomMedia): void;
  updateRoom(room: RoomMedia): void;
  /** All its endpoints were removed before. */
  closeRoom(uri: string): void;
  /** The session may bind from now on; when we are the active side, connects. */
  addEndpoint(endpoint: EndpointMedia): void;
  /** A re-INVITE: same endpoint, new facts (4975-8.4-03); with the same `session` object only a new role, or it comes in. */
  updateEndpoint(endpoint: EndpointMedia): void;
  /** As `send`, to one endpoint, also to one at the door. */
  tell(endpoint: string, body: Buffer): void;
  /** Delivery to and from it stops at once (4353-5.3-01); its connection closes when it was the last session on it. */
  removeEndpoint(id: string): void;
  /**
   * A message of the room itself, or of a program: a complete message/cpim body to those endpoints that are chosen and
   * can take it, in order. Returns to how many.
   *
   * @throws ChatroomsError `CHAT_ERR_CPIM_ARGUMENT` when it is no message/cpim
   */
  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number;
}

/** What the switch asks of, and tells, the focus. */
export interface SwitchEvents {
  /** The status of a NICKNAME request: 200, 403, 424 or 425 (RFC 7701 §7.1); '' removes. */
  nickname(endpoint: string, nickname: string): number;
  /** What an endpoint at the door wrote; the status of its message. */
  knock?(endpoint: string, text: string): number;
  /** Content was let through to the whole room. */
  spoke?(endpoint: string): void;
  /** The peer's first request arrived. */
  sessionBound(endpoint: string): void;
  /** The session is over; the endpoint was not removed yet. */
  sessionLost(endpoint: string, reason: LossReason): void;
  /** The endpoint reads too slowly now, or no more (7701-6.4-01); so many octets wait for it. Ends with its session. */
  congested?(endpoint: string, congested: boolean, pendingBytes: number): void;
  /** Called only while somebody watches; must not block. */
  message?(message: SeenMessage): void;
  /** Called for every message while somebody traces. */
  decided?(decision: Decision): void;
}
