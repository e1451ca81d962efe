import type { ParseFailure, SipMessage } from '../message/index.js';
import type { Flow } from './flow.js';

/** What a transport tells the layer above it. */
export interface Receiver {
  /** A valid message, and its `octets` as they were read. */
  message(message: SipMessage, flow: Flow, octets: Buffer): void;
  /** A message that was not valid; the layer answers it if it can. */
  refused(failure: ParseFailure, flow: Flow): void;
  /** A connection ended, whoever ended it; told once. Never for UDP. */
  closed(flow: Flow): void;
}
