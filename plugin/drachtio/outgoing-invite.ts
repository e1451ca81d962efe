import { tagOf } from '../../lib/embedded-drachtio/message/index.js';
import { cleanHeaders, header } from '../sip/header-values.js';
import { asError } from './drachtio-error.js';
import { KeptInvite, SessionDialog } from './session-dialog.js';
import type {
  ControlSocket,
  SentRequest,
  SipHeaders,
  SipRequest,
  SipResponse,
  SrfAgent,
  SrfDialog,
  SrfLike,
} from './srf-types.js';

/** By which control connection a request of ours leaves. */
export interface Way {
  readonly srf: SrfLike;
  readonly agent: SrfAgent;
  readonly socket: ControlSocket;
}

export interface InviteMessage {
  /** Request-URI. */
  uri: string;
  /** Next hop, whatever the Request-URI says. */
  proxy: string | undefined;
  headers: SipHeaders;
  body: string;
}

/** What an INVITE came to. */
export type CallResult =
  /** 2xx: it has its ACK, and the peer's requests are given to the dialog from now on. */
  | { is: 'accepted'; dialog: SrfDialog; request: SentRequest; response: SipResponse }
  /** Another final response, perhaps a 408 or 503 of the stack itself. */
  | { is: 'refused'; request: SentRequest; response: SipResponse }
  /** It could not be sent, or nobody can say what became of it. */
  | { is: 'failed'; error: Error };

export interface CallEvents {
  /** A provisional response other than 100. */
  progress(status: number): void;
  /** Once. */
  final(result: CallResult): void;
}

/** Reason of a BYE to somebody whose 2xx came when nobody waited for it any more. */
const TOO_LATE: SipHeaders = { Reason: 'SIP;cause=487;text="Request Terminated"' };

/**
 * One INVITE of ours outside of a dialog:
 *
 *     sending --echo--> proceeding --2xx--> ACK, dialog --> over
 *                            |-----3xx-6xx, connection lost--> over
 *                            '--cancel--> CANCEL; then as before
 *
 * A 2xx after that, to an INVITE that was given up, gets its ACK and a BYE (INV-14).
 */
export class OutgoingInvite {
  readonly #way: Way | undefined;
  readonly #message: InviteMessage;
  readonly #events: CallEvents;
  #request: SentRequest | undefined;
  /** Headers of a CANCEL that has to wait for the echo, which names the transaction. */
  #cancelling: SipHeaders | undefined;
  #over = false;

  constructor(way: Way | undefined, message: InviteMessage, events: CallEvents) {
    this.#way = way;
    this.#message = message;
    this.#events = events;
  }

  get socket(): ControlSocket | undefined {
    return this.#way?.socket;
  }

  send(): void {
    const way = this.#way;
    if (!way) return queueMicrotask(() => this.#failed(new Error('there is no drachtio control connection')));
    const { uri, proxy, headers, body } = this.#message;
    const options = {
      method: 'INVITE',
      uri,
      ...(proxy !== undefined && { proxy }),
      headers: cleanHeaders(headers),
      body,
      _socket: way.socket,
    };
    try {
      way.agent.request(options, (error, request) => {
        // A socket that is gone is noticed at once.
        if (!request) return queueMicrotask(() => this.#failed(asError(error)));
        this.#sent(way, request);
      });
    } catch (error) {
      queueMicrotask(() => this.#failed(asError(error)));
    }
  }

  /** CANCEL, as soon as there may be one; the final response, whatever it is, is told all the same. */
  cancel(headers: SipHeaders): void {
    if (this.#over) return;
    this.#cancelling = headers;
    if (this.#request) this.#cancel(this.#request, headers);
  }

  /** Nobody waits for the final response any more. */
  abandon(): void {
    this.#failed(new Error('no final response'));
  }

  /** The control connection is gone: no response will come. */
  lost(): void {
    this.#failed(new Error('the drachtio control connection was lost'));
  }

  #sent(way: Way, request: SentRequest): void {
    this.#request = request;
    request.on('response', (response, ack) => this.#answered(way, request, response, ack));
    // RFC 3311 §5.2: "If the UPDATE contains an offer … and the UAS has generated an offer … to which it has not received
    // an answer, the UAS MUST reject the UPDATE with a 491". Without a dialog of ours the others have no sense either.
    request.on('update', (_req, res) => res.send(491, undefined, {}, () => {}));
    if (this.#cancelling) this.#cancel(request, this.#cancelling);
  }

  #cancel(request: SentRequest, headers: SipHeaders): void {
    const way = this.#way;
    if (!way || way.socket.destroyed) return;
    const { stackTxnId } = request;
    const options = { method: 'CANCEL', uri: this.#message.uri, stackTxnId, headers: cleanHeaders(headers) };
    // The final response was on its way: nothing is left to cancel.
    way.agent.request({ ...options, _socket: way.socket }, () => {});
  }

  #answered(way: Way, request: SentRequest, response: SipResponse, ack: () => void): void {
    const { status } = response;
    if (status < 200) {
      if (!this.#over && status > 100) this.#events.progress(status);
      return;
    }
    // RFC 3261 §13.2.2.4: "The UAC core MUST generate an ACK request for each 2xx received from the transaction layer."
    if (status < 300) {
      ack();
      return this.#accepted(way, request, response);
    }
    this.#finish({ is: 'refused', request, response });
  }

  #accepted(way: Way, request: SentRequest, response: SipResponse): void {
    const id = response.stackDialogId ?? '';
    // INV-14, and INV-15: of several 2xx the first is kept.
    if (this.#over) {
      const bye = { method: 'BYE', stackDialogId: id, headers: TOO_LATE, _socket: way.socket };
      return way.agent.request(bye, () => {});
    }
    const invite = new KeptInvite(way.srf, way.agent, way.socket, request);
    // DRA-G3: `@localhost` has become an address in it.
    const local = { sdp: this.#message.body, contact: header(request, 'Contact', 'm') ?? '' };
    const tags = {
      callId: header(request, 'Call-ID', 'i') ?? '',
      localTag: tagOf(header(request, 'From', 'f')) ?? '',
      remoteTag: tagOf(header(response, 'To', 't')) ?? '',
    };
    const dialog = new SessionDialog(id, invite, local, tags);
    // What the peer sends in it may be in the same read of the control connection (DRA-G8).
    dialog.open();
    this.#finish({ is: 'accepted', dialog, request, response });
  }

  #failed(error: Error): void {
    this.#finish({ is: 'failed', error });
  }

  #finish(result: CallResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.final(result);
  }
}

/** The request after `request` in the same attempt to call (RFC 3261 §8.1.3.5): same Call-ID and From, next CSeq. */
export function repeated(request: Pick<SipRequest, 'get'>): SipHeaders {
  const sequence = Number(/^\s*(\d+)/.exec(request.get('CSeq') ?? '')?.[1] ?? 0);
  return {
    From: header(request, 'From', 'f') ?? '',
    'Call-ID': header(request, 'Call-ID', 'i') ?? '',
    CSeq: `${sequence + 1} INVITE`,
  };
}
