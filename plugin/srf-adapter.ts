import { type Clock, systemClock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import { type Logger, silent } from '../lib/util/log.js';
import { FrameBudget, LIMITS } from './frame-budget.js';
import { cleanHeaders, transportOf } from './header-values.js';
import { Pending } from './pending.js';
import type { RoomUri } from './room-uri.js';
import type {
  ControlClient,
  ControlSocket,
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
  /** The control connection the dialog belongs to. */
  readonly socket: unknown;
}

export interface Reply {
  reason?: string;
  headers?: SipHeaders;
  body?: string;
}

/** A request that could not be sent, or its final status. */
export type Outcome = { error: Error } | { status: number };

/** drachtio rejects with strings as well as with errors (drachtio.md §16). */
export const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(typeof reason === 'string' ? reason : 'drachtio gave no reason');

/** The version the embedded endpoint reports; it has no frame limits. */
const isEmbedded = (version: string | null | undefined): boolean => /embedded/.test(version ?? '');

/** Octets kept free for start line and headers when a body is measured against the largest frame. */
const HEAD_ROOM = 1_500;

/**
 * The one place that calls drachtio-srf. Callback forms throughout: with the promise forms an in-dialog request that
 * shares a TCP segment with the echo of our 200 is answered by srf before the caller sees the dialog (DRA-G8).
 */
export class SrfAdapter {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #reconnected: () => void;
  readonly #known = new WeakSet<SrfLike>();
  readonly #watched = new WeakSet<ControlClient>();
  readonly #budgets = new WeakMap<ControlSocket, FrameBudget>();
  /** Requests without final response. */
  readonly #outstanding = new Pending<object>();
  #real = false;

  /** @param options.reconnected a control connection came back after a loss: old dialogs are dead to the server (DRA-G2) */
  constructor(options: { clock?: Clock; log?: Logger; reconnected: () => void }) {
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
    this.#reconnected = options.reconnected;
  }

  /** Watches an Srf. Called with the same one again, does nothing. */
  adopt(srf: SrfLike): void {
    if (this.#known.has(srf)) return;
    this.#known.add(srf);
    let lost = false;
    // DRA-G13: an 'error' without listener ends the process.
    srf.on('error', (error) => this.#log.warn({ error: asError(error).message }, 'drachtio control connection'));
    srf.on('close', () => {
      lost = true;
    });
    srf.on('connect', (error) => {
      if (error !== null && error !== undefined) return;
      this.#budget(srf);
      if (lost) this.#reconnected();
      lost = false;
    });
    this.#budget(srf);
  }

  /** Whether a body can be sent at all. */
  fits(body: string): boolean {
    return !this.#real || Buffer.byteLength(body) + HEAD_ROOM <= LIMITS.largest;
  }

  /**
   * Answers an INVITE with 200. `done` runs before any request in the new dialog is looked at, so that what it attaches
   * misses none. The INVITE has to have a Contact: without one srf reports an error and yet sends the 200.
   */
  accept(
    req: SipRequest,
    res: SipResponse,
    answer: { sdp: string; headers: SipHeaders },
    done: (error: Error | null, dialog?: SrfDialog) => void,
  ): void {
    let settled = false;
    const settle = (error: Error | null, dialog?: SrfDialog): void => {
      if (settled) return;
      settled = true;
      this.#guard(req, () => done(error, dialog));
    };
    const options = { localSdp: answer.sdp, headers: cleanHeaders(answer.headers) };
    req.srf.createUAS(req, res, options, (error, dialog) => {
      if (error !== null && error !== undefined) settle(asError(error));
      else settle(null, dialog);
    });
  }

  /** Answers a request; a second final answer is ignored. */
  reply(
    req: SipRequest,
    res: SipResponse,
    status: number,
    { reason, headers = {}, body }: Reply = {},
    sent: (error: Error | null, message?: SentMessage) => void = () => {},
  ): void {
    if (res.finalResponseSent) return;
    const options = { headers: cleanHeaders(headers), ...(body !== undefined && { body }) };
    res.send(status, reason, options, (error, message) => {
      const failed = error === null || error === undefined ? null : asError(error);
      if (failed) this.#log.debug({ method: req.method, status, error: failed.message }, 'response not sent');
      this.#guard(req, () => sent(failed, message));
    });
  }

  /** Sends a request in a dialog; `done` is called once, with its final status or why it could not be sent. */
  request(
    leg: Leg,
    method: string,
    message: { headers: SipHeaders; body?: string },
    done: (outcome: Outcome) => void,
  ): void {
    let settled = false;
    const token = {};
    this.#outstanding.add(token);
    const settle = (outcome: Outcome): void => {
      if (settled) return;
      settled = true;
      this.#outstanding.delete(token);
      try {
        done(outcome);
      } catch (error) {
        this.#log.error({ method, error: asError(error).stack }, 'after a request');
      }
    };
    const { id, agent, socket } = leg;
    const body = message.body === undefined ? {} : { body: message.body };
    const options = { method, stackDialogId: id, headers: cleanHeaders(message.headers), ...body, _socket: socket };
    try {
      agent.request(options, (error, request) => {
        if (!request) settle({ error: asError(error) });
        else request.on('response', ({ status }) => status >= 200 && settle({ status }));
      });
    } catch (error) {
      // A control connection that is gone: srf looks its socket up before it checks it.
      settle({ error: asError(error) });
    }
  }

  /** Resolves when every request was answered, at the latest after `timeout` milliseconds. */
  idle(timeout: number): Promise<void> {
    return this.#outstanding.gone(this.#clock, timeout);
  }

  /** Sends BYE; `done` is called when it was answered, or cannot be. */
  bye(dialog: SrfDialog, headers: SipHeaders, done: () => void): void {
    let settled = false;
    const settle = (): void => {
      if (settled) return;
      settled = true;
      done();
    };
    try {
      dialog.destroy({ headers: cleanHeaders(headers) }, settle);
    } catch (error) {
      this.#log.debug({ error: asError(error).message }, 'BYE not sent');
      settle();
    }
  }

  /**
   * Moves a dialog to the present control connection: the server answers 481 to all that comes from the peer in dialogs
   * of a lost one, but still sends what we ask (DRA-G2).
   */
  rebind(dialog: SrfDialog): void {
    const socket = dialog.req.srf.app.client?.mapServer.keys().next().value;
    if (socket) dialog.req.socket = socket;
  }

  /** Takes over all requests of a dialog: srf answers some by itself, not always truthfully (DRA-G6, DRA-G7). */
  takeOver(dialog: SrfDialog, handle: (req: SipRequest, res: SipResponse, byDefault: () => void) => void): void {
    const byDefault = dialog.handle.bind(dialog);
    dialog.handle = (req, res) => {
      this.#guard(req, () => handle(req, res, () => byDefault(req, res)), res);
    };
  }

  /** Runs what answers a request: what it throws becomes the answer, 500 for the unexpected, and stops there. */
  #guard(req: SipRequest, action: () => void, res?: SipResponse): void {
    try {
      action();
    } catch (error) {
      if (res && error instanceof ChatroomsError && error.sipStatus !== undefined) {
        this.reply(req, res, error.sipStatus);
        return;
      }
      this.#log.error({ method: req.method, callId: req.get('Call-ID'), error: asError(error).stack }, 'unexpected');
      if (res) this.reply(req, res, 500);
    }
  }

  #budget(srf: SrfLike): void {
    const { client } = srf.app;
    if (!client) return;
    if (!this.#watched.has(client)) {
      this.#watched.add(client);
      client.wp.on('msg', (socket, message) => this.#budgets.get(socket)?.received(message));
    }
    for (const [socket, { serverVersion }] of client.mapServer) {
      if (this.#budgets.has(socket) || isEmbedded(serverVersion) || !serverVersion) continue;
      this.#real = true;
      this.#budgets.set(socket, new FrameBudget(socket, { clock: this.#clock, log: this.#log }));
    }
  }
}

/** Contact of the focus: the room URI with `isfocus` (7701-5.2-05, RFC 4579 §5.1). */
export function focusContact(req: SipRequest, room: RoomUri, contactHost: 'domain' | 'address'): string {
  // drachtio puts its own address in place of `@localhost`, and no transport with it (DRA-G10).
  if (room.domain !== 'localhost' && contactHost === 'domain') return `<${room.uri}>;isfocus`;
  const transport = transportOf(req);
  const parameter = transport === 'udp' ? '' : `;transport=${transport === 'wss' ? 'ws' : transport}`;
  return `<${room.uri.slice(0, room.uri.indexOf('@'))}@localhost${parameter}>;isfocus`;
}
