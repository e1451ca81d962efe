/**
 * Between switches that share rooms (D10): threads of one process today, machines by the same words later. Types only; what
 * crosses is plain data that can be cloned, never a reference.
 *
 * The switch that a sender is at decides alone who gets a message, and hands it over once for each other switch concerned.
 * That one gives it to its own members by the same rules, and says when what it was sent has been taken.
 */

/** A switch among those that share rooms. One that comes in place of one that left has another number. */
export type NodeId = number;

/** What is known of a message before its octets. */
export interface ForwardedMessage {
  /** Room URI. */
  room: string;
  /** Participant it is from, whose other endpoints may be left out. */
  participant: string;
  /** Participant it is for; null = the room. */
  to: string | null;
  /** MIME headers as they stand between Byte-Range and the empty line, each with its CRLF. */
  mimeHeaders: string;
  /** Media type inside the wrapper, in lower case and without parameters. */
  wrappedType: string;
}

/** One step of a message on its way, or what is told of it in return. */
export type BusMessage =
  /** Complete. */
  | { kind: 'message'; message: ForwardedMessage; body: Uint8Array }
  /**
   * A message that still comes: its recipients are frozen now (7701-6.1-09). `stream` is unique among those of its node,
   * `octets` has at least the whole envelope, `total` is the length that was announced.
   */
  | { kind: 'begin'; stream: number; message: ForwardedMessage; total: number | null; octets: Uint8Array }
  | { kind: 'octets'; stream: number; octets: Uint8Array }
  | { kind: 'pause' | 'finish' | 'abort'; stream: number }
  /** Back to where the stream comes from: go on, wait, or nobody here needs more of it. */
  | { kind: 'want'; stream: number; want: 'more' | 'later' | 'nothing' }
  /** An endpoint of the switch that says so has more than a window waiting, and took nothing for so many ms; null: no more. */
  | { kind: 'lagging'; endpoint: string; idle: number | null }
  /** So many messages to the room, or to one participant of it, were not sent, because too much was on its way. */
  | { kind: 'missed'; room: string; to: string | null; count: number }
  /** So much of what came from there, by `weightOf`, was taken. */
  | { kind: 'taken'; weight: number };

/** Who takes what arrives: a switch. */
export interface BusReceiver {
  /**
   * What arrived together, in the order in which it was sent; `Uint8Array`s are the receiver's own. Does not throw. What
   * it sends in return, `taken` among it, is sent before it returns.
   */
  received(from: NodeId, messages: readonly BusMessage[]): void;
  /** Nothing more comes from there, and nothing arrives there: its members are gone. */
  left(node: NodeId): void;
}

export interface Bus {
  /** This switch. */
  readonly node: NodeId;
  /** Set by the switch. */
  receiver: BusReceiver | undefined;
  /**
   * Hands over, later and in the order of the calls; what is said to one node in one turn of the event loop should arrive
   * together. Octets do not change any more, and may be a part of a larger buffer; several nodes may be sent the same.
   * Nothing happens when the node has left. The switch bounds what is on its way: the bus drops nothing.
   */
  send(to: NodeId, message: BusMessage): void;
}
