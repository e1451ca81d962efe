import type { SipRequest, SipResponse } from '../message/index.js';
import type { Flow } from '../transport/index.js';
import { type Environment, TimerSet } from './environment.js';
import { ServerTransaction } from './server-transaction.js';
import { lifetime } from './timers.js';

/**
 * RFC 3261 §17.2.2.
 *
 *   trying --1xx--> proceeding --final--> completed --J--> terminated
 */
export class NonInviteServerTransaction extends ServerTransaction {
  readonly #environment: Environment;
  readonly #transmit: (response: SipResponse, failed: (error: Error) => void) => void;
  readonly #timers: TimerSet<'J' | 'unanswered'>;
  #last: SipResponse | undefined;

  constructor(
    request: SipRequest,
    flow: Flow,
    transmit: (response: SipResponse, failed: (error: Error) => void) => void,
    environment: Environment,
  ) {
    super(request, flow, 'trying');
    this.#transmit = transmit;
    this.#environment = environment;
    this.#timers = new TimerSet(environment.clock);
    // After 64*T1 the client has given up, and RFC 4320 §4.2 forbids a late answer: nothing is left to wait for.
    this.#timers.start('unanswered', lifetime(environment.timers), () => {
      this.terminate();
      this.emit('timeout');
    });
  }

  override respond(response: SipResponse): boolean {
    if (this.answered) return false;
    this.#last = response;
    this.current = response.status < 200 ? 'proceeding' : 'completed';
    this.#send(response);
    if (this.current === 'completed') {
      this.#timers.stop('unanswered');
      // "set Timer J to fire in 64*T1 seconds for unreliable transports, and zero seconds for reliable transports."
      const { timers } = this.#environment;
      if (this.flow.reliable) this.terminate();
      else this.#timers.start('J', lifetime(timers), () => this.terminate());
    }
    return true;
  }

  override retransmitted(): void {
    if (this.#last) this.#send(this.#last);
  }

  override terminate(): void {
    if (this.current === 'terminated') return;
    this.current = 'terminated';
    this.#timers.stopAll();
    this.#environment.terminated();
    this.emit('terminated');
  }

  #send(response: SipResponse): void {
    this.#transmit(response, (error) => {
      if (this.current !== 'terminated') this.terminate();
      this.emit('transportError', error);
    });
  }
}
