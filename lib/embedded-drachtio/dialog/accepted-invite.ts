import type { Clock, Timer } from '../../util/clock.js';
import { lifetime, type SipTimers } from '../transaction/index.js';

/**
 * RFC 3261 §13.3.1.4: the 2xx to an INVITE "is passed to the transport layer with an interval that starts at T1 seconds
 * and doubles for each retransmission until it reaches T2 seconds … even if the transport is reliable" (a hop behind it
 * may not be). "If the server retransmits the 2xx response for 64*T1 seconds without receiving an ACK, the dialog is
 * confirmed, but the session SHOULD be terminated. This is accomplished with a BYE".
 */
export class AcceptedInvite {
  readonly #clock: Clock;
  readonly #timers: Pick<SipTimers, 'T1' | 'T2'>;
  #retransmission: Timer | undefined;
  #expiry: Timer | undefined;

  /**
   * @param send sends the 2xx once more.
   * @param expired no ACK came within 64*T1.
   */
  constructor(clock: Clock, timers: SipTimers, send: () => void, expired: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#repeat(timers.T1, send);
    this.#expiry = clock.after(lifetime(timers), () => {
      this.stop();
      expired();
    });
  }

  /** The ACK arrived, or the dialog ended. */
  stop(): void {
    this.#retransmission?.cancel();
    this.#expiry?.cancel();
    this.#expiry = undefined;
  }

  #repeat(interval: number, send: () => void): void {
    this.#retransmission = this.#clock.after(interval, () => {
      send();
      if (this.#expiry) this.#repeat(Math.min(interval * 2, this.#timers.T2), send);
    });
  }
}
