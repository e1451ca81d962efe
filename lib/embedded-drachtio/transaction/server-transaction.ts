import { Emitter } from '../../util/events.js';
import { createResponse, type ResponseOptions, type SipRequest, type SipResponse } from '../message/index.js';
import type { Flow } from '../transport/index.js';

export interface ServerTransactionEvents {
  /** INVITE: no ACK to its 3xx-6xx within 64*T1 (timer H). Others: the user has not answered within 64*T1. */
  timeout: [];
  /** A response could not be sent. */
  transportError: [error: Error];
  /** INVITE: a CANCEL for it arrived before its final response (RFC 3261 §9.2). */
  cancel: [cancel: SipRequest];
  terminated: [];
}

export type ServerState = 'trying' | 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';

/** What a transaction user sees of either server transaction. */
export abstract class ServerTransaction extends Emitter<ServerTransactionEvents> {
  protected current: ServerState;

  protected constructor(
    readonly request: SipRequest,
    /** The flow the request came on. */
    readonly flow: Flow,
    initial: ServerState,
  ) {
    super();
    this.current = initial;
  }

  get state(): ServerState {
    return this.current;
  }

  /** Whether a final response has been sent. */
  get answered(): boolean {
    return this.current !== 'trying' && this.current !== 'proceeding';
  }

  /**
   * Sends a response made for this request. A final one counts once; later ones are ignored, but for the 2xx of a
   * forked INVITE in state accepted (RFC 6026 §7.1), and false is returned.
   */
  abstract respond(response: SipResponse): boolean;

  /** Builds and sends a response. */
  reply(status: number, options: ResponseOptions = {}): boolean {
    return this.respond(createResponse(this.request, status, options));
  }

  /** The same request came again. */
  abstract retransmitted(): void;

  /** Ends the machine without a further message. */
  abstract terminate(): void;
}
