import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../../util/clock.js';
import {
  AcceptedInvite,
  Dialog,
  formatSessionExpires,
  MIN_SESSION_EXPIRES,
  parseSessionExpires,
} from '../dialog/index.js';
import { parseCSeq, type SipRequest, type SipResponse, serialize, serializeOnce, tagOf } from '../message/index.js';
import { lifetime, randomToken, type ServerTransaction, type TransactionLayer } from '../transaction/index.js';
import type { Flow } from '../transport/index.js';
import type { AppConnection } from './app-connection.js';
import { chosenTag, composeResponse, lists } from './app-message.js';
import type { FlowBindings } from './flow-bindings.js';
import type { Leg } from './leg.js';
import type { Legs } from './legs.js';
import { fromPeer, fromUs } from './meta.js';

/** Methods an application may be given outside a dialog. The real server leaves out REFER. */
const DELIVERED = new Set([
  'INVITE',
  'REGISTER',
  'MESSAGE',
  'OPTIONS',
  'INFO',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
  'REFER',
]);
/** Methods that mean something only in a dialog. */
const DIALOG_ONLY = new Set(['BYE', 'UPDATE', 'PRACK']);
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, NOTIFY, SUBSCRIBE, REFER, UPDATE, REGISTER, PUBLISH';
/** Requests whose 2xx makes a dialog: RFC 3261 §12.1, RFC 6665 §4.4.1, RFC 3515 §2.4.4. */
const DIALOG_MAKING = new Set(['INVITE', 'SUBSCRIBE', 'REFER']);
/** Milliseconds an application may leave an INVITE without any response; as long as drachtio-server waits. */
const UNANSWERED = 64_000;

/** A request given to an application that has not answered it finally. */
interface Pending {
  id: string;
  transaction: ServerTransaction;
  connection: AppConnection;
  leg: Leg | undefined;
  /** Our To tag, the same in every response. */
  toTag: string;
  timer: Timer | undefined;
}

export interface IncomingOptions {
  transactions: TransactionLayer;
  legs: Legs;
  bindings: FlowBindings;
  clock: Clock;
  /**
   * Whether `request` may belong to a dialog one of our requests is about to make; `then` is called when that request
   * has its final response.
   */
  settling: (request: SipRequest, then: () => void) => boolean;
  /** The application to give a new request to; undefined if none wants it. */
  select: (method: string) => AppConnection | undefined;
}

/** From the network to the applications, and their answers back. */
export class Incoming {
  readonly #options: IncomingOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #byTransaction = new Map<ServerTransaction, Pending>();

  constructor(options: IncomingOptions) {
    this.#options = options;
    const { transactions } = options;
    transactions.on('request', (transaction, size) => this.#received(transaction, size));
    transactions.on('ack', (ack, flow, size) => this.#acknowledged(ack, flow, size));
    transactions.on('cancel', (cancel, invite, size) => this.#cancelled(cancel, invite, size));
  }

  /** Sends what the application answered, and echoes it. */
  respond(connection: AppConnection, requestId: string, transactionId: string, app: SipResponse): void {
    const pending = this.#pending.get(transactionId);
    if (!pending || pending.connection !== connection) {
      connection.respond(requestId, ['NOK', 'Response not sent due to unknown transaction']);
      return;
    }
    const { transaction } = pending;
    const { request, flow } = transaction;
    if (!pending.leg) pending.toTag = chosenTag(app) ?? pending.toTag;
    const response = composeResponse(request, app, pending.toTag, flow);
    if (response.status < 200) this.#awaitAnswer(pending, this.#options.transactions.timers.C);
    else this.#final(pending, response);
    const bytes = serializeOnce(response);
    transaction.respond(response);
    const { leg } = pending;
    if (leg && response.status >= 200 && response.status < 300) this.#succeeded(pending, leg, response);
    else if (leg && request.method === 'BYE' && response.status >= 200) this.#options.legs.drop(leg);

    const dialogId = request.method === 'BYE' ? '' : (leg?.id ?? this.#futureId(request, response));
    const source = fromUs(flow, bytes.length, this.#options.clock.now(), 'remote');
    const created = leg !== undefined && tagOf(request.headers.get('To')) === undefined;
    connection.echo(
      requestId,
      [...source, transactionId, dialogId, '', 'Msg sent:', ''],
      bytes,
      created ? dialogId : undefined,
    );
  }

  /** The application is gone: its unanswered requests are answered for it. */
  lost(connection: AppConnection): void {
    for (const pending of this.#pending.values()) {
      if (pending.connection === connection) this.#answerFor(pending, 503);
    }
  }

  close(): void {
    for (const pending of this.#pending.values()) this.#forget(pending);
  }

  #received(transaction: ServerTransaction, size: number): void {
    const { request } = transaction;
    if (tagOf(request.headers.get('To')) !== undefined) {
      const leg = this.#options.legs.find(request);
      // The real server delivers some of these as new requests; RFC 3261 §12.2.2 wants a 481.
      // RFC 6665 §4.1.2.4: a NOTIFY can arrive before the 2xx to its SUBSCRIBE. It waits for that.
      if (!leg && this.#options.settling(request, () => this.#received(transaction, size))) return;
      if (!leg || leg.connection.closed) transaction.reply(481);
      else this.#inDialog(transaction, leg, size);
      return;
    }
    const toTag = randomToken();
    const { method } = request;
    if (DIALOG_ONLY.has(method)) transaction.reply(481, { toTag });
    else if (!DELIVERED.has(method)) transaction.reply(405, { toTag, headers: [['Allow', ALLOW]] });
    else if (this.#sessionTooShort(transaction, toTag)) return;
    // Dialog ids lack our tag, so a second dialog of the same Call-ID and From tag has no name; as from the real server.
    else if (DIALOG_MAKING.has(method) && this.#options.legs.get(dialogIdOf(request)))
      transaction.reply(480, { toTag });
    else {
      const connection = this.#options.select(method);
      if (!connection) transaction.reply(503, { toTag });
      else this.#deliver(transaction, connection, undefined, toTag, size);
    }
  }

  #inDialog(transaction: ServerTransaction, leg: Leg, size: number): void {
    const { request, flow } = transaction;
    if (!leg.dialog.accept(request, flow)) {
      transaction.reply(500, { reason: 'CSeq out of order' });
      return;
    }
    if (this.#sessionTooShort(transaction, leg.dialog.localTag)) return;
    if (request.method === 'INVITE') {
      // RFC 3261 §14.2: a second INVITE while the first is unanswered: 500 with Retry-After of 0 to 10 s; while ours is: 491.
      if (leg.invited) {
        transaction.reply(500, { headers: [['Retry-After', '5']] });
        return;
      }
      if (leg.inviting) {
        transaction.reply(491);
        return;
      }
      leg.invited = true;
    }
    // RFC 3261 §15.1.2: "The UAS MUST still respond to any pending requests received for that dialog", with a 487.
    if (request.method === 'BYE') {
      for (const other of this.#pending.values()) if (other.leg === leg) this.#answerFor(other, 487);
    }
    this.#deliver(transaction, leg.connection, leg, leg.dialog.localTag, size);
  }

  #deliver(
    transaction: ServerTransaction,
    connection: AppConnection,
    leg: Leg | undefined,
    toTag: string,
    size: number,
  ): void {
    const { request, flow } = transaction;
    const pending: Pending = { id: randomUUID(), transaction, connection, leg, toTag, timer: undefined };
    this.#pending.set(pending.id, pending);
    this.#byTransaction.set(transaction, pending);
    if (request.method === 'INVITE') this.#awaitAnswer(pending, UNANSWERED);
    else transaction.on('timeout', () => this.#forget(pending));
    const receivedOn = leg ? [] : [flow.local.host, String(flow.local.port)];
    connection.push(
      fromPeer(flow, size, this.#options.clock.now()),
      pending.id,
      leg?.id ?? '',
      serialize(request),
      receivedOn,
    );
  }

  /** RFC 4028 §9: an interval below the minimum is refused with 422 and Min-SE. */
  #sessionTooShort(transaction: ServerTransaction, toTag: string): boolean {
    const { request } = transaction;
    if (request.method !== 'INVITE' && request.method !== 'UPDATE') return false;
    const offered = parseSessionExpires(request.headers);
    if (!offered || offered.interval >= MIN_SESSION_EXPIRES || !lists(request.headers, 'Supported', 'timer'))
      return false;
    return transaction.reply(422, { toTag, headers: [['Min-SE', String(MIN_SESSION_EXPIRES)]] });
  }

  /** Before a final response goes out: what it changes here, and the headers the stack owes it. */
  #final(pending: Pending, response: SipResponse): void {
    this.#forget(pending);
    const { transaction, connection } = pending;
    const { request, flow } = transaction;
    if (response.status >= 300) return;
    if (!pending.leg && makesDialog(request, response)) {
      pending.leg = this.#options.legs.create(Dialog.fromRequest(request, response, flow), connection);
    }
    pending.leg?.heard(request);
    if (pending.leg) agreeOnSession(pending.leg, request, response);
    this.#options.bindings.remember(request.headers, flow);
  }

  /** After a 2xx in, or creating, a dialog has been sent. */
  #succeeded(pending: Pending, leg: Leg, response: SipResponse): void {
    const { legs } = this.#options;
    const { request } = pending.transaction;
    switch (request.method) {
      case 'INVITE':
        leg.remember(response);
        this.#awaitAck(pending, leg, response);
        legs.negotiated(leg, response, 'uas');
        break;
      case 'UPDATE':
        legs.negotiated(leg, response, 'uas');
        break;
      case 'SUBSCRIBE':
        legs.limitUsage(leg, response);
        break;
      case 'REFER':
        // RFC 3515 §2.4.4: how long it lasts says the first NOTIFY, which is due at once; in a dialog there is already, too.
        if (tagOf(request.headers.get('To')) === undefined) legs.endUsage(leg);
        break;
      case 'NOTIFY':
        // RFC 6665 §4.4.1: the subscription ends with NOTIFY "terminated", and with it a dialog it alone made.
        if (leg.dialog.method !== 'INVITE' && isTerminated(request)) legs.drop(leg);
        else legs.limitUsage(leg, request);
        break;
      case 'BYE':
        legs.drop(leg);
        break;
      default:
        break;
    }
  }

  #awaitAck({ transaction, id }: Pending, leg: Leg, response: SipResponse): void {
    const { transactions, clock, legs } = this.#options;
    const sequence = parseCSeq(transaction.request.headers.get('CSeq'))?.sequence ?? 0;
    const invite = new AcceptedInvite(
      clock,
      transactions.timers,
      () => transaction.respond(response),
      () => legs.end(leg, 'SIP;cause=200;text="ACK timeout"'),
    );
    const initial = tagOf(transaction.request.headers.get('To')) === undefined;
    leg.accepted(sequence, { invite, transactionId: initial ? id : randomUUID() });
  }

  #acknowledged(ack: SipRequest, flow: Flow, size: number): void {
    const leg = this.#options.legs.find(ack);
    const sequence = parseCSeq(ack.headers.get('CSeq'))?.sequence ?? -1;
    const accepted = leg?.acknowledged(sequence);
    // None waiting: a retransmission, or an ACK to nothing. It is never answered.
    if (!leg || !accepted) return;
    leg.dialog.accept(ack, flow);
    const source = fromPeer(flow, size, this.#options.clock.now());
    source[2] = '';
    leg.connection.push(source, accepted.transactionId, leg.id, serialize(ack));
  }

  #cancelled(cancel: ServerTransaction, invite: ServerTransaction, size: number): void {
    const pending = this.#byTransaction.get(invite);
    // RFC 3261 §9.2: "If the UAS has already sent a final response for the original request, … the CANCEL has no effect".
    if (!pending || invite.answered) return;
    this.#answerFor(pending, 487);
    const source = fromPeer(cancel.flow, size, this.#options.clock.now());
    pending.connection.push(source, pending.id, pending.leg?.id ?? '', serialize(cancel.request));
  }

  #answerFor(pending: Pending, status: number): void {
    this.#forget(pending);
    pending.transaction.reply(status, { toTag: pending.toTag });
  }

  #awaitAnswer(pending: Pending, delay: number): void {
    if (pending.transaction.request.method !== 'INVITE') return;
    pending.timer?.cancel();
    pending.timer = this.#options.clock.after(Math.max(delay, lifetime(this.#options.transactions.timers)), () =>
      this.#answerFor(pending, 408),
    );
  }

  #forget(pending: Pending): void {
    pending.timer?.cancel();
    this.#pending.delete(pending.id);
    this.#byTransaction.delete(pending.transaction);
    if (pending.leg && pending.transaction.request.method === 'INVITE') pending.leg.invited = false;
  }

  /** The id the dialog will have, told with the provisional responses already. */
  #futureId(request: SipRequest, { status }: SipResponse): string {
    if (status >= 200 || !DIALOG_MAKING.has(request.method)) return '';
    return dialogIdOf(request);
  }
}

/** RFC 4488 §4: a REFER that is accepted without a subscription makes no dialog. */
const makesDialog = ({ method }: SipRequest, { headers }: SipResponse): boolean =>
  DIALOG_MAKING.has(method) && !(method === 'REFER' && /^\s*false\b/i.test(headers.get('Refer-Sub') ?? ''));

/** The id of the dialog that `request` makes. */
export const dialogIdOf = ({ headers }: SipRequest): string =>
  `${headers.get('Call-ID')};from-tag=${tagOf(headers.get('From')) ?? ''}`;

export const isTerminated = ({ headers }: SipRequest): boolean =>
  /^\s*terminated\b/i.test(headers.get('Subscription-State') ?? '');

/**
 * Writes Session-Expires into a 2xx (RFC 4028 §9): the application's, else what the peer offered with a refresher, else
 * what keeps a running timer running.
 */
function agreeOnSession(leg: Leg, request: SipRequest, { headers }: SipResponse): void {
  if (request.method !== 'INVITE' && request.method !== 'UPDATE') return;
  const offered = parseSessionExpires(request.headers);
  const wanted = parseSessionExpires(headers);
  const agreed = wanted ?? (offered && (offered.refresher !== undefined || leg.timed) ? offered : undefined);
  if (!agreed) return;
  const peerSupports = lists(request.headers, 'Supported', 'timer');
  // RFC 4028 table 2: a UAC without the extension cannot refresh; otherwise what it asked for holds.
  const refresher = peerSupports ? (offered?.refresher ?? agreed.refresher ?? 'uac') : 'uas';
  headers.set('Session-Expires', formatSessionExpires({ interval: agreed.interval, refresher }));
  // "If the refresher parameter is set to "uac", the UAS MUST place a Require header field into the response with the value "timer"."
  if (refresher === 'uac' && !lists(headers, 'Require', 'timer')) headers.add('Require', 'timer');
}
