import type { Clock, Timer } from '../../util/clock.js';
import type { Logger } from '../../util/log.js';
import { type Dialog, DialogTable, formatSessionExpires, parseSessionExpires, SessionTimer } from '../dialog/index.js';
import { EMPTY, type SipRequest, type SipResponse, serialize } from '../message/index.js';
import { lifetime, type TransactionLayer } from '../transaction/index.js';
import type { AppConnection } from './app-connection.js';
import { Leg } from './leg.js';
import { fromUs } from './meta.js';

/**
 * Milliseconds an application that lost its control connection has to come back and end its dialogs itself, before the
 * stack sends the BYEs. Meanwhile the peers' requests get 481, as from the real server.
 */
const ORPHAN_GRACE = 30_000;
/** Seconds a subscription lasts whose messages do not say: RFC 6665 leaves it to the package, RFC 4575 says an hour. */
const DEFAULT_SUBSCRIPTION = 3_600;

/** TMR-06; drachtio-server writes cause=200 here. */
const EXPIRED = 'SIP;cause=408;text="Session timer expired"';

/** All dialogs of the endpoint, and the messages the stack sends in them by itself. */
export class Legs {
  readonly #table = new DialogTable<Leg>();
  readonly #orphans = new Set<Timer>();

  constructor(
    private readonly transactions: TransactionLayer,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  get size(): number {
    return this.#table.size;
  }

  get(id: string): Leg | undefined {
    return this.#table.get(id);
  }

  find(request: SipRequest): Leg | undefined {
    return this.#table.find(request);
  }

  create(dialog: Dialog, connection: AppConnection): Leg {
    const leg = new Leg(dialog, connection, this.#timerOf, this.clock);
    this.#table.add(leg);
    return leg;
  }

  drop(leg: Leg): void {
    leg.stop();
    this.#table.delete(leg);
  }

  readonly #timerOf = (leg: Leg): SessionTimer =>
    new SessionTimer(
      this.clock,
      () => this.#refresh(leg),
      () => this.end(leg, EXPIRED),
    );

  /** Ends a dialog from our side: BYE to the peer, and the BYE pushed to the application as unsolicited. */
  end(leg: Leg, reason: string): void {
    this.drop(leg);
    if (leg.dialog.method !== 'INVITE') return;
    const bye = leg.dialog.createRequest('BYE', { headers: [['Reason', reason]] });
    this.transactions.request(bye, leg.dialog.nextHop()).on('sent', (request, flow) => {
      const bytes = serialize(request);
      leg.connection.push(fromUs(flow, bytes.length, this.clock.now(), 'local'), 'unsolicited', leg.id, bytes);
    });
  }

  /** A SUBSCRIBE or NOTIFY says how long the subscription that made this dialog goes on; `message` has our or its answer. */
  limitUsage(leg: Leg, { headers }: SipRequest | SipResponse): void {
    if (leg.dialog.method === 'INVITE') return;
    const state = /;\s*expires\s*=\s*(\d{1,9})/i.exec(headers.get('Subscription-State') ?? '')?.[1];
    const seconds = Number(state ?? /^\d{1,9}$/.exec(headers.get('Expires') ?? '')?.[0] ?? DEFAULT_SUBSCRIPTION);
    // A little longer than agreed, for the final NOTIFY and its answer.
    leg.limitUsage(seconds + lifetime(this.transactions.timers) / 1_000, () => this.drop(leg));
  }

  /**
   * No message is known to say that a subscription which made this dialog goes on: REFER was answered, or a NOTIFY refused.
   * Another one, sent or taken, may follow in a little while.
   */
  endUsage(leg: Leg): void {
    if (leg.dialog.method === 'INVITE') return;
    leg.limitUsage(lifetime(this.transactions.timers) / 1_000, () => this.drop(leg));
  }

  /** Starts or stops the session timer after a 2xx to a session refresh request (RFC 4028 §7.2, §9). */
  negotiated(leg: Leg, response: SipResponse, weAre: 'uac' | 'uas'): void {
    const agreed = parseSessionExpires(response.headers);
    if (!agreed) {
      leg.stopTimer();
      return;
    }
    leg.sessionInterval = agreed.interval;
    leg.timer.start(agreed.interval, (agreed.refresher ?? 'uac') === weAre);
  }

  /** The application's control connection is gone. */
  orphan(connection: AppConnection): void {
    const legs = [...this.#table].filter((leg) => leg.connection === connection);
    if (legs.length === 0) return;
    const timer = this.clock.after(ORPHAN_GRACE, () => {
      this.#orphans.delete(timer);
      for (const leg of legs) {
        if (this.#table.get(leg.id) === leg) this.end(leg, 'SIP;cause=503;text="Application lost"');
      }
    });
    this.#orphans.add(timer);
  }

  /** Forgets everything without a message. */
  close(): void {
    for (const timer of this.#orphans) timer.cancel();
    for (const leg of this.#table) this.drop(leg);
  }

  /**
   * We are the refresher: an UPDATE without body for who takes it, else a re-INVITE that changes nothing (TMR-05, RFC 4028
   * §7.4: "the UAC … MAY include an offer"). The application learns nothing of it.
   */
  #refresh(leg: Leg): void {
    if (leg.inviting || leg.invited) return;
    const { contact, contentType, body } = leg.session;
    const method = leg.peerTakesUpdate ? 'UPDATE' : 'INVITE';
    const headers: [string, string][] = [
      ['Supported', 'timer'],
      ['Session-Expires', formatSessionExpires({ interval: leg.sessionInterval, refresher: 'uac' })],
    ];
    if (contact !== undefined) headers.push(['Contact', contact]);
    const offers = method === 'INVITE' && contentType !== undefined;
    if (offers) headers.push(['Content-Type', contentType]);
    const request = leg.dialog.createRequest(method, { headers, body: offers ? Buffer.from(body, 'latin1') : EMPTY });
    leg.inviting = method === 'INVITE';
    const transaction = this.transactions.request(request, leg.dialog.nextHop());
    transaction.on('response', (response, flow) => {
      if (response.status < 200) return;
      if (method === 'INVITE') leg.inviting = false;
      if (response.status < 300) {
        leg.dialog.refresh(request, response, flow);
        if (method === 'INVITE') this.acknowledge(leg, leg.dialog.ackFor(response) ?? leg.dialog.createAck(request));
        this.negotiated(leg, response, 'uac');
      } else if (response.status === 408 || response.status === 481) this.#refreshFailed(leg);
      else if (method === 'UPDATE' && (response.status === 405 || response.status === 501)) {
        // It said that it takes UPDATE, and does not.
        leg.peerTakesUpdate = false;
        this.#refresh(leg);
      }
      // Others, a 491 say, leave the session running until it expires.
    });
    transaction.on('timeout', () => this.#refreshFailed(leg));
    transaction.on('transportError', () => this.#refreshFailed(leg));
  }

  /** RFC 4028 §10: "if the refresher never gets a response … or if the response is a 481 or 408, it SHOULD send BYE". */
  #refreshFailed(leg: Leg): void {
    leg.inviting = false;
    if (this.#table.get(leg.id) === leg) this.end(leg, EXPIRED);
  }

  /** Sends an ACK, or sends it again. */
  acknowledge(leg: Leg, ack: SipRequest): void {
    this.transactions
      .acknowledge(ack, leg.dialog.nextHop())
      .catch((error: unknown) => this.log.debug({ error }, 'ACK not sent'));
  }
}
