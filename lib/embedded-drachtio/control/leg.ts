import type { Clock, Timer } from '../../util/clock.js';
import { ownText } from '../../util/own-text.js';
import type { AcceptedInvite, Dialog, SessionTimer } from '../dialog/index.js';
import type { SipMessage, SipRequest } from '../message/index.js';
import { lists } from './app-message.js';
import type { AppConnection } from './app-connection.js';

/** A 2xx of ours, and the transaction id its ACK is pushed under. */
export interface Unacknowledged {
  invite: AcceptedInvite;
  transactionId: string;
}

interface SessionDescription {
  contact: string | undefined;
  contentType: string | undefined;
  /** A latin1 character an octet. */
  body: string;
}

const NO_SESSION: SessionDescription = { contact: undefined, contentType: undefined, body: '' };

/** A dialog, the application it belongs to, and what the stack does for both. */
export class Leg {
  /** The 2xx we sent to INVITEs and that are not ACKed, by CSeq number; most of the time there are none. */
  #accepted: Map<number, Unacknowledged> | undefined;
  /** Our INVITE without final response, if any: a second one, either way, has to wait (RFC 3261 §14). */
  inviting = false;
  /** The peer's INVITE we have not answered. */
  invited = false;
  /** Our last INVITE that got a 2xx; the application's ACK is made from it. */
  lastInvite: SipRequest | undefined;
  /** What a session refresh repeats: our last session description and Contact. */
  session: Readonly<SessionDescription> = NO_SESSION;
  sessionInterval = 0;
  /** The peer takes UPDATE (RFC 3311 §4), as far as it said. */
  peerTakesUpdate = false;
  #usage: Timer | undefined;
  #timer: SessionTimer | undefined;

  /** @param makeTimer called when there is to be a session timer, at most once */
  constructor(
    readonly dialog: Dialog,
    readonly connection: AppConnection,
    private readonly makeTimer: (leg: Leg) => SessionTimer,
    private readonly clock: Clock,
  ) {}

  /** Of the session (RFC 4028). */
  get timer(): SessionTimer {
    this.#timer ??= this.makeTimer(this);
    return this.#timer;
  }

  get timed(): boolean {
    return this.#timer?.running ?? false;
  }

  stopTimer(): void {
    this.#timer?.stop();
  }

  /** Our 2xx to the INVITE with this CSeq number waits for its ACK. */
  accepted(sequence: number, waiting: Unacknowledged): void {
    (this.#accepted ??= new Map()).set(sequence, waiting);
  }

  /** The ACK with this CSeq number came; undefined when nothing waited for it. */
  acknowledged(sequence: number): Unacknowledged | undefined {
    const waiting = this.#accepted?.get(sequence);
    if (!waiting) return undefined;
    waiting.invite.stop();
    this.#accepted?.delete(sequence);
    if (this.#accepted?.size === 0) this.#accepted = undefined;
    return waiting;
  }

  get id(): string {
    return this.dialog.id;
  }

  /** Remembers our side of the session from an INVITE, its 2xx or its ACK. */
  remember({ headers, body }: SipMessage): void {
    const contact = headers.get('Contact') ?? this.session.contact;
    const isNew = body.length > 0;
    const contentType = isNew ? headers.get('Content-Type') : this.session.contentType;
    this.session = {
      contact: contact === undefined ? undefined : ownText(contact),
      contentType: contentType === undefined ? undefined : ownText(contentType),
      // As text: a small Buffer is a part of one of 8 KiB, and keeps that.
      body: isNew ? body.toString('latin1') : this.session.body,
    };
  }

  /** What a message of the peer says that it can do. */
  heard({ headers }: SipMessage): void {
    if (headers.has('Allow')) this.peerTakesUpdate = lists(headers, 'Allow', 'UPDATE');
  }

  /** A dialog made by SUBSCRIBE or REFER lives no longer than its subscription: `seconds`, then `expired`. */
  limitUsage(seconds: number, expired: () => void): void {
    this.#usage?.cancel();
    this.#usage = this.clock.after(seconds * 1_000, expired);
  }

  /** Stops everything that is timed. */
  stop(): void {
    this.stopTimer();
    this.#usage?.cancel();
    for (const { invite } of this.#accepted?.values() ?? []) invite.stop();
    this.#accepted = undefined;
  }
}
