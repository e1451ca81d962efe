import { reasonPhrase } from '../../lib/embedded-drachtio/message/index.js';
import type { Clock, Timer } from '../../lib/util/clock.js';
import type { TerminationReason } from '../face.js';
import { oneLine } from '../sip/header-values.js';
import { deliveryOf } from '../subscribe/subscription.js';
import type { Leg, Outcome, SrfAdapter } from '../drachtio/srf-adapter.js';
import type { SipHeaders } from '../drachtio/srf-types.js';

/** Seconds of a subscription, told in its first NOTIFY (RFC 3515 §2.4.4) and renewed as long as somebody is being called. */
export const EXPIRES = 60;

/** Seconds before its end that a subscription is renewed. */
const RENEWAL = 10;

/** Seconds of the longest subscription; whoever it is about has answered or was given up long before. */
const LONGEST = 900;

/** Characters of the longest reason phrase told. */
const MAX_REASON = 128;

export const SIPFRAG = 'message/sipfrag;version=2.0';

export interface Referred {
  clock: Clock;
  adapter: Pick<SrfAdapter, 'request'>;
  /** `refer`, with the CSeq number of the REFER from the second one of a dialog on (RFC 3515 §2.4.6). */
  event: string;
  /** Called once, when nothing more will be sent. */
  over: () => void;
}

/** What became of the request that somebody was referred to. */
export interface ReferStatus {
  status: number;
  reason?: string;
  final: boolean;
}

/**
 * The implicit subscription of one REFER (RFC 3515 §2.4.4, REF-05):
 *
 *     accepted --202 sent--> active (NOTIFY 100) --status--> active (NOTIFY) --final status--> terminated;reason=noresource
 *                               '-- SUBSCRIBE with Expires: 0, or no renewal --> terminated;reason=timeout
 *                               '-- NOTIFY refused --> over
 *
 * One NOTIFY at a time, so that they arrive in order; of what changes meanwhile only the last is told.
 */
export class ReferSubscription {
  readonly #facts: Referred;
  #leg: Leg | undefined;
  #contact = '';
  #current: ReferStatus = { status: 100, final: false };
  /** The first NOTIFY says 100 even when more is known by then. */
  #told: ReferStatus | undefined;
  #sending = false;
  #timer: Timer | undefined;
  #expiresAt = 0;
  /** Not renewed after this time. */
  #until = 0;
  /** The subscriber refreshes it himself. */
  #refreshed = false;
  /** A SUBSCRIBE asks for a NOTIFY, changed or not. */
  #asked = false;
  #over = false;

  constructor(facts: Referred) {
    this.#facts = facts;
  }

  /** The 202 was sent, in or by the dialog of `leg`; `contact` as it was in it. */
  start(leg: Leg, contact: string): void {
    if (this.#over) return;
    this.#leg = leg;
    this.#contact = contact;
    this.#until = this.#facts.clock.now() + LONGEST * 1000;
    this.#expire(EXPIRES);
    this.#send({ status: 100, final: false });
  }

  /** News of the request; after a final one nothing more is told. */
  report(status: ReferStatus): void {
    if (this.#over || this.#current.final) return;
    this.#current = status;
    this.#tell();
  }

  /** SUBSCRIBE in the dialog was answered 200: `expires` seconds from now on, 0 for its end (RFC 6665 §4.2.1). */
  refresh(expires: number): void {
    if (this.#over) return;
    if (expires === 0) return this.finish('timeout');
    this.#refreshed = true;
    this.#expire(expires);
    this.#asked = true;
    this.#tell();
  }

  /** Ends it with a NOTIFY; what it is about goes on (RFC 3515 §2.4.4). */
  finish(reason: TerminationReason): void {
    if (this.#over) return;
    // He is about to know more than that.
    const last = this.#sending && this.#told?.final === true;
    if (this.#leg && !last) this.#notify(`terminated;reason=${reason}`, this.#current, () => {});
    this.lost();
  }

  /** The dialog is gone, or never came to be: nothing can be sent. */
  lost(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#facts.over();
  }

  /** Seconds that a SUBSCRIBE is granted of those it asks for. */
  granted(expires: number): number {
    return Math.min(expires, LONGEST);
  }

  #expire(seconds: number): void {
    const { clock } = this.#facts;
    this.#timer?.cancel();
    this.#expiresAt = clock.now() + seconds * 1000;
    const renewable = !this.#refreshed && this.#expiresAt < this.#until;
    this.#timer = clock.after((renewable ? seconds - RENEWAL : seconds) * 1000, () => {
      if (!renewable) return this.finish('timeout');
      this.#expire(EXPIRES);
      this.#asked = true;
      this.#tell();
    });
  }

  /** Sends what is new, as soon as the last NOTIFY was answered. */
  #tell(): void {
    if (this.#over || this.#sending || !this.#leg) return;
    const { status, final } = this.#current;
    if (this.#told?.final) return;
    if (final || this.#asked || status !== this.#told?.status) this.#send(this.#current);
  }

  #send(status: ReferStatus): void {
    this.#told = status;
    this.#asked = false;
    this.#sending = true;
    const left = Math.max(1, Math.ceil((this.#expiresAt - this.#facts.clock.now()) / 1000));
    // RFC 3515 §2.4.7: "MUST indicate the subscription has been "terminated" with a reason of "noresource"".
    const state = status.final ? 'terminated;reason=noresource' : `active;expires=${left}`;
    this.#notify(state, status, (outcome) => {
      this.#sending = false;
      // Without control connection he has yet to be told, when there is one again.
      if ('lost' in outcome) return;
      // RFC 6665 §4.2.2: whoever does not know the subscription, or answers nothing, is told nothing more.
      if (status.final || deliveryOf(outcome) === 'gone') this.lost();
      else this.#tell();
    });
  }

  #notify(state: string, { status, reason }: ReferStatus, done: (outcome: Outcome) => void): void {
    const { adapter, event } = this.#facts;
    if (!this.#leg) return;
    const headers: SipHeaders = {
      Event: event,
      'Subscription-State': state,
      Contact: this.#contact,
      'Content-Type': SIPFRAG,
    };
    const phrase = oneLine(reason ?? reasonPhrase(status)).slice(0, MAX_REASON);
    // RFC 3515 §2.4.5: "The body of a NOTIFY MUST begin with a SIP Response Status-Line"; nothing else of the response is told.
    adapter.request(this.#leg, 'NOTIFY', { headers, body: `SIP/2.0 ${status} ${phrase}\r\n` }, done);
  }
}
