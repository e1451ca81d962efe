import type { Delivered, Notification, Subscriber, Subscription, WatchRequest } from '../../lib/chat-server.js';
import type { Timer } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Face, TerminationReason } from '../face.js';
import type { RoomUri } from '../sip/room-uri.js';
import type { Leg, Outcome } from '../drachtio/srf-adapter.js';
import type { SipHeaders } from '../drachtio/srf-types.js';

/**
 * SUB-07: milliseconds from our 200 to a handset to its document, and from that to the same once more: "the handset silently
 * loses … a NOTIFY that overtakes its handling of the 200".
 */
const HANDSET_PATIENCE = { first: 300, again: 1_500 } as const;

/** Seconds after which a subscriber whose document is too large may try again. */
const PROBATION = 300;

export interface Subscribed {
  leg: Leg;
  room: RoomUri;
  /** Who watches, and how. */
  request: WatchRequest;
  /** `conference`, with the id the subscriber gave (RFC 6665 §4.5.2). */
  event: string;
  /** As in our 200, so that NOTIFY has the Contact the peer knows (DRA-G3). */
  contact: string;
  /** Called once, when nothing more will be sent. */
  over: () => void;
}

/** SUB-15, RFC 6665 §4.2.2: these end the subscription, as no answer does, "and nothing else". */
const ENDING: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

/** What the answer to a NOTIFY means for its subscription. */
export function deliveryOf(outcome: Outcome): Delivered {
  if (!('status' in outcome)) return 'gone';
  if (outcome.status < 300) return 'ok';
  return ENDING.has(outcome.status) ? 'gone' : 'failed';
}

/** One conference-event subscription: NOTIFYs in a dialog, until it ends. */
export class ConferenceSubscription implements Subscriber {
  readonly #face: Face;
  readonly #facts: Subscribed;
  #focus: Subscription | undefined;
  #expiry: Timer | undefined;
  #expiresAt = 0;
  /** Until a handset is ready for its document. */
  #patience: Timer | undefined;
  /** The next document is the last: unsubscribed, or polled with `Expires: 0`. */
  #last = false;
  #over = false;

  constructor(face: Face, facts: Subscribed) {
    this.#face = face;
    this.#facts = facts;
  }

  /** The 200 was sent: `expires` seconds from now on, 0 for one document only (SUB-05). A document follows (SUB-06). */
  start(expires: number): void {
    if (this.#over) return;
    this.#expire(expires);
    if (this.#facts.request.view === 'rcs') this.#startHandset(this.#focus === undefined && expires > 0);
    else this.#tell();
  }

  #startHandset(twice: boolean): void {
    const { clock } = this.#face;
    this.#patience?.cancel();
    this.#patience = clock.after(HANDSET_PATIENCE.first, () => {
      this.#tell();
      if (twice && !this.#over) this.#patience = clock.after(HANDSET_PATIENCE.again, () => this.#tell());
    });
  }

  /** Everything, as far as the subscriber may see it. */
  #tell(): void {
    const { room, request } = this.#facts;
    try {
      if (this.#focus) return this.#focus.refresh();
      this.#focus = this.#face.chat.focus.subscribe(room.uri, request, this);
    } catch (error) {
      // Since the SUBSCRIBE was looked at the room ended, or policy changed, or too many watch.
      const isForbidden = error instanceof ChatroomsError && error.sipStatus === 403;
      this.#terminate(isForbidden ? 'rejected' : 'noresource');
      return;
    }
    // The first document goes out inside `subscribe`; it may have been the last.
    if (this.#over) this.#focus.cancel();
  }

  notify(notification: Notification, done: (delivered: Delivered) => void): void {
    if (this.#over) return done('gone');
    const { body } = notification;
    if (!this.#face.adapter.fits(body)) {
      this.#face.log.warn({ room: this.#facts.room.uri, size: body.length }, 'roster too large for drachtio-server');
      this.#terminate('probation');
      return done('gone');
    }
    if (this.#last) {
      this.#terminate('timeout', notification);
      return done('gone');
    }
    const left = Math.max(0, Math.ceil((this.#expiresAt - this.#face.clock.now()) / 1000));
    this.#send(`active;expires=${left}`, notification, (outcome) => {
      const delivered = deliveryOf(outcome);
      // Without control connection the subscriber has yet to be told, when there is one again.
      if (delivered === 'gone' && !('lost' in outcome)) this.#end();
      done(this.#over ? 'gone' : delivered);
    });
  }

  /** The room ended (4575-3.3-01), or the subscriber may not watch any more. */
  terminated(reason: 'noresource' | 'rejected'): void {
    this.#terminate(reason);
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

  #terminate(reason: TerminationReason, content?: Notification): void {
    if (this.#over) return;
    const retry = reason === 'probation' ? `;retry-after=${PROBATION}` : '';
    this.#send(`terminated;reason=${reason}${retry}`, content, () => {});
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#expiry?.cancel();
    this.#patience?.cancel();
    this.#focus?.cancel();
    this.#facts.over();
  }

  #send(state: string, content: Notification | undefined, done: (outcome: Outcome) => void): void {
    const { leg, event, contact } = this.#facts;
    const headers: SipHeaders = { Event: event, 'Subscription-State': state, Contact: contact };
    if (content) headers['Content-Type'] = content.type;
    this.#face.adapter.request(leg, 'NOTIFY', { headers, body: content?.body }, done);
  }
}
