/**
 * The interface between focus and switch that RFC 7701 §5.2 assumes and leaves open. Types only: the control plane and
 * the media plane meet here and nowhere else.
 */
import type { Envelope } from './cpim/index.js';
import type { NegotiatedSession } from './sdp/index.js';

/** How copies are written to an endpoint (P-OUT-01). */
export type Delivery =
  /** As they arrive, in chunks where needed (RFC 7701 §6.1). */
  | 'stream'
  /** Reassembled, then in one uninterrupted SEND: SIP SIMPLE clients die on a second chunk. */
  | 'whole'
  /** So too, and its Byte-Range has numbers only: handsets cannot read a `*` (MSRP-15). */
  | 'exact';

/** Which copies of small messages to everybody their recipients answer: each, those that fail, or none (7701-6.3-04). */
export type Confirm = 'always' | 'partial' | 'never';

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
  confirm: Confirm;
  /** The gate is asked about its messages, also when it does not ask to be everywhere. @defaultValue `false` */
  gated?: boolean;
  /** `SwitchEvents.message` is told of its messages to everybody, also while nobody watches all. @defaultValue `false` */
  recorded?: boolean;
  /** `SwitchEvents.message` is told of all its messages, whole, also while nobody watches every room. @defaultValue `false` */
  watched?: boolean;
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
  /** Answer 200 to what the room's policy refuses: another answer ends the session at a handset (MSRP-18). @defaultValue `false` */
  softReject?: boolean;
}

/** The connection that a session was bound to. */
export interface BoundOver {
  /** `tcp`, `tls`, `ws` or `wss`. */
  transport: string;
  /** Address and port of the peer. */
  remote: string;
}

/** What one session did. */
export interface SessionUsage {
  /** Messages that were let through. */
  messagesIn: number;
  /** Copies written to their end. */
  messagesOut: number;
  /** Octets of content, without MSRP, of what came and of copies. */
  octetsIn: number;
  octetsOut: number;
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
  /** Message-ID of the SEND. */
  messageId: string;
}

/** A message that could be passed on, and waits for a verdict. */
export interface HeldMessage {
  room: string;
  /** Endpoint it came from. */
  endpoint: string;
  envelope: Envelope;
  /** To one participant, not to the room. */
  private: boolean;
  /** Null for more than is held to be shown (FT-08): the verdict is about the headers, before the rest is there. */
  content: Buffer | null;
  /** Octets of the message/cpim body; of one that is not shown what was announced, null when nothing was. */
  size: number | null;
}

export type Verdict =
  /** Passed on as if it came now: what routing then decides holds. */
  | {
      is: 'passed';
      /** Goes on in its place; not for a message that was not shown. @defaultValue as it came */
      instead?: Rewriting;
      /** Told of the status that routing refuses it with; its sender is answered 200 then. @defaultValue he is answered it */
      refused?: (status: number) => void;
    }
  /** It was for somebody else than the room: answered 200, and not passed on. */
  | {
      is: 'taken';
      /** Called once it was answered, when every earlier message of its sender was passed on. */
      run: () => void;
    }
  | {
      is: 'refused';
      status: number;
      /** The log says why already. @defaultValue `false` */
      told?: boolean;
    };

/** A message with another content, and perhaps to somebody else. */
export interface Rewriting {
  /** @defaultValue the URI it was written to */
  to?: string;
  /** With its parameters; the text is written as UTF-8. */
  contentType: string;
  text: string;
}

/** Decides about messages before they are passed on. */
export interface Gate {
  /** Asks to see those of every room, not only of rooms whose rules say `gated`. */
  readonly everywhere: boolean;
  /**
   * About each message that the rules of the room let through, but for is-composing documents. A promise may take 25 s (then
   * 408) and holds up what else its sender says, nobody else. Rejecting or throwing refuses with 403.
   */
  ask(message: HeldMessage): Verdict | Promise<Verdict>;
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

/** What the switch takes in. */
export type Intake =
  /** Everything. */
  | 'all'
  /** No large messages. */
  | 'small'
  /** No message that begins from now on. */
  | 'none';

/** What the focus asks of the switch. */
export interface SwitchControl {
  /** Takes so much in from now on; what is refused is 413, of which RFC 4975 §10.5 says: stop sending. */
  limitIntake(intake: Intake): void;
  openRoom(room: RoomMedia): void;
  updateRoom(room: RoomMedia): void;
  /**
   * No message of the room is under way: each has come whole, no octet waits for a reader, and no response is awaited.
   * @defaultValue it never tells
   */
  isSettled?(uri: string): boolean;
  /** All its endpoints were removed before. */
  closeRoom(uri: string): void;
  /** The session may bind from now on; when we are the active side, connects. */
  addEndpoint(endpoint: EndpointMedia): void;
  /** A re-INVITE: same endpoint, new facts (4975-8.4-03); with the same `session` object only a new role, or it comes in. */
  updateEndpoint(endpoint: EndpointMedia): void;
  /** As `send`, to one endpoint, also to one at the door. */
  tell(endpoint: string, body: Buffer): void;
  /**
   * Delivery to and from it stops at once (4353-5.3-01); its connection closes when it was the last session on it. `over` is
   * called once, at once or when the thread has answered that has it: what its session did, null when that is not known.
   */
  removeEndpoint(id: string, over?: (usage: SessionUsage | null) => void): void;
  /**
   * A message of the room itself, or of a program: a complete message/cpim body to those endpoints that are chosen and
   * can take it, in order. Returns to how many.
   *
   * @throws ChatroomsError `CHAT_ERR_CPIM_ARGUMENT` when it is no message/cpim
   */
  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number;
  /** Octets that wait for an endpoint, at the moment. @defaultValue what `SwitchEvents.congested` said last */
  pendingBytes?(endpoint: string): number;
  /** What `SwitchEvents.watching` is now; for a switch that cannot look. */
  watch?(on: boolean): void;
  /** Tell on the channels of this thread what MSRP connections carry; for a switch that has them in others. */
  tellOctets?(on: boolean): void;
}

/** Limits of what one participant sends, by the names of their options. */
export type SwitchLimit =
  | 'messagesPerSecond'
  | 'bytesPerSecond'
  | 'maxMessageSize'
  | 'maxPendingBytes'
  | 'maxTotalPendingBytes'
  | 'maxPartialMessages'
  | 'maxPartialBytes';

/** A request of an endpoint that was refused. */
export interface RefusedRequest {
  method: 'SEND' | 'NICKNAME';
  /** What was decided; a handset may be answered 200 all the same (MSRP-18). */
  status: number;
  /** Of a SEND. */
  messageId: string | null;
  /** A handler of the program refused it, which the log tells with its reason. */
  byProgram: boolean;
}

/** What the switch asks of, and tells, the focus. */
export interface SwitchEvents {
  /**
   * The status of a NICKNAME request: 200, 403, 424 or 425 (RFC 7701 §7.1); '' removes. A promise may take 25 s, then the
   * request is answered 408, and so it is when the promise rejects.
   */
  nickname(endpoint: string, nickname: string): number | Promise<number>;
  /** What an endpoint at the door wrote; the status of its message. A promise may take 25 s, then 408; rejecting is 403. */
  knock?(endpoint: string, text: string): number | Promise<number>;
  /** Content was let through to the whole room. */
  spoke?(endpoint: string): void;
  /** The peer's first request arrived, by a connection to `remote` over `transport`: `tcp`, `tls`, `ws` or `wss`. */
  sessionBound(endpoint: string, over?: BoundOver): void;
  /** The session is over; the endpoint was not removed yet. */
  sessionLost(endpoint: string, reason: LossReason): void;
  /** The endpoint reads too slowly now, or no more (7701-6.4-01); so many octets wait for it. Ends with its session. */
  congested?(endpoint: string, congested: boolean, pendingBytes: number): void;
  /** The endpoint went beyond a limit, `times` or once; `status` is what it was answered, null when it was not. */
  limited?(endpoint: string, limit: SwitchLimit, status: number | null, times?: number): void;
  /** A request of the endpoint was refused; of who has many refused in a row only some are told. */
  refused?(endpoint: string, request: RefusedRequest): void;
  /** Absent while nobody asks: then messages are passed on as they arrive. */
  readonly gate?: Gate | undefined;
  /** Somebody watches every room, private messages and notifications included. @defaultValue `false` */
  readonly watching?: boolean;
  /**
   * A message was let through: in any room while somebody watches, else in rooms whose rules say `watched`, and in those whose
   * rules say `recorded`, without the content of large ones. Must not block.
   */
  message?(message: SeenMessage): void;
  /** Called for every message while somebody traces. */
  decided?(decision: Decision): void;
}
