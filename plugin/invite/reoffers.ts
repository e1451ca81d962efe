import { randomInt } from 'node:crypto';
import type { Clock, Timer } from '../../lib/util/clock.js';
import type { OfferTurns } from './offer-turns.js';
import type { Outcome } from '../drachtio/srf-adapter.js';

/** How often an offer is made again that met one of the peer. */
const MAX_RETRIES = 5;

export interface ReofferOptions {
  clock: Clock;
  turns: OfferTurns;
  room: string;
  /** No offer of either side is under way, and the dialog is confirmed. */
  mayOffer: () => boolean;
  /** The offer to be made now; null when there is nothing to tell any more. */
  offer: () => string | null;
  send: (offer: string, done: (outcome: Outcome) => void) => void;
  /** The final response, other than those after which the offer is made again. */
  answered: (outcome: Outcome, offer: string) => void;
}

/**
 * The re-INVITEs of ours in one dialog, one at a time (RFC 3261 §14.1):
 *
 *     idle --want--> waiting --turn--> sent --answer--> idle, or waiting if something was wanted meanwhile
 *                       ^----- timer ----'  491
 */
export class Reoffers {
  readonly #options: ReofferOptions;
  #wanted = false;
  #sent = false;
  #retries = 0;
  /** After a 491. */
  #timer: Timer | undefined;
  #release: (() => void) | undefined;
  #stopped = false;

  constructor(options: ReofferOptions) {
    this.#options = options;
  }

  /** Our offer has no answer yet. */
  get pending(): boolean {
    return this.#sent;
  }

  /** There is something to offer; several calls before it is sent are one. */
  want(): void {
    this.#wanted = true;
    this.proceed();
  }

  /** What stood in the way may be gone. */
  proceed(): void {
    const { turns, room, mayOffer } = this.#options;
    if (!this.#wanted || this.#stopped || this.#release || this.#timer || !mayOffer()) return;
    let over = false;
    const release = turns.take(room, (giveBack) => {
      this.#send(() => {
        over = true;
        this.#release = undefined;
        giveBack();
      });
    });
    if (!over) this.#release = release;
  }

  /** The dialog is over. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#release?.();
  }

  #send(done: () => void): void {
    const { mayOffer, offer, send } = this.#options;
    // The peer began an exchange while this one waited for its turn; its end calls `proceed`.
    if (this.#stopped || !mayOffer()) return done();
    this.#wanted = false;
    const sdp = offer();
    if (sdp === null) return done();
    this.#sent = true;
    send(sdp, (outcome) => {
      this.#sent = false;
      done();
      if (this.#stopped) return;
      this.#settle(outcome, sdp);
      this.proceed();
    });
  }

  #settle(outcome: Outcome, sdp: string): void {
    // An INVITE of the peer, or one that refreshes the session for us: drachtio-server refuses ours then.
    const met = 'error' in outcome || ('status' in outcome && outcome.status === 491);
    if (!met || this.#retries >= MAX_RETRIES) {
      this.#retries = 0;
      this.#options.answered(outcome, sdp);
      return;
    }
    this.#retries++;
    this.#wanted = true;
    // RFC 3261 §14.1: the peer called, so "the UAC is not the owner of the Call-ID of the dialog ID": "a randomly chosen
    // value of between 0 and 2 seconds in units of 10 ms".
    this.#timer = this.#options.clock.after(randomInt(1, 201) * 10, () => {
      this.#timer = undefined;
      this.proceed();
    });
  }
}
