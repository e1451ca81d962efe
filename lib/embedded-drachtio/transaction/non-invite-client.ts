import type { SipRequest, SipResponse } from '../message/index.js';
import type { Flow } from '../transport/index.js';
import { ClientTransaction, type Transmit } from './client-transaction.js';
import { type Environment, TimerSet } from './environment.js';
import { lifetime } from './timers.js';

/**
 * RFC 3261 §17.1.2.
 *
 *   trying --1xx--> proceeding --final--> completed --K--> terminated
 *      '--F, error--> terminated <--F, error--'
 */
export class NonInviteClientTransaction extends ClientTransaction {
  readonly #environment: Environment;
  readonly #transmit: Transmit;
  readonly #timers: TimerSet<'E' | 'F' | 'K'>;
  #reliable = false;

  constructor(request: SipRequest, branch: string, transmit: Transmit, environment: Environment) {
    super(request, branch, 'trying');
    this.#transmit = transmit;
    this.#environment = environment;
    this.#timers = new TimerSet(environment.clock);
    // Timer F runs from the beginning, so that name resolution and connecting count too.
    this.#timers.start('F', lifetime(environment.timers), () => {
      this.terminate();
      this.emit('timeout');
    });
  }

  protected override begin(reliable: boolean): void {
    this.#reliable = reliable;
    this.#send();
    if (!reliable && !this.finished) this.#retransmit(this.#environment.timers.T1);
  }

  override received(response: SipResponse, flow: Flow): void {
    // "completed" absorbs retransmissions.
    if (this.finished) return;
    if (response.status < 200) this.current = 'proceeding';
    else {
      this.current = 'completed';
      this.#timers.stopAll();
      // "Timer K … set to fire in T4 seconds for unreliable transports, and zero seconds for reliable transports."
      if (this.#reliable) this.terminate();
      else this.#timers.start('K', this.#environment.timers.T4, () => this.terminate());
    }
    this.emit('response', response, flow);
  }

  override terminate(): void {
    if (this.current === 'terminated') return;
    this.current = 'terminated';
    this.#timers.stopAll();
    this.#environment.terminated();
    this.emit('terminated');
  }

  /** Timer E: T1, doubling up to T2; in proceeding always T2. */
  #retransmit(interval: number): void {
    const { T2 } = this.#environment.timers;
    this.#timers.start('E', interval, () => {
      this.#send();
      if (!this.finished) this.#retransmit(this.current === 'proceeding' ? T2 : Math.min(interval * 2, T2));
    });
  }

  #send(): void {
    this.#transmit(this.request, (error) => this.fail(error));
  }
}
