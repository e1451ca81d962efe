/** What the bench and its load process tell each other, as messages between Node processes. */

/** Over what SIP travels; NOTIFYs too large for a datagram come over TCP either way (RFC 3261 §18.1.1). */
export type SipLink = 'tcp' | 'udp';

export interface Pace {
  /** Least milliseconds between the begin of one and that of the next. */
  everyMs: number;
  /** Everybody has to know of one before the next begins. */
  told: boolean;
}

export type Command =
  | { kind: 'connect'; link: SipLink; port: number; room: string }
  | { kind: 'join'; count: number; subscribe: boolean; pace: Pace }
  /** Everybody has to know everybody, or when there are more than `full`, how many there are. */
  | { kind: 'check'; full: number }
  /** All but the first `stay` leave, in the order in which they came. */
  | { kind: 'leave'; stay: number; pace: Pace };

/** What came while some joined or left, until all were told. */
export interface Traffic {
  /** Until the last one was in, or out. */
  seconds: number;
  notifies: number;
  /** Those of them with a full document. */
  fullNotifies: number;
  /** Of the NOTIFYs as whole SIP messages; those that came again included. */
  octets: number;
  /** Of their bodies. */
  bodyOctets: number;
  /** NOTIFYs that came again, over UDP. */
  repeated: number;
}

export const NO_TRAFFIC: Readonly<Traffic> = {
  seconds: 0,
  notifies: 0,
  fullNotifies: 0,
  octets: 0,
  bodyOctets: 0,
  repeated: 0,
};

export type Answer = { traffic: Traffic } | { error: string };
