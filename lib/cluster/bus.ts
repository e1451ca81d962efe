/**
 * Between switches that share rooms (D10): threads of one process today, machines by the same words later. Types only; what
 * crosses is plain data that can be cloned, never a reference.
 *
 * The switch that a sender is at decides alone who gets a message, and hands it over once for each other switch concerned.
 */

/** A switch among those that share rooms. */
export type NodeId = number;

/** What is known of a message before its octets. */
export interface ForwardedMessage {
  /** Room URI. */
  room: string;
  /** Endpoint it came from. */
  sender: string;
  /** Its participant, whose other endpoints may be left out. */
  participant: string;
  /** Participant it is for; null = the room. */
  to: string | null;
  /** MIME headers as they stand between Byte-Range and the empty line. */
  mimeHeaders: string;
  /** When it was accepted, in ms since the epoch. */
  acceptedAt: number;
}

/** One step of a message on its way; steps of one node arrive in the order in which they were sent. */
export type BusMessage =
  | { kind: 'message'; message: ForwardedMessage; body: Uint8Array }
  /** A message that still comes: `stream` is unique among those of its sender's node. */
  | { kind: 'begin'; stream: number; message: ForwardedMessage; total: number | null }
  | { kind: 'octets'; stream: number; octets: Uint8Array }
  | { kind: 'pause' | 'finish' | 'abort'; stream: number }
  /** Back to where it came from: most of those who wait for what this sender says are slow, or are not any more. */
  | { kind: 'slow'; sender: string; slow: boolean };

/** Who takes what arrives: a switch. */
export interface BusReceiver {
  /** `message` is the receiver's own. */
  received(from: NodeId, message: BusMessage): void;
  /** Nothing more comes from there, and nothing arrives there. */
  left(node: NodeId): void;
}

export interface Bus {
  /** This switch. */
  readonly node: NodeId;
  /** Set by the switch. */
  receiver: BusReceiver | undefined;
  /** Hands over, later and in order; octets must not change any more. Nothing happens when the node has left. */
  send(to: NodeId, message: BusMessage): void;
  /** Octets on their way to a node that it has not taken yet. */
  inFlight(to: NodeId): number;
}
