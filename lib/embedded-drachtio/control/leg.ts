import type { Clock, Timer } from '../../util/clock.js';
import type { AcceptedInvite, Dialog, SessionTimer } from '../dialog/index.js';
import { EMPTY, type SipMessage, type SipRequest } from '../message/index.js';
import { lists } from './app-message.js';
import type { AppConnection } from './app-connection.js';

/** A dialog, the application it belongs to, and what the stack does for both. */
export class Leg {
  /** The 2xx we sent to INVITEs and that are not ACKed, by CSeq number, with the transaction id their ACK is pushed under. */
  readonly accepted = new Map<number, { invite: AcceptedInvite; transactionId: string }>();
  /** Our INVITE without final response, if any: a second one, either way, has to wait (RFC 3261 §14). */
  inviting = false;
  /** The peer's INVITE we have not answered. */
  invited = false;
  /** Our last INVITE that got a 2xx; the application's ACK is made from it. */
  lastInvite: SipRequest | undefined;
  /** What a session refresh repeats: our last session description and Contact. */
  session: { contact: string | undefined; contentType: string | undefined; body: Buffer } = {
    contact: undefined,
    contentType: undefined,
    body: EMPTY,
  };
  sessionInterval = 0;
  /** The peer takes UPDATE (RFC 3311 §4), as far as it said. */
  peerTakesUpdate = false;
  #usage: Timer | undefined;

  constructor(
    readonly dialog: Dialog,
    readonly connection: AppConnection,
    readonly timer: SessionTimer,
    private readonly clock: Clock,
  ) {}

  get id(): string {
    return this.dialog.id;
  }

  /** Remembers our side of the session from an INVITE, its 2xx or its ACK. */
  remember({ headers, body }: SipMessage): void {
    this.session.contact = headers.get('Contact') ?? this.session.contact;
    if (body.length === 0) return;
    this.session.contentType = headers.get('Content-Type');
    this.session.body = body;
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
    this.timer.stop();
    this.#usage?.cancel();
    for (const { invite } of this.accepted.values()) invite.stop();
    this.accepted.clear();
  }
}
