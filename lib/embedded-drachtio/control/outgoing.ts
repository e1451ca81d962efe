import { randomUUID } from 'node:crypto';
import type { Clock } from '../../util/clock.js';
import { Dialog } from '../dialog/index.js';
import {
  createResponse,
  parseUri,
  type SipRequest,
  type SipResponse,
  serialize,
  serializeOnce,
  tagOf,
  uriHost,
} from '../message/index.js';
import {
  cancelRequest,
  type ClientTransaction,
  type NextHop,
  randomToken,
  type TransactionLayer,
} from '../transaction/index.js';
import {
  advertised,
  DEFAULT_PORTS,
  type Endpoint,
  type Flow,
  type TransportLayer,
  type TransportName,
  transportOf,
} from '../transport/index.js';
import type { AppConnection } from './app-connection.js';
import { AppError, composeRequest, inDialogHeaders } from './app-message.js';
import type { FlowBindings } from './flow-bindings.js';
import { dialogIdOf, isTerminated } from './incoming.js';
import type { Leg } from './leg.js';
import type { Legs } from './legs.js';
import { fromNowhere, fromPeer, fromUs } from './meta.js';

/** Requests whose responses carry the id of the dialog they may make. */
const DIALOG_MAKING = new Set(['INVITE', 'SUBSCRIBE']);

/** Answers to a NOTIFY that end its subscription (RFC 6665 §4.2.2, RFC 5057 §5.1), the lack of one too. */
const ENDING_USAGE: ReadonlySet<number> = new Set([
  404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
]);

/** A request of an application without final response. */
interface Pending {
  id: string;
  connection: AppConnection;
  /** What the echo answers. */
  requestId: string;
  request: SipRequest;
  transaction: ClientTransaction;
  leg: Leg | undefined;
}

/** Octets of a body that is not worth its way back. */
const LARGE_BODY = 1024;

/**
 * A request as the application is told that it was sent. drachtio-server gives back all of it; of what somebody is told
 * of a room, which is most of what a room sends, nobody needs it.
 */
const echoed = (request: SipRequest): SipRequest =>
  request.method === 'NOTIFY' && request.body.length > LARGE_BODY ? { ...request, body: NOTHING } : request;

const NOTHING = Buffer.alloc(0);

export interface OutgoingOptions {
  transport: TransportLayer;
  transactions: TransactionLayer;
  legs: Legs;
  bindings: FlowBindings;
  clock: Clock;
}

/** From the applications to the network, and the responses back. */
export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /**
   * Sends an application's request: a CANCEL of `transactionId`, one in dialog `dialogId`, or one on its own, by way of
   * `proxy` if given.
   *
   * @throws AppError when it cannot be sent; everything later comes as a response.
   */
  request(
    connection: AppConnection,
    requestId: string,
    [transactionId = '', dialogId = '', proxy = '']: string[],
    app: SipRequest,
  ): void {
    if (app.method === 'CANCEL') this.#cancel(connection, requestId, transactionId, app);
    else if (app.method === 'ACK') this.#acknowledge(connection, requestId, dialogId, app);
    else {
      const leg = dialogId === '' ? this.#legOf(app) : this.#options.legs.get(dialogId);
      if (leg) this.#inDialog(connection, requestId, leg, app);
      else if (dialogId !== '') throw new AppError('Server error: unable to find dialog for dialog id provided');
      else this.#standalone(connection, requestId, app, proxy);
    }
  }

  /** The application is gone: calls it was making are cancelled. */
  lost(connection: AppConnection): void {
    for (const pending of this.#pending.values()) {
      if (pending.connection === connection) this.#options.transactions.cancel(pending.transaction);
    }
  }

  /**
   * Whether `request`, which has a To tag, is in a dialog that a request of ours still waits to make: same Call-ID, our
   * tag. Then calls `then` when that request is settled.
   */
  settling({ headers }: SipRequest, then: () => void): boolean {
    const id = `${headers.get('Call-ID')};from-tag=${tagOf(headers.get('To')) ?? ''}`;
    for (const { request, leg, transaction } of this.#pending.values()) {
      if (leg || !DIALOG_MAKING.has(request.method) || dialogIdOf(request) !== id) continue;
      transaction.on('response', ({ status }) => {
        if (status >= 200) then();
      });
      transaction.on('timeout', then).on('transportError', then);
      return true;
    }
    return false;
  }

  close(): void {
    this.#pending.clear();
  }

  #standalone(connection: AppConnection, requestId: string, app: SipRequest, proxy: string): void {
    const { transport, bindings } = this.#options;
    const uri = parseUri(proxy === '' ? app.uri : proxy);
    if (!uri) throw new AppError(`invalid request-uri: ${proxy === '' ? app.uri : proxy}`);
    const flow = proxy === '' ? bindings.find(app.uri) : undefined;
    const name = flow?.transport ?? transportOf(uri) ?? (uri.params.has('transport') ? undefined : transport.usable[0]);
    if (name === undefined || !transport.usable.includes(name))
      throw new AppError('requested protocol/transport not available');
    if (!flow && this.#isOurs(uriHost(uri), uri.port ?? DEFAULT_PORTS[name]))
      throw new AppError('can not send request to myself');
    const local = flow?.local ?? this.#localFor(name, uriHost(uri));
    this.#send(connection, requestId, composeRequest(app, local, name), flow ? { flow, uri } : { uri }, undefined);
  }

  #inDialog(connection: AppConnection, requestId: string, leg: Leg, app: SipRequest): void {
    const { dialog } = leg;
    const request = dialog.createRequest(app.method, { headers: inDialogHeaders(app, dialog.flow), body: app.body });
    if (app.method === 'INVITE') {
      // RFC 3261 §14.1: "a UAC MUST NOT initiate a new INVITE transaction within a dialog while another INVITE transaction is in progress".
      if (leg.inviting || leg.invited) throw new AppError('Server error: another INVITE is in progress');
      leg.inviting = true;
    }
    // Answered or not: whoever knows no such subscription says so, and no other NOTIFY may follow.
    if (app.method === 'NOTIFY' && !isTerminated(request)) this.#options.legs.limitUsage(leg, request);
    this.#send(connection, requestId, request, dialog.nextHop(), leg);
  }

  /** An app-supplied Call-ID and tag may name a live dialog; the request then belongs into it. */
  #legOf({ headers }: SipRequest): Leg | undefined {
    const callId = headers.get('Call-ID');
    if (callId === undefined) return undefined;
    for (const tag of [tagOf(headers.get('From')), tagOf(headers.get('To'))]) {
      const leg = tag === undefined ? undefined : this.#options.legs.get(`${callId};from-tag=${tag}`);
      if (leg) return leg;
    }
    return undefined;
  }

  #send(connection: AppConnection, requestId: string, request: SipRequest, next: NextHop, leg: Leg | undefined): void {
    const transaction = this.#options.transactions.request(request, next);
    const pending: Pending = { id: randomUUID(), connection, requestId, request, transaction, leg };
    this.#pending.set(pending.id, pending);
    transaction.on('sent', (sent, flow) => this.#echo(pending, sent, flow));
    transaction.on('response', (response, flow) => this.#answered(pending, response, flow));
    transaction.on('timeout', () => this.#failed(pending, 408));
    transaction.on('transportError', () => this.#failed(pending, 503));
  }

  #echo({ connection, requestId, id }: Pending, request: SipRequest, flow: Flow | undefined): void {
    const bytes = serializeOnce(echoed(request));
    const source = fromUs(flow, bytes.length, this.#options.clock.now(), 'local');
    connection.echo(requestId, [...source, id, 'Msg sent:', ''], bytes, id);
  }

  #answered(pending: Pending, response: SipResponse, flow: Flow): void {
    const { request, connection, id } = pending;
    const success = response.status >= 200 && response.status < 300;
    if (response.status === 100) return;
    if (!this.#pending.has(id)) {
      if (success && request.method === 'INVITE') this.#acceptedAgain(pending, response, flow);
      return;
    }
    if (response.status >= 200) this.#finished(pending, response.status);
    if (success) this.#succeeded(pending, response, flow);
    const bytes = serialize(response);
    connection.push(fromPeer(flow, bytes.length, this.#options.clock.now()), id, this.#dialogId(pending), bytes);
    // The application makes its dialog when it sees the 2xx; the peer's requests in it may be close behind.
    if (success && DIALOG_MAKING.has(request.method) && pending.leg) connection.hold(pending.leg.id);
  }

  #succeeded(pending: Pending, response: SipResponse, flow: Flow): void {
    const { legs } = this.#options;
    const { request, connection } = pending;
    if (!pending.leg && DIALOG_MAKING.has(request.method) && tagOf(response.headers.get('To')) !== undefined) {
      pending.leg = legs.create(Dialog.fromResponse(request, response, flow), connection);
      pending.leg.remember(request);
    }
    const { leg } = pending;
    if (!leg) return;
    leg.dialog.refresh(request, response, flow);
    if (request.method === 'INVITE') {
      leg.lastInvite = request;
      // One that was refused changed nothing (RFC 3261 §14.1), so it is not what a refresh repeats.
      leg.remember(request);
    }
    leg.heard(response);
    if (request.method === 'INVITE' || request.method === 'UPDATE') legs.negotiated(leg, response, 'uac');
    if (request.method === 'SUBSCRIBE') legs.limitUsage(leg, response);
  }

  /** A final response, or the lack of one, settles the request; BYE and the last NOTIFY end the dialog. */
  #finished({ id, request, leg }: Pending, status: number): void {
    this.#pending.delete(id);
    if (!leg) return;
    if (request.method === 'INVITE') leg.inviting = false;
    // A challenged BYE will be repeated with credentials; the dialog has to be there for it.
    if (status === 401 || status === 407) return;
    const lastNotify = request.method === 'NOTIFY' && isTerminated(request) && leg.dialog.method !== 'INVITE';
    if (request.method === 'BYE' || lastNotify) this.#options.legs.drop(leg);
    else if (request.method === 'NOTIFY' && ENDING_USAGE.has(status)) this.#options.legs.endUsage(leg);
  }

  /** A 2xx after the first: a retransmission is ACKed again, another fork is ACKed and ended (RFC 3261 §13.2.2.4). */
  #acceptedAgain({ leg, request }: Pending, response: SipResponse, flow: Flow): void {
    const { legs } = this.#options;
    if (leg && tagOf(response.headers.get('To')) === leg.dialog.remoteTag) {
      const ack = leg.dialog.ackFor(response);
      if (ack) legs.acknowledge(leg, ack);
      return;
    }
    const fork = Dialog.fromResponse(request, response, flow);
    void this.#endFork(fork, fork.createAck(request));
  }

  async #endFork(fork: Dialog, ack: SipRequest): Promise<void> {
    const { transactions } = this.#options;
    try {
      await transactions.acknowledge(ack, fork.nextHop());
      transactions.request(fork.createRequest('BYE'), fork.nextHop());
    } catch {
      // Unreachable: its own 64*T1 without an ACK ends that fork.
    }
  }

  /** The stack's own 408 or 503, in the shape of a response from the network. */
  #failed(pending: Pending, status: 408 | 503): void {
    if (!this.#pending.has(pending.id)) return;
    this.#finished(pending, status);
    const response = createResponse(pending.request, status, { toTag: randomToken() });
    const source = fromNowhere(pending.transaction.flow, this.#options.clock.now());
    pending.connection.push(source, pending.id, this.#dialogId(pending), serialize(response));
  }

  #acknowledge(connection: AppConnection, requestId: string, dialogId: string, app: SipRequest): void {
    const leg = this.#options.legs.get(dialogId);
    if (!leg?.lastInvite || leg.inviting) {
      throw new AppError('Server error: ACK for non-success final response is automatically generated by server');
    }
    const ack = leg.dialog.createAck(leg.lastInvite, {
      headers: inDialogHeaders(app, leg.dialog.flow),
      body: app.body,
    });
    leg.lastInvite = undefined;
    leg.remember(ack);
    void this.#sendAck(connection, requestId, leg, ack);
  }

  async #sendAck(connection: AppConnection, requestId: string, leg: Leg, ack: SipRequest): Promise<void> {
    try {
      const flow = await this.#options.transactions.acknowledge(ack, leg.dialog.nextHop());
      const bytes = serialize(ack);
      const source = fromUs(flow, bytes.length, this.#options.clock.now(), 'local');
      connection.echo(requestId, [...source, randomUUID(), 'Msg sent:', ''], bytes);
    } catch {
      connection.respond(requestId, ['NOK', 'Server error: ACK could not be sent']);
    }
  }

  #cancel(connection: AppConnection, requestId: string, transactionId: string, app: SipRequest): void {
    const pending = this.#pending.get(transactionId);
    const reason = app.headers.get('Reason');
    if (!pending || !this.#options.transactions.cancel(pending.transaction, { reason })) {
      throw new AppError(`Server error: unable to cancel unknown transaction id: ${transactionId}`);
    }
    // The CANCEL may have to wait for a provisional response; its echo does not, since none may come.
    const bytes = serialize(cancelRequest(pending.request, reason));
    const source = fromUs(pending.transaction.flow, bytes.length, this.#options.clock.now(), 'local');
    connection.echo(requestId, [...source, randomUUID(), 'Msg sent:', ''], bytes);
  }

  #dialogId({ leg, request }: Pending): string {
    if (leg) return leg.id;
    if (!DIALOG_MAKING.has(request.method)) return '';
    return dialogIdOf(request);
  }

  /** The address our messages name when they go to `host`; the wildcard is replaced by one the peer can reach. */
  #localFor(name: TransportName, host: string): Endpoint {
    const { addresses } = this.#options.transport;
    const local = (name === 'wss' ? undefined : addresses[name]) ?? { host: '127.0.0.1', port: 0 };
    return advertised(local, { host: host === 'localhost' ? '127.0.0.1' : host, port: 0 });
  }

  /** The real server refuses to call itself, and our dialog ids would be the same for both ends of such a call. */
  #isOurs(host: string, port: number): boolean {
    const addresses = Object.values<Endpoint>(this.#options.transport.addresses);
    const wanted = host === 'localhost' ? '127.0.0.1' : host;
    return addresses.some((local) => local.port === port && advertised(local, { host: wanted, port }).host === wanted);
  }
}
