import { randomBytes } from 'node:crypto';
import { Emitter } from '../../util/events.js';
import { sourceOf } from '../../util/source.js';
import {
  bracketed,
  branchOf,
  createResponse,
  formatVia,
  MAGIC_COOKIE,
  parseCSeq,
  type SipRequest,
  type SipResponse,
  type SipUri,
  serialize,
  serializeOnce,
  topVia,
  withTag,
} from '../message/index.js';
import type { Flow, TransportLayer } from '../transport/index.js';
import type { ClientTransaction } from './client-transaction.js';
import type { Environment } from './environment.js';
import { cancelRequest, InviteClientTransaction } from './invite-client.js';
import { InviteServerTransaction } from './invite-server.js';
import { mergeKey, serverKey } from './keys.js';
import { NonInviteClientTransaction } from './non-invite-client.js';
import { NonInviteServerTransaction } from './non-invite-server.js';
import type { ServerTransaction } from './server-transaction.js';
import { DEFAULT_TIMERS, type SipTimers } from './timers.js';

interface TransactionEvents {
  /** A new request, neither ACK nor CANCEL. An INVITE has been answered 100 already. */
  request: [transaction: ServerTransaction, size: number];
  /** An ACK to a 2xx. `invite` is its transaction while that exists and the ACK shares its branch, which is rare. */
  ack: [request: SipRequest, flow: Flow, size: number];
  /**
   * A CANCEL for a known INVITE, already answered 200. If `invite` has no final response yet, the user answers it 487
   * (RFC 3261 §9.2).
   */
  cancel: [cancel: ServerTransaction, invite: ServerTransaction, size: number];
  /** A 2xx to an INVITE whose transaction is gone: a late fork or a very late retransmission. */
  strayAccept: [response: SipResponse, flow: Flow];
}

/** Where a request goes: over `flow` while it is open, else to `uri` (the topmost Route or the Request-URI). */
export interface NextHop {
  flow?: Flow;
  uri: SipUri;
}

export interface TransactionLimits {
  /** Server transactions at once; further requests are answered 503. @defaultValue 100000 */
  maxTransactions: number;
}

/** They last 32 s at 3,000 requests a second. */
const DEFAULT_LIMITS: TransactionLimits = { maxTransactions: 100_000 };
/** Seconds after which who was refused may try again (RFC 3261 §21.5.4): by then many of those there were have ended. */
const RETRY_AFTER = '5';

/** Random token for branches and tags, 96 bits. */
export function randomToken(): string {
  if (drawn === RANDOM_POOL) {
    pool = randomBytes(RANDOM_POOL);
    drawn = 0;
  }
  drawn += TOKEN_OCTETS;
  return pool.toString('hex', drawn - TOKEN_OCTETS, drawn);
}

export interface CancelOptions {
  /** Value of its Reason header (RFC 3326). @defaultValue none */
  reason?: string | undefined;
  /** Called with the CANCEL's own transaction when it leaves. */
  sent?: (cancel: ClientTransaction) => void;
}

const TOKEN_OCTETS = 12;
/** Octets drawn at a time: each call to the system takes as long as many of them. */
const RANDOM_POOL = TOKEN_OCTETS * 256;
let pool: Buffer = Buffer.alloc(0);
let drawn = RANDOM_POOL;

/** RFC 3261 §17: matches messages to transactions and creates them. */
export class TransactionLayer extends Emitter<TransactionEvents> {
  readonly #transport: TransportLayer;
  readonly #timers: SipTimers;
  readonly #limit: number;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #merges = new Map<string, ServerTransaction>();
  readonly #clients = new Map<string, ClientTransaction>();
  /** INVITEs to cancel once a provisional response is there. */
  readonly #cancelling = new Map<ClientTransaction, CancelOptions>();

  constructor(
    transport: TransportLayer,
    timers: Partial<SipTimers> = {},
    { maxTransactions = DEFAULT_LIMITS.maxTransactions }: Partial<TransactionLimits> = {},
  ) {
    super();
    this.#limit = maxTransactions;
    this.#transport = transport;
    this.#timers = { ...DEFAULT_TIMERS, ...timers };
    transport.on('request', (request, flow, size) => this.#received(request, flow, size));
    transport.on('response', (response, flow) => this.#answered(response, flow));
    transport.on('closed', (flow) => {
      const lost = [...this.#clients.values()].filter((client) => client.flow === flow);
      for (const client of lost) client.fail(new Error('connection lost'));
    });
  }

  get timers(): SipTimers {
    return this.#timers;
  }

  /** Transactions not yet terminated; a leak shows here. */
  get size(): number {
    return this.#servers.size + this.#clients.size;
  }

  /**
   * Sends a request (not ACK, not CANCEL) in a new client transaction. The Via is added here; everything else, Route
   * included, is the caller's. Listeners attached before the next turn of the event loop miss nothing.
   */
  request(request: SipRequest, next: NextHop): ClientTransaction {
    const branch = MAGIC_COOKIE + randomToken();
    const transaction = this.#createClient(request, branch, () => this.cancel(transaction));
    void this.#start(transaction, request, next);
    return transaction;
  }

  async #start(transaction: ClientTransaction, request: SipRequest, next: NextHop): Promise<void> {
    try {
      const flow = await this.#select(request, next);
      if (transaction.finished) return;
      addVia(request, flow, transaction.branch);
      transaction.start(flow);
    } catch (error) {
      if (transaction.finished) return;
      // The echo of the failed request and the 503 made for it need some Via.
      if (!topVia(request.headers))
        request.headers.prepend('Via', `SIP/2.0/UDP unknown.invalid;branch=${transaction.branch}`);
      transaction.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /**
   * Cancels an INVITE without final response. RFC 3261 §9.1: "If no provisional response has been received, the CANCEL
   * request MUST NOT be sent; rather, the client MUST wait for the arrival of a provisional response".
   *
   * @returns false if there is nothing to cancel any more.
   */
  cancel(invite: ClientTransaction, options: CancelOptions = {}): boolean {
    if (invite.finished || !(invite instanceof InviteClientTransaction)) return false;
    if (invite.state === 'proceeding') this.#sendCancel(invite, options);
    else this.#cancelling.set(invite, options);
    return true;
  }

  /** Sends the ACK to a 2xx, which is outside all transactions (RFC 3261 §13.2.2.4). Adds the Via when there is none. */
  async acknowledge(ack: SipRequest, next: NextHop): Promise<Flow> {
    const flow = await this.#select(ack, next);
    if (!topVia(ack.headers)) addVia(ack, flow, MAGIC_COOKIE + randomToken());
    flow.send(serialize(ack), (error) => this.#transport.context.log.debug({ error }, 'ACK not sent'));
    return flow;
  }

  /** Ends every transaction without a message. */
  close(): void {
    for (const transaction of [...this.#servers.values(), ...this.#clients.values()]) transaction.terminate();
    this.#cancelling.clear();
  }

  async #select(request: SipRequest, { flow, uri }: NextHop): Promise<Flow> {
    const usable = flow !== undefined && !flow.closed;
    // Only a datagram asks for the size; a connection takes any.
    const size = usable && flow.reliable ? 0 : serialize(request).length + VIA_SIZE;
    return usable ? this.#transport.flowFor(flow, size) : this.#transport.flowTo(uri, size);
  }

  #createClient(request: SipRequest, branch: string, ringingTooLong: () => void): ClientTransaction {
    const key = `${branch}|${request.method}`;
    const environment: Environment = {
      clock: this.#transport.context.clock,
      timers: this.#timers,
      terminated: () => {
        this.#clients.delete(key);
        this.#cancelling.delete(transaction);
      },
    };
    const transmit = (message: SipRequest, failed: (error: Error) => void): void => {
      transaction.flow?.send(serializeOnce(message), failed);
    };
    const transaction =
      request.method === 'INVITE'
        ? new InviteClientTransaction(request, branch, transmit, environment, ringingTooLong)
        : new NonInviteClientTransaction(request, branch, transmit, environment);
    this.#clients.set(key, transaction);
    return transaction;
  }

  #sendCancel(invite: InviteClientTransaction, { reason, sent }: CancelOptions): void {
    const { flow } = invite;
    if (!flow) return;
    invite.awaitCancelled();
    // The CANCEL shares the INVITE's branch, and goes where it went, so that the next hop can match them.
    const cancel = this.#createClient(cancelRequest(invite.request, reason), invite.branch, () => {});
    sent?.(cancel);
    cancel.start(flow);
  }

  #answered(response: SipResponse, flow: Flow): void {
    const via = topVia(response.headers);
    const branch = via && branchOf(via);
    const method = parseCSeq(response.headers.get('CSeq'))?.method;
    const client = this.#clients.get(`${branch}|${method}`);
    if (!client) {
      if (method === 'INVITE' && response.status >= 200 && response.status < 300)
        this.emit('strayAccept', response, flow);
      return;
    }
    client.received(response, flow);
    const cancelling = this.#cancelling.get(client);
    if (cancelling && client.state === 'proceeding' && client instanceof InviteClientTransaction) {
      this.#cancelling.delete(client);
      this.#sendCancel(client, cancelling);
    } else if (client.finished) this.#cancelling.delete(client);
  }

  #received(request: SipRequest, flow: Flow, size: number): void {
    const key = serverKey(request);
    const existing = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (!(existing instanceof InviteServerTransaction && existing.acknowledged()))
        this.emit('ack', request, flow, size);
      return;
    }
    if (existing) {
      existing.retransmitted();
      return;
    }
    const merge = mergeKey(request);
    if (merge !== undefined && this.#merges.has(merge)) {
      this.#stateless(request, 482, flow);
      return;
    }
    if (this.#servers.size >= this.#limit) {
      const source = sourceOf(flow.remote.host);
      this.#transport.context.limited({ limit: 'maxSipTransactions', source, status: 503 });
      this.#stateless(request, 503, flow);
      return;
    }
    const transaction = this.#createServer(request, flow, key, merge);
    if (request.method === 'CANCEL') this.#cancelReceived(transaction, size);
    else {
      // RFC 3261 §17.2.1: a 100 is due unless the user answers within 200 ms; at once spares a timer a call.
      if (request.method === 'INVITE') transaction.reply(100);
      this.emit('request', transaction, size);
    }
  }

  #cancelReceived(cancel: ServerTransaction, size: number): void {
    const invite = this.#servers.get(serverKey(cancel.request, 'INVITE'));
    // RFC 3261 §9.2: no matching transaction: 481; otherwise 200, whatever becomes of the INVITE.
    if (!(invite instanceof InviteServerTransaction)) {
      cancel.reply(481, { toTag: randomToken() });
      return;
    }
    cancel.reply(200, { toTag: randomToken() });
    this.emit('cancel', cancel, invite, size);
    if (!invite.answered) invite.cancelled(cancel.request);
  }

  #createServer(request: SipRequest, flow: Flow, key: string, merge: string | undefined): ServerTransaction {
    const environment: Environment = {
      clock: this.#transport.context.clock,
      timers: this.#timers,
      terminated: () => {
        this.#servers.delete(key);
        if (merge !== undefined) this.#merges.delete(merge);
      },
    };
    const transmit = (response: SipResponse, failed: (error: Error) => void): void =>
      this.#transport.respond(response, flow, failed);
    const transaction =
      request.method === 'INVITE'
        ? new InviteServerTransaction(request, flow, transmit, environment)
        : new NonInviteServerTransaction(request, flow, transmit, environment);
    this.#servers.set(key, transaction);
    if (merge !== undefined) this.#merges.set(merge, transaction);
    return transaction;
  }

  #stateless(request: SipRequest, status: number, flow: Flow): void {
    const response = createResponse(request, status);
    if (status === 503) response.headers.set('Retry-After', RETRY_AFTER);
    const to = response.headers.get('To');
    // RFC 3261 §8.2.7: a stateless UAS MUST use the same tag for every retransmission; the branch gives one.
    const branch = topVia(request.headers)?.params.get('branch') ?? '';
    if (to !== undefined)
      response.headers.set('To', withTag(to, Buffer.from(branch).toString('hex').slice(-24) || 'stateless'));
    this.#transport.respond(response, flow);
  }
}

/** What the Via adds to the size of a request, roughly. */
const VIA_SIZE = 100;

/** RFC 3261 §8.1.1.7, §18.1.1; RFC 3581: `rport` asks the peer to answer to the port it saw. */
function addVia(request: SipRequest, flow: Flow, branch: string): void {
  const params = new Map<string, string | undefined>([['branch', branch]]);
  if (flow.transport === 'udp') params.set('rport', undefined);
  const { host, port } = flow.local;
  request.headers.prepend(
    'Via',
    formatVia({ transport: flow.transport.toUpperCase(), host: bracketed(host), port, params }),
  );
}
