import type { SipRequest, SipResponse } from '../message/index.js';
import type { Flow } from '../transport/index.js';
import { type Environment, TimerSet } from './environment.js';
import { ServerTransaction } from './server-transaction.js';
import { lifetime } from './timers.js';

/**
 * RFC 3261 §17.2.1 with the accepted state of RFC 6026 §7.1.
 *
 *   proceeding --2xx-----> accepted --L--> terminated
 *       |------3xx-6xx--> completed --ACK--> confirmed --I--> terminated
 *                              '--H--> terminated
 */
export class InviteServerTransaction extends ServerTransaction {
  readonly #environment: Environment;
  readonly #transmit: (response: SipResponse, failed: (error: Error) => void) => void;
  readonly #timers: TimerSet<'G' | 'H' | 'I' | 'L'>;
  #last: SipResponse | undefined;

  constructor(
    request: SipRequest,
    flow: Flow,
    transmit: (response: SipResponse, failed: (error: Error) => void) => void,
    environment: Environment,
  ) {
    super(request, flow, 'proceeding');
    this.#transmit = transmit;
    this.#environment = environment;
    this.#timers = new TimerSet(environment.clock);
  }

  override respond(response: SipResponse): boolean {
    // RFC 6026 §7.1: in accepted, "any 2xx from the TU is passed to the transport layer", other responses are not.
    if (this.current === 'accepted' && response.status >= 200 && response.status < 300) {
      this.#send(response);
      return true;
    }
    if (this.answered) return false;
    this.#last = response;
    this.#send(response);
    if (response.status >= 300) this.#complete();
    else if (response.status >= 200) this.#accept();
    return true;
  }

  /** An INVITE again: the last response goes out again, but a 2xx is the transaction user's to repeat (RFC 6026 §7.1). */
  override retransmitted(): void {
    if (this.#last && (this.current === 'proceeding' || this.current === 'completed')) this.#send(this.#last);
  }

  /** The ACK to a 3xx-6xx, which belongs to this transaction. Returns false if it is not for us but for a 2xx. */
  acknowledged(): boolean {
    if (this.current === 'accepted') return false;
    if (this.current === 'completed') {
      this.current = 'confirmed';
      this.#timers.stopAll();
      // Timer I absorbs further ACKs: T4 for unreliable transports, nothing for reliable ones.
      if (this.flow.reliable) this.terminate();
      else this.#timers.start('I', this.#environment.timers.T4, () => this.terminate());
    }
    return true;
  }

  cancelled(cancel: SipRequest): void {
    this.emit('cancel', cancel);
  }

  override terminate(): void {
    if (this.current === 'terminated') return;
    this.current = 'terminated';
    this.#timers.stopAll();
    this.#environment.terminated();
    this.emit('terminated');
  }

  #accept(): void {
    this.current = 'accepted';
    // For 32 s an INVITE that comes again is absorbed; the 2xx is the user's to repeat (RFC 6026 §7.1).
    this.#last = undefined;
    this.#timers.start('L', lifetime(this.#environment.timers), () => this.terminate());
  }

  #complete(): void {
    const { timers } = this.#environment;
    this.current = 'completed';
    if (!this.flow.reliable) this.#retransmit(timers.T1);
    this.#timers.start('H', lifetime(timers), () => {
      this.terminate();
      this.emit('timeout');
    });
  }

  /** Timer G: T1, doubling up to T2, "MIN(2*T1, T2)". */
  #retransmit(interval: number): void {
    this.#timers.start('G', interval, () => {
      if (this.#last) this.#send(this.#last);
      if (this.current === 'completed') this.#retransmit(Math.min(interval * 2, this.#environment.timers.T2));
    });
  }

  #send(response: SipResponse): void {
    this.#transmit(response, (error) => {
      // RFC 6026 §7.1: in accepted a transport error is told to the TU, which goes on retransmitting its 2xx.
      if (this.current !== 'accepted') this.terminate();
      this.emit('transportError', error);
    });
  }
}
