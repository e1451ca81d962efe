import type { Subscriber, Subscription } from '../lib/chat-server.js';
import { CONFERENCE_INFO_TYPE } from '../lib/conference-event/index.js';
import type { Timer } from '../lib/util/clock.js';
import type { Face, TerminationReason } from './face.js';
import type { RoomUri } from './room-uri.js';
import type { Leg, Outcome } from './srf-adapter.js';
import type { SipHeaders } from './srf-types.js';

/** Seconds after which a subscriber whose document is too large may try again. */
const PROBATION = 300;

export interface Subscribed {
  leg: Leg;
  room: RoomUri;
  /** `conference`, with the id the subscriber gave (RFC 6665 §4.5.2). */
  event: string;
  /** As in our 200, so that NOTIFY has the Contact the peer knows (DRA-G3). */
  contact: string;
  /** Called once, when nothing more will be sent. */
  over: () => void;
}

/** One conference-event subscription: NOTIFYs in a dialog, until it ends. */
export class ConferenceSubscription implements Subscriber {
  readonly #face: Face;
  readonly #facts: Subscribed;
  #focus: Subscription | undefined;
  #expiry: Timer | undefined;
  #expiresAt = 0;
  /** The next document is the last: unsubscribed, or polled with `Expires: 0`. */
  #last = false;
  #over = false;

  constructor(face: Face, facts: Subscribed) {
    this.#face = face;
    this.#facts = facts;
  }

  /** The 200 was sent: `expires` seconds from now on, 0 for one document only. A document follows (4575-4.4-01). */
  start(expires: number): void {
    if (this.#over) return;
    this.#expire(expires);
    if (this.#focus) {
      this.#focus.refresh();
      return;
    }
    try {
      this.#focus = this.#face.chat.focus.subscribe(this.#facts.room.uri, this);
    } catch {
      // The room ended, or is watched by too many, since the SUBSCRIBE was looked at.
      this.#terminate('noresource');
      return;
    }
    // The first document goes out inside `subscribe`; it may have been the last.
    if (this.#over) this.#focus.cancel();
  }

  notify(document: string, done: (ok: boolean) => void): void {
    if (this.#over) return done(false);
    if (!this.#face.adapter.fits(document)) {
      this.#face.log.warn(
        { room: this.#facts.room.uri, size: document.length },
        'roster too large for drachtio-server',
      );
      this.#terminate('probation');
      return done(false);
    }
    const content = { type: CONFERENCE_INFO_TYPE, body: document };
    if (this.#last) {
      this.#terminate('timeout', content);
      return done(false);
    }
    const left = Math.max(0, Math.ceil((this.#expiresAt - this.#face.clock.now()) / 1000));
    this.#send(`active;expires=${left}`, content, (outcome) => {
      const ok = 'status' in outcome && outcome.status < 300;
      // RFC 6665 §4.2.2: 481 or no answer ends the subscription; of other failures there is nothing to expect either.
      // Without control connection the subscriber has yet to be told, when there is one again.
      if (!ok && !('lost' in outcome)) this.#end();
      done(ok && !this.#over);
    });
  }

  /** The room ended (4575-3.3-01). */
  terminated(): void {
    this.#terminate('noresource');
  }

  /** Ends it with a NOTIFY. */
  finish(reason: TerminationReason): void {
    this.#terminate(reason);
  }

  /** The dialog is gone: nothing can be sent. */
  lost(): void {
    this.#end();
  }

  #expire(expires: number): void {
    const { clock } = this.#face;
    this.#expiry?.cancel();
    this.#expiresAt = clock.now() + expires * 1000;
    this.#last = expires === 0;
    if (expires > 0) this.#expiry = clock.after(expires * 1000, () => this.#terminate('timeout'));
  }

  #terminate(reason: TerminationReason, content?: { type: string; body: string }): void {
    if (this.#over) return;
    const retry = reason === 'probation' ? `;retry-after=${PROBATION}` : '';
    this.#send(`terminated;reason=${reason}${retry}`, content, () => {});
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#expiry?.cancel();
    this.#focus?.cancel();
    this.#facts.over();
  }

  #send(state: string, content: { type: string; body: string } | undefined, done: (outcome: Outcome) => void): void {
    const { leg, event, contact } = this.#facts;
    const headers: SipHeaders = { Event: event, 'Subscription-State': state, Contact: contact };
    if (content) headers['Content-Type'] = content.type;
    this.#face.adapter.request(leg, 'NOTIFY', { headers, body: content?.body }, done);
  }
}
