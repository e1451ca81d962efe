import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { MsrpTransport } from './msrp/byte-stream.js';
import type { Composing } from './status/composing.js';
import type { DeliveryReport } from './msrp/deliveries.js';
import type { Disposition, DispositionRequest } from './status/imdn.js';
import type { SendOptions } from './msrp/outgoing-message.js';
import type { IncomingMessage, ReceivedMessage } from './received-message.js';
import type { RosterEntry } from './roster.js';
import type { SessionSettings } from './session-opener.js';
import type { CallEnd, Signalling } from './sip/signalling.js';

/** What a `ChatParticipant` is made of. */
export interface ParticipantOptions extends SessionSettings {
  /** Own URI: SIP From and CPIM From (7701-6.1-01). */
  uri: string;
  /**
   * Hide who we are (7701-5.2-09): a URI made up for this participant stands wherever `uri` would, no display name is
   * written, and the room is asked for privacy. A nickname may still be taken.
   * @defaultValue false
   */
  anonymous?: boolean;
  /**
   * Tell the sender of every message that asks for it (`positive-delivery`, RFC 5438) that it arrived; of one that was
   * taken by `read()` tell with `sendDisposition` when all is there.
   * @defaultValue false
   */
  deliveryNotifications?: boolean;
  signalling: Signalling;
  transport: MsrpTransport;
  /** Octets of one message that is accepted. @defaultValue 10485760 */
  maxMessageSize?: number;
  /** @defaultValue the clock of the machine */
  clock?: Clock;
  /** @defaultValue silent */
  log?: Logger;
}

/** As whom to join. */
export interface JoinOptions {
  /**
   * Nickname to ask for; when the room refuses it, the room is left again and `join` rejects. A room that announced no
   * nicknames is not asked; `nickname` then stays undefined.
   */
  nick?: string;
  /** Name for From headers; not written by an anonymous participant. */
  displayName?: string;
}

/** Options of what is sent in a CPIM envelope. */
export interface MessageOptions extends SendOptions {
  /**
   * What recipients are asked to tell of the message (RFC 5438 §7.1.1.3), each for itself; event `disposition` passes
   * it on. They may not know how to, or not want to.
   * @defaultValue nothing
   */
  dispositions?: readonly DispositionRequest[];
  /** IMDN Message-ID, when `dispositions` are asked for: a token nobody can guess. @defaultValue a random one */
  imdnId?: string;
}

/** Options of content of any type. */
export interface ContentOptions extends MessageOptions {
  /** Octets of a stream, when known: then its size is announced, and checked before anything is sent. */
  size?: number;
  /** MIME headers of the content besides Content-Type, such as Content-Disposition. */
  headers?: readonly { name: string; value: string }[];
}

/** Why the session ended without `leave()`. */
export interface End {
  /** `removed`: the room sent BYE; `lost`: connection or dialog broke. */
  kind: CallEnd['kind'];
  reason: string;
  /** SIP cause, when one was given (RFC 3326). */
  cause?: number;
}

/** Who is in the room, as it was last told. */
export interface RosterSnapshot {
  /** Everybody connected, ourselves included. */
  participants: readonly RosterEntry[];
  /** How many are connected; more than `participants` where a room does not, or not yet, tell of everybody. */
  count: number;
  /** The first document of a subscription: `join` events are not derived from it, nor `leave` when a room ceases to list all. */
  first: boolean;
}

/** What a `ChatParticipant` tells. */
export interface ParticipantEvents {
  /** A message of a person arrived, as a whole; not told of one that was taken by `read()`. */
  message: [ReceivedMessage];
  /** A message over 64 KiB begins to arrive; `read()` takes its content while it does. */
  incoming: [IncomingMessage];
  /** Each new state of the roster; `join`, `leave` and `nickname` follow it. */
  roster: [RosterSnapshot];
  /** Somebody came; not told of those in the first roster. */
  join: [RosterEntry];
  /** Somebody left; the entry is the last that the roster had. */
  leave: [RosterEntry];
  /** Somebody has another nickname than before, or none any more. */
  nickname: [RosterEntry, { before: string | undefined }];
  /** A report on a message of ours (RFC 4975 §7.1.2). */
  report: [DeliveryReport];
  /** Somebody else began or ceased to write (RFC 3994). */
  composing: [Composing];
  /** Somebody tells what became of a message that asked for it (RFC 5438); may come before `send` has resolved. */
  disposition: [Disposition];
  /** The room does not tell, or no longer tells, who is here; the conversation goes on. */
  rosterUnavailable: [reason: string];
  /** The session ended, but not by `leave()`. */
  ended: [End];
  /** Last event, once. */
  closed: [];
}
