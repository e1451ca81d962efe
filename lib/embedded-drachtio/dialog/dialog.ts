import {
  EMPTY,
  Headers,
  parseCSeq,
  parseNameAddr,
  parseUri,
  type SipRequest,
  type SipResponse,
  type SipUri,
  tagOf,
} from '../message/index.js';
import { ownText } from '../../util/own-text.js';
import type { Flow } from '../transport/index.js';
import type { NextHop } from '../transaction/index.js';
import { dialogRoute, routeSetOf } from './route-set.js';

/** Requests whose Contact moves the remote target: RFC 3261 §12.2, RFC 3311 §5.1, RFC 6665 §4.4.1, RFC 3515. */
const TARGET_REFRESH = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

export interface InDialogRequestOptions {
  /** Added behind those the dialog gives; they must not repeat them. */
  headers?: Iterable<readonly [string, string]>;
  body?: Buffer;
}

const TEXTS = ['callId', 'localAddress', 'remoteAddress', 'localTag', 'remoteTag', 'remoteTarget'] as const;

interface DialogState {
  role: 'uac' | 'uas';
  method: string;
  callId: string;
  /** From and To as our requests carry them, tags included. */
  localAddress: string;
  remoteAddress: string;
  localTag: string;
  remoteTag: string;
  localSequence: number;
  remoteSequence: number | undefined;
  remoteTarget: string;
  /** The route set in the order our requests carry it. */
  routes: string[];
  flow: Flow;
}

/**
 * RFC 3261 §12: what two user agents remember of each other. The same object serves whichever of them began; it knows
 * nothing of transactions, so the user sends what `createRequest` builds to `nextHop`.
 */
export class Dialog {
  readonly #state: DialogState;
  #ack: { sequence: number; request: SipRequest } | undefined;

  /** It outlives the messages that made it. */
  private constructor(state: DialogState) {
    for (const name of TEXTS) state[name] = ownText(state[name]);
    state.routes = state.routes.map(ownText);
    this.#state = state;
  }

  /** RFC 3261 §12.1.1, UAS: from the request and the response about to be sent, which has our To tag. */
  static fromRequest(request: SipRequest, response: SipResponse, flow: Flow): Dialog {
    const from = request.headers.get('From') ?? '';
    const to = response.headers.get('To') ?? '';
    return new Dialog({
      role: 'uas',
      method: request.method,
      callId: request.headers.get('Call-ID') ?? '',
      localAddress: to,
      remoteAddress: from,
      localTag: tagOf(to) ?? '',
      // "the remote tag component … MUST be set to the tag from the From field …. A UAS MUST be prepared to receive a
      // request without a tag in the From field, in which case the tag is considered to have a value of null."
      remoteTag: tagOf(from) ?? '',
      localSequence: 1,
      remoteSequence: parseCSeq(request.headers.get('CSeq'))?.sequence,
      remoteTarget: contactUri(request) ?? parseNameAddr(from)?.uri ?? '',
      routes: routeSetOf(request.headers),
      flow,
    });
  }

  /** RFC 3261 §12.1.2, UAC: from our request and the response that creates the dialog. */
  static fromResponse(request: SipRequest, response: SipResponse, flow: Flow): Dialog {
    const from = request.headers.get('From') ?? '';
    const to = response.headers.get('To') ?? '';
    return new Dialog({
      role: 'uac',
      method: request.method,
      callId: request.headers.get('Call-ID') ?? '',
      localAddress: from,
      remoteAddress: to,
      localTag: tagOf(from) ?? '',
      remoteTag: tagOf(to) ?? '',
      localSequence: parseCSeq(request.headers.get('CSeq'))?.sequence ?? 1,
      remoteSequence: undefined,
      remoteTarget: contactUri(response) ?? request.uri,
      routes: routeSetOf(response.headers).toReversed(),
      flow,
    });
  }

  /** `<Call-ID>;from-tag=<From tag of the request that created it>`, as drachtio names dialogs. */
  get id(): string {
    return `${this.callId};from-tag=${this.#state.role === 'uac' ? this.localTag : this.remoteTag}`;
  }

  get role(): 'uac' | 'uas' {
    return this.#state.role;
  }

  /** The method that created it: INVITE or SUBSCRIBE. */
  get method(): string {
    return this.#state.method;
  }

  get callId(): string {
    return this.#state.callId;
  }

  get localTag(): string {
    return this.#state.localTag;
  }

  get remoteTag(): string {
    return this.#state.remoteTag;
  }

  get remoteTarget(): string {
    return this.#state.remoteTarget;
  }

  get routes(): readonly string[] {
    return this.#state.routes;
  }

  get flow(): Flow {
    return this.#state.flow;
  }

  /** Whether `request` belongs here: Call-ID and both tags. */
  matches(request: SipRequest): boolean {
    const { headers } = request;
    return (
      headers.get('Call-ID') === this.callId &&
      (tagOf(headers.get('To')) ?? '') === this.localTag &&
      (tagOf(headers.get('From')) ?? '') === this.remoteTag
    );
  }

  /**
   * Takes a request that `matches`. RFC 3261 §12.2.2: "If the remote sequence number was not empty, but the sequence
   * number of the request is lower than the remote sequence number, the request is out of order and MUST be rejected
   * with a 500": returns false then. Otherwise remembers the number and, for a target refresh, Contact and flow.
   */
  accept(request: SipRequest, flow: Flow): boolean {
    const sequence = parseCSeq(request.headers.get('CSeq'))?.sequence;
    if (request.method !== 'ACK') {
      if (sequence === undefined || sequence < (this.#state.remoteSequence ?? 0)) return false;
      this.#state.remoteSequence = sequence;
    }
    if (TARGET_REFRESH.has(request.method)) {
      this.#moveTo(contactUri(request));
      this.#state.flow = flow;
    } else if (this.#state.flow.closed) this.#state.flow = flow;
    return true;
  }

  /** A 2xx to our target refresh request moves the target too (RFC 3261 §12.2.1.2). */
  refresh(request: SipRequest, response: SipResponse, flow: Flow): void {
    if (!TARGET_REFRESH.has(request.method) || response.status < 200 || response.status >= 300) return;
    this.#moveTo(contactUri(response));
    this.#state.flow = flow;
  }

  #moveTo(target: string | undefined): void {
    if (target !== undefined && target !== this.#state.remoteTarget) this.#state.remoteTarget = ownText(target);
  }

  /** Builds the next request of the dialog (RFC 3261 §12.2.1.1); `sequence` only to repeat or skip numbers. */
  createRequest(method: string, options: InDialogRequestOptions = {}, sequence?: number): SipRequest {
    const number = sequence ?? this.#state.localSequence + 1;
    this.#state.localSequence = Math.max(this.#state.localSequence, number);
    return this.#compose(method, number, options);
  }

  /**
   * Builds the ACK to the 2xx of `invite`, with its CSeq number (RFC 3261 §13.2.2.4), and remembers it, since "the ACK
   * MUST be passed to the client transport every time a retransmission of the 2xx final response … arrives".
   */
  createAck(invite: SipRequest, options: InDialogRequestOptions = {}): SipRequest {
    const sequence = parseCSeq(invite.headers.get('CSeq'))?.sequence ?? this.#state.localSequence;
    const request = this.#compose('ACK', sequence, options);
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      // "If the INVITE request contained Authorization or Proxy-Authorization …, the ACK MUST contain the same credentials".
      for (const value of request.headers.has(name) ? [] : invite.headers.getAll(name))
        request.headers.add(name, value);
    }
    this.#ack = { sequence, request };
    return request;
  }

  /** The ACK already sent for the INVITE that `response` answers. */
  ackFor(response: SipResponse): SipRequest | undefined {
    const sequence = parseCSeq(response.headers.get('CSeq'))?.sequence;
    return this.#ack !== undefined && this.#ack.sequence === sequence ? this.#ack.request : undefined;
  }

  /**
   * Where requests go: the topmost Route or the remote target. A connection that is still open is reused, as the peer may
   * accept none, and so is the source address of a UDP peer without proxies (it may sit behind a NAT).
   */
  nextHop(): NextHop {
    const { flow, routes, remoteTarget } = this.#state;
    const first = routes[0] === undefined ? undefined : parseNameAddr(routes[0])?.uri;
    const uri = parseUri(first ?? remoteTarget) ?? unreachable(flow);
    return flow.transport === 'udp' && first !== undefined ? { uri } : { flow, uri };
  }

  #compose(
    method: string,
    sequence: number,
    { headers: extra = [], body = EMPTY }: InDialogRequestOptions,
  ): SipRequest {
    const { uri, route } = dialogRoute(this.#state.remoteTarget, this.#state.routes);
    const headers = new Headers([['Max-Forwards', '70']]);
    for (const value of route) headers.add('Route', value);
    headers.add('From', this.#state.localAddress);
    headers.add('To', this.#state.remoteAddress);
    headers.add('Call-ID', this.callId);
    headers.add('CSeq', `${sequence} ${method}`);
    for (const [name, value] of extra) headers.add(name, value);
    return { kind: 'request', method, uri, headers, body };
  }
}

function contactUri({ headers }: SipRequest | SipResponse): string | undefined {
  const contact = headers.list('Contact')[0];
  const uri = contact === undefined ? undefined : parseNameAddr(contact)?.uri;
  // A Contact that is no SIP URI could not be sent to; the old target stays.
  return uri !== undefined && parseUri(uri) ? uri : undefined;
}

/** For a peer whose Contact is no SIP URI: its source address. */
const unreachable = ({ remote, transport }: Flow): SipUri => ({
  scheme: 'sip',
  user: undefined,
  host: remote.host.includes(':') ? `[${remote.host}]` : remote.host,
  port: remote.port,
  params: new Map([['transport', transport]]),
  headers: undefined,
});
