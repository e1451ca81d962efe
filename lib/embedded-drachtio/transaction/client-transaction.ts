import { Emitter } from '../../util/events.js';
import type { SipRequest, SipResponse } from '../message/index.js';
import type { Flow } from '../transport/index.js';

export interface ClientTransactionEvents {
  /**
   * The request is on its way: `request` carries its Via now. `flow` is undefined when no flow could be had; then
   * `transportError` follows.
   */
  sent: [request: SipRequest, flow: Flow | undefined];
  /** A provisional or the final response. An INVITE may see several 2xx (forks, and retransmissions to be ACKed again). */
  response: [response: SipResponse, flow: Flow];
  /** No final response in time; treat it as a 408 (RFC 3261 §8.1.3.1). */
  timeout: [];
  /** Not sent, or the connection was lost; treat it as a 503 (RFC 3261 §8.1.3.1). */
  transportError: [error: Error];
  terminated: [];
}

export type ClientState = 'calling' | 'trying' | 'proceeding' | 'accepted' | 'completed' | 'terminated';

/** Puts a request on the wire: once when the machine starts, again for each retransmission. */
export type Transmit = (request: SipRequest, failed: (error: Error) => void) => void;

/** What a transaction user sees of either client transaction. */
export abstract class ClientTransaction extends Emitter<ClientTransactionEvents> {
  protected current: ClientState;
  #flow: Flow | undefined;

  protected constructor(
    /** As given by the user; from `sent` on with its Via. */
    readonly request: SipRequest,
    readonly branch: string,
    initial: ClientState,
  ) {
    super();
    this.current = initial;
  }

  get state(): ClientState {
    return this.current;
  }

  /** Where the request went; undefined until `sent`. */
  get flow(): Flow | undefined {
    return this.#flow;
  }

  /** Whether a final response, a time-out or an error has been told. */
  get finished(): boolean {
    return this.current === 'accepted' || this.current === 'completed' || this.current === 'terminated';
  }

  /** The layer has a flow: send, and start the timers. */
  start(flow: Flow): void {
    if (this.current === 'terminated') return;
    this.#flow = flow;
    this.emit('sent', this.request, flow);
    this.begin(flow.reliable);
  }

  /** No flow could be had, or the one in use was lost. */
  fail(error: Error): void {
    if (this.finished) return;
    if (!this.#flow) this.emit('sent', this.request, undefined);
    this.terminate();
    this.emit('transportError', error);
  }

  protected abstract begin(reliable: boolean): void;
  abstract received(response: SipResponse, flow: Flow): void;
  abstract terminate(): void;
}
