import { parseNameAddrs, tagOf } from '../../lib/embedded-drachtio/message/index.js';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { type Logger, silent } from '../../lib/util/log.js';
import { ownText } from '../../lib/util/own-text.js';
import { ControlConnections } from './control-connections.js';
import { asError } from './drachtio-error.js';
import { LIMITS } from './frame-budget.js';
import { cleanHeaders, header, transportOf } from '../sip/header-values.js';
import { Pending } from '../pending.js';
import { type CallEvents, type InviteMessage, OutgoingInvite, type Way } from './outgoing-invite.js';
import type { RoomUri } from '../sip/room-uri.js';
import { KeptInvite, SessionDialog } from './session-dialog.js';
import type {
  ControlSocket,
  DialogRequest,
  SipHeaders,
  SipRequest,
  SipResponse,
  SrfAgent,
  SrfDialog,
  SrfLike,
  SentMessage,
} from './srf-types.js';

/** A dialog to send requests in, ours by INVITE or by SUBSCRIBE. */
export interface Leg {
  readonly id: string;
  readonly agent: SrfAgent;
  /** The control connection the dialog belongs to, at the moment. */
  readonly socket: ControlSocket;
  /** Takes the UPDATEs of the peer; there are none in a dialog that a SUBSCRIBE made. */
  readonly update?: (req: SipRequest, res: SipResponse) => void;
}

/** The dialog that a request made. */
class RequestLeg implements Leg {
  constructor(
    readonly id: string,
    private readonly req: Pick<SipRequest, 'agent' | 'socket'>,
    readonly update: Leg['update'],
  ) {}

  get agent(): SrfAgent {
    return this.req.agent;
  }

  get socket(): ControlSocket {
    return this.req.socket;
  }
}

/** The dialog that `req` made. */
export const legOf = (id: string, req: Pick<SipRequest, 'agent' | 'socket'>, update?: Leg['update']): Leg =>
  new RequestLeg(id, req, update);

export interface Reply {
  reason?: string;
  /** Several values of one name get a line each. */
  headers?: Readonly<Record<string, string | readonly string[]>>;
  body?: string;
  /** Why it is refused, for those who look after the server. @defaultValue the status says it */
  error?: Pick<ChatroomsError, 'message'> & Partial<Pick<ChatroomsError, 'code' | 'cause'>>;
}

/** Requests that `reply` answers. */
export type Answerable = Pick<SipRequest, 'method' | 'get'> & Partial<Pick<SipRequest, 'uri' | 'source_address'>>;

/** Told of the answers to requests. */
export interface AnswerWatcher {
  /** Its final response is handed over. @param reply what else is said in it, and why to those who look after the server */
  answered(req: Answerable, status: number, reply?: Reply): void;
}

export interface SrfAdapterOptions {
  clock?: Clock;
  log?: Logger;
  /** @defaultValue nobody */
  answers?: AnswerWatcher;
  /** These control connections were lost and another one came: to the server their dialogs are dead (DRA-G2). */
  reconnected: (lost: ReadonlySet<ControlSocket>) => void;
}

/** The final response to a request, or that it could not be sent; `lost`: its control connection is gone. */
export type Outcome = { status: number; response?: SipResponse } | { error: Error } | { lost: true };

/** Octets kept free for start line and headers when a body is measured against the largest frame. */
const HEAD_ROOM = 1_500;

/** Octets that wait for the server to read; with more, news wait too. */
const MUCH = 262_144;

/** Milliseconds a re-INVITE may take: longer than it is sent again (RFC 3261 §17.1.1.2, timer B). */
const REINVITE_TIMEOUT = 40_000;

/**
 * The one place that calls drachtio-srf. Callback forms throughout: with the promise forms an in-dialog request that
 * shares a TCP segment with the echo of our 200 is answered by srf before the caller sees the dialog (DRA-G8).
 */
export class SrfAdapter {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #answers: AnswerWatcher | undefined;
  readonly #connections: ControlConnections;
  /** Those in use: what is not asked for by anybody's request goes out by one of them. */
  readonly #srfs = new Set<SrfLike>();
  /** Requests without final response. */
  readonly #outstanding = new Pending<Outstanding>();

  constructor(options: SrfAdapterOptions) {
    this.#answers = options.answers;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
    this.#connections = new ControlConnections({
      clock: this.#clock,
      log: this.#log,
      lost: (socket) => {
        // DRA-G15: drachtio-srf would wait for the responses for ever.
        for (const { leg, lost } of this.#outstanding) {
          if (leg.socket === socket) lost();
        }
      },
      reconnected: options.reconnected,
    });
  }

  /** Watches an Srf. Called with the same one again, does nothing. */
  adopt(srf: SrfLike): void {
    this.#srfs.add(srf);
    this.#connections.adopt(srf);
  }

  /**
   * Sends an INVITE that is to make a dialog (RFC 3261 §13.2); what becomes of it is told to `events`, nothing before
   * this returns. Not by drachtio-srf's `createUAC`: that makes `sip:tel:…` of a tel URI, answers UPDATE without Contact,
   * and leaves a 2xx without Contact up for ever.
   */
  call(message: InviteMessage, events: CallEvents): OutgoingInvite {
    const invite = new OutgoingInvite(this.#way(), message, {
      progress: (status) => events.progress(status),
      final: (result) => {
        this.#outstanding.delete(pending);
        this.#unexpected('INVITE', () => events.final(result));
      },
    });
    const pending: Outstanding = { leg: invite, lost: () => invite.lost() };
    this.#outstanding.add(pending);
    invite.send();
    return invite;
  }

  /** A control connection that is up. */
  #way(): Way | undefined {
    for (const srf of this.#srfs) {
      const { client } = srf.app;
      for (const [socket, { authenticated }] of client?.mapServer ?? []) {
        if (client && authenticated && !socket.destroyed) return { srf, agent: client, socket };
      }
    }
    return undefined;
  }

  /** Octets of the largest body that can be sent. */
  get maxBody(): number {
    return this.#connections.limited ? LIMITS.largest - HEAD_ROOM : Number.POSITIVE_INFINITY;
  }

  /** Whether what is not urgent may be sent now: not much waits for the server to read. */
  get isFree(): boolean {
    return this.#connections.waiting < MUCH;
  }

  /** Whether a body can be sent at all. */
  fits(body: string): boolean {
    return Buffer.byteLength(body) <= this.maxBody;
  }

  /**
   * Answers an INVITE with 200. `done` runs before any request in the new dialog is looked at, so that what it attaches
   * misses none. Not by drachtio-srf's `createUAS`: its dialogs keep INVITE and answer, and refuse Contacts it cannot read
   * after the 200 was sent.
   */
  accept(
    req: SipRequest,
    res: SipResponse,
    answer: { sdp: string; headers: SipHeaders },
    done: (error: Error | null, dialog?: SrfDialog) => void,
  ): void {
    const options = { headers: cleanHeaders(answer.headers), body: answer.sdp };
    res.send(200, undefined, options, (error, sent) => {
      const failed = error !== null && error !== undefined;
      const dialog = failed || !sent ? undefined : acceptedDialog(req, res, sent, answer.sdp);
      dialog?.open();
      if (dialog) this.#answers?.answered(req, 200);
      this.#guard(req, () => done(dialog ? null : asError(error), dialog));
    });
  }

  /** Answers a request; a second final answer is ignored. */
  reply(
    req: Answerable,
    res: SipResponse,
    status: number,
    reply: Reply = {},
    sent: (error: Error | null, message?: SentMessage) => void = () => {},
  ): void {
    if (res.finalResponseSent) return;
    if (status >= 200) this.#answers?.answered(req, status, reply);
    const { reason, headers = {}, body } = reply;
    const options = { headers: cleanHeaders(headers), ...(body !== undefined && { body }) };
    const echoed = (error: unknown, message: SentMessage | undefined): void => {
      const failed = error === null || error === undefined ? null : asError(error);
      if (failed) this.#log.debug({ method: req.method, status, error: failed.message }, 'response not sent');
      this.#guard(req, () => sent(failed, message));
    };
    try {
      res.send(status, reason, options, echoed);
    } catch (error) {
      // drachtio-srf sends only statuses it knows. RFC 3261 §8.1.3.2: "treat any unknown response code as x00".
      this.#log.warn({ method: req.method, status, error: asError(error).message }, 'response not sent');
      res.send(Math.trunc(status / 100) * 100, reason, options, echoed);
    }
  }

  /** Sends a request in a dialog; `done` is called once, with its final status or why it could not be sent. */
  request(
    leg: Leg,
    method: string,
    message: { headers: SipHeaders; body?: string },
    done: (outcome: Outcome) => void,
  ): void {
    const settle = (outcome: Outcome): void => {
      if (!this.#outstanding.delete(pending)) return;
      this.#unexpected(method, () => done(outcome));
    };
    const pending: Outstanding = { leg, lost: () => settle({ lost: true }) };
    this.#outstanding.add(pending);
    const { id, agent, socket, update } = leg;
    if (socket.destroyed) return settle({ lost: true });
    const options = { method, stackDialogId: id, headers: cleanHeaders(message.headers), _socket: socket };
    // Not enumerable: drachtio-srf makes JSON of all options for a debug text, whether or not anybody is to read it.
    if (message.body !== undefined) Object.defineProperty(options, 'body', { value: message.body });
    try {
      agent.request(options, (error, request) => {
        if (!request) return settle({ error: asError(error) });
        request.on('response', (response, ack) => {
          const { status } = response;
          // RFC 3261 §13.2.2.4: every 2xx gets its ACK, also one that comes too late.
          if (method === 'INVITE' && status >= 200 && status < 300) ack();
          if (status >= 200) settle({ status, response });
        });
        // drachtio-srf takes an UPDATE for one about the request under way, whichever that is, and nobody would answer.
        if (update) request.on('update', update);
      });
    } catch (error) {
      // A control connection that is gone: srf looks its socket up before it checks it.
      settle({ error: asError(error) });
    }
  }

  /** What fails here must not reach drachtio-srf, which reads from the control connection. */
  #unexpected(method: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error({ method, error: asError(error).stack }, 'unexpected, after a request');
    }
  }

  /** Resolves when every request was answered, at the latest after `timeout` milliseconds. */
  idle(timeout: number): Promise<void> {
    return this.#outstanding.gone(this.#clock, timeout);
  }

  /**
   * Offers anew in a re-INVITE, and sends the ACK; `done` is called once. No answer in time is the same as a 408. Not by
   * drachtio-srf's `modify`, which sends no more re-INVITEs after one that was refused.
   */
  reinvite(leg: Leg, offer: { sdp: string; headers: SipHeaders }, done: (outcome: Outcome) => void): void {
    let settled = false;
    const settle = (outcome: Outcome): void => {
      if (settled) return;
      settled = true;
      timer.cancel();
      done(outcome);
    };
    const timer = this.#clock.after(REINVITE_TIMEOUT, () => settle({ status: 408 }));
    const headers = { ...offer.headers, 'Content-Type': 'application/sdp' };
    this.request(leg, 'INVITE', { headers, body: offer.sdp }, settle);
  }

  /** Sends BYE; `done` is called when it was answered or cannot be; `lost` when there is no control connection for it. */
  bye(dialog: SrfDialog, headers: SipHeaders, done: (result: 'over' | 'lost') => void): void {
    let settled = false;
    const settle = (result: 'over' | 'lost'): void => {
      if (settled) return;
      settled = true;
      done(result);
    };
    if (dialog.req.socket.destroyed) return settle('lost');
    try {
      dialog.destroy({ headers: cleanHeaders(headers) }, () => settle('over'));
    } catch (error) {
      this.#log.debug({ error: asError(error).message }, 'BYE not sent');
      settle('over');
    }
  }

  /**
   * Moves the dialog that `req` made to the present control connection: the server answers 481 to all that comes from the
   * peer in dialogs of a lost one, but still sends what we ask (DRA-G2).
   */
  rebind(req: DialogRequest): void {
    const { client } = req.srf.app;
    for (const [socket, { authenticated }] of client?.mapServer ?? []) if (authenticated) req.socket = socket;
  }

  /** Takes over all requests of a dialog: srf answers some by itself, not always truthfully (DRA-G6, DRA-G7). */
  takeOver(dialog: SrfDialog, handle: (req: SipRequest, res: SipResponse, byDefault: () => void) => void): void {
    const byDefault = dialog.handle.bind(dialog);
    dialog.handle = (req, res) => {
      this.#guard(req, () => handle(req, res, () => byDefault(req, res)), res);
    };
  }

  /** Goes on with a request when `work` is done, which does not reject. */
  after<T>(
    work: Promise<T>,
    req: Pick<SipRequest, 'method' | 'get'>,
    res: SipResponse | undefined,
    action: (result: T) => void,
  ): void {
    void work.then((result) => this.#guard(req, () => action(result), res));
  }

  /** Runs what answers a request: what it throws becomes the answer, 500 for the unexpected, and stops there. */
  #guard(req: Pick<SipRequest, 'method' | 'get'>, action: () => void, res?: SipResponse): void {
    try {
      action();
    } catch (error) {
      if (res && error instanceof ChatroomsError && error.sipStatus !== undefined) {
        this.reply(req, res, error.sipStatus, { error });
        return;
      }
      this.#log.error({ method: req.method, callId: req.get('Call-ID'), error: asError(error).stack }, 'unexpected');
      if (res) this.reply(req, res, 500);
    }
  }
}

/** The dialog that the 2xx `sent` makes, of an INVITE of the peer. */
function acceptedDialog(req: SipRequest, res: SipResponse, sent: SentMessage, sdp: string): SessionDialog {
  const tags = {
    callId: ownText(header(req, 'Call-ID', 'i') ?? ''),
    localTag: ownText(tagOf(header(sent, 'To', 't')) ?? ''),
    remoteTag: ownText(tagOf(header(req, 'From', 'f')) ?? ''),
  };
  // DRA-G3: `@localhost` has become an address in it.
  const local = { sdp, contact: ownText(header(sent, 'Contact', 'm') ?? '') };
  const invite = new KeptInvite(req.srf, req.agent, req.socket, req);
  return new SessionDialog(ownText(res.stackDialogId ?? ''), invite, local, tags);
}

/** A request without final response. */
interface Outstanding {
  readonly leg: { readonly socket: ControlSocket | undefined };
  readonly lost: () => void;
}

/** Contact of the focus: the room URI with `isfocus` (7701-5.2-05, RFC 4579 §5.1). */
export const focusContact = (req: SipRequest, room: RoomUri, contactHost: 'domain' | 'address'): string =>
  focusContactOver(transportOf(req), room, contactHost, isSecure(req));

/**
 * JOIN-19, RFC 3261 §12.1.1: "If the request that initiated the dialog contained a SIPS URI in the Request-URI or in the top
 * Record-Route header field value, if there was any, or the Contact header field if there was no Record-Route header field,
 * the Contact header field in the response MUST be a SIPS URI."
 */
function isSecure(req: SipRequest): boolean {
  const target = parseNameAddrs(req.get('Record-Route') ?? header(req, 'Contact', 'm') ?? '')[0];
  return [req.uri, target?.uri].some((uri) => uri !== undefined && /^sips:/i.test(uri));
}

/** The same in a request that goes out over `transport`; `secure`: as a SIPS URI. */
export function focusContactOver(
  transport: string,
  room: RoomUri,
  contactHost: 'domain' | 'address',
  secure = false,
): string {
  const uri = secure ? room.uri.replace('sip:', 'sips:') : room.uri;
  // PBX-06, FAC-14: for proxies that cannot map the rooms' domain to us. drachtio puts its own address in place of
  // `@localhost`, and no transport with it (DRA-G10).
  if (room.domain !== 'localhost' && contactHost === 'domain') return `<${uri}>;isfocus`;
  const parameter = transport === 'udp' ? '' : `;transport=${transport === 'wss' ? 'ws' : transport}`;
  return `<${uri.slice(0, uri.indexOf('@'))}@localhost${parameter}>;isfocus`;
}
