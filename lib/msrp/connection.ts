/**
 * MSRP over one byte stream, without the stream: `receive` bytes, and what must be sent goes to `output`. Binds
 * sessions and answers what no session can: 400, 481, 506, 501, in this order (4975-7.3-02).
 */
import { type Clock, systemClock, type Timer } from '../util/clock.js';
import { KnownResponses } from './known-responses.js';
import type { FatalError, FrameEnd, Message, MessageSink, Request, Response } from './message.js';
import { Parser, type ParserLimits } from './parser.js';
import { formatResponse } from './serializer.js';
import { type Binding, mayRespond, responsePath, type Session } from './session.js';
import type { Sessions } from './sessions.js';

/** The stream's side of a connection. */
export interface ConnectionOutput {
  /** Queues a complete frame, a latin1 character an octet. Never blocks. */
  write(frame: string): void;
  /** Flushes what is queued, then closes the stream. */
  close(reason: CloseReason): void;
  /**
   * A request names no session there is. True when it may wait for one: then its octets are forgotten, nothing more is
   * read, and after `restart` all that came since the stream began is received once more. @defaultValue `false`
   */
  defer?(toPath: readonly string[]): boolean;
  /** The first session was bound. */
  bound?(): void;
  /** A session was refused with this status, because there are too many on the connection. */
  crowded?(status: number): void;
  /** A request that is malformed, or that no session took, was refused with this status, whether or not its sender hears of it. */
  refused?(status: number): void;
}

/** Why a connection was closed by us, or was found closed. */
export type CloseReason =
  | FatalError
  | 'framing'
  | 'no-request'
  | 'stalled'
  | 'idle'
  | 'unaddressable'
  | 'no-session'
  | 'peer-ended'
  | 'bad-certificate'
  | 'shutdown';

/** Bounds and times of a connection. */
export interface ConnectionOptions {
  clock: Clock;
  limits: Partial<ParserLimits>;
  /** Sessions bound to it at once; a relay has those of many on one. @defaultValue 1000 */
  maxSessions: number;
  /** Close a fresh connection that shows no valid request for so long, in ms. @defaultValue 30000 (4976-6.1-01) */
  firstRequestTimeout: number;
  /** Close when an unfinished frame brings nothing for so long, in ms. @defaultValue 300000 (P-LIM-05) */
  stallTimeout: number;
  /** Close when a head takes so long, or a body brings less than 1024 octets in that time, in ms. @defaultValue 600000 */
  trickleTimeout: number;
  /** Close so long after the last session ended, in ms. @defaultValue 5000 (P-CON-02) */
  idleTimeout: number;
  /** The same where the last session came through a relay, in ms. @defaultValue 300000 (P-CON-02, 4976-5.4-01) */
  relayIdleTimeout: number;
}

const DEFAULTS: ConnectionOptions = {
  clock: systemClock,
  limits: {},
  maxSessions: 1000,
  firstRequestTimeout: 30_000,
  stallTimeout: 300_000,
  trickleTimeout: 600_000,
  idleTimeout: 5000,
  relayIdleTimeout: 300_000,
};

const NO_SESSION = 481;
const BOUND_ELSEWHERE = 506;
/** RFC 4975 §10.4: "The attempted action is not allowed". Where else the session could be bound, only its peer knows. */
const TOO_MANY_SESSIONS = 403;
/** 4975-10-08: never for a method of RFC 4975. */
const UNKNOWN_METHOD = 501;

/**
 * Requests in a row that name no session there is, for each session bound here, at least one: whoever guesses has no more
 * on a connection (4975-14.1-01). Of peers that say BYE some may be under way.
 */
const MAX_ASTRAY = 32;

/** Octets that a body must bring within `trickleTimeout`: one octet a minute keeps no connection open. */
const MIN_PROGRESS = 1024;

/** MSRP over one byte stream (RFC 4975 §5.4): takes octets, gives octets to write, and hands what arrives to the session it is for. */
export class Connection implements Binding, MessageSink {
  readonly #output: ConnectionOutput;
  readonly #sessions: Sessions;
  readonly #options: ConnectionOptions;
  readonly #parser: Parser;
  /** Each bound by its own first request (4975-5.4-07). */
  readonly #bound = new Set<Session>();
  /** The session that takes the frame being read; undefined for what none takes, and between frames. */
  #current: Session | undefined;
  #message: Message | undefined;
  /** The request being read has its answer already. */
  #answered = false;
  /** Bound by the request being read. */
  #fresh: Session | undefined;
  /** What a well-formed request is answered that no session takes. */
  #refusal = NO_SESSION;
  #timer: Timer | undefined;
  #stallTimer: Timer | undefined;
  /** When an unfinished frame last brought octets. */
  #progressAt = 0;
  /** Requests that named no session since the last one that a session took. */
  #astray = 0;
  /** Frames read to their end. */
  #frames = 0;
  /** The unfinished frame, and how much of it was there, when it was last seen to go on well. */
  #markedFrame = -1;
  #markedOctets = 0;
  #markedAt = 0;
  #closed = false;
  readonly #known = new KnownResponses();

  constructor(output: ConnectionOutput, sessions: Sessions, options: Partial<ConnectionOptions> = {}) {
    this.#output = output;
    this.#sessions = sessions;
    this.#options = { ...DEFAULTS, ...options };
    this.#parser = new Parser(this, this.#options.limits);
    this.#startTimer(this.#options.firstRequestTimeout, 'no-request');
  }

  get sessions(): ReadonlySet<Session> {
    return this.#bound;
  }

  get pending(): number {
    return this.#parser.pending;
  }

  /** Frames read to their end so far. */
  get frames(): number {
    return this.#frames + this.#known.taken;
  }

  /** The head of a frame is complete, or was. */
  get begun(): boolean {
    return this.#message !== undefined || this.frames > 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** It has all the sessions it may have. */
  get full(): boolean {
    return this.#bound.size >= this.#options.maxSessions;
  }

  receive(bytes: Buffer): void {
    if (this.#closed) return;
    this.#parser.receive(bytes);
    this.#current?.handler.settle();
    if (this.#parser.pending > 0) this.#unfinished();
  }

  /** After a request was deferred: reads again, from the beginning of the stream. */
  restart(): void {
    if (!this.#closed) this.#parser.restart();
  }

  /** A read ended inside a frame. */
  #unfinished(): void {
    const { clock, stallTimeout } = this.#options;
    const { pending } = this.#parser;
    this.#progressAt = clock.now();
    const isOther = this.frames !== this.#markedFrame;
    // Of a head there is no progress but its end.
    if (isOther || (this.#message !== undefined && pending - this.#markedOctets >= MIN_PROGRESS)) {
      this.#markedFrame = this.frames;
      this.#markedOctets = pending;
      this.#markedAt = this.#progressAt;
    }
    this.#stallTimer ??= this.#watchStall(stallTimeout);
  }

  write(frame: string): void {
    if (!this.#closed) this.#output.write(frame);
  }

  answer(request: Request, frame: string): void {
    if (request === this.#message) this.#answered = true;
    this.write(frame);
  }

  /** Binds a session we opened this connection for (we are the active side). */
  bind(session: Session): void {
    this.#hold(session);
    session.handler.bound();
  }

  #hold(session: Session): void {
    this.#cancelTimer();
    session.connection = this;
    this.#bound.add(session);
    if (this.#bound.size === 1) this.#output.bound?.();
  }

  /** The session ended; the connection closes some time after its last one (4975-5.4-10). */
  release(session: Session): void {
    if (!this.#bound.delete(session)) return;
    session.connection = null;
    this.#known.forget(session);
    if (this.#current === session) this.#current = undefined;
    if (this.#bound.size > 0 || this.#closed) return;
    const { idleTimeout, relayIdleTimeout } = this.#options;
    this.#startTimer(session.remotePath.length > 1 ? relayIdleTimeout : idleTimeout, 'idle');
  }

  /** Asked to close. */
  close(reason: CloseReason): void {
    if (this.#closed) return;
    // First the sessions, which may still end a frame they have open.
    this.streamClosed();
    this.#output.close(reason);
  }

  /** Told that the stream has closed: all its sessions have failed (4975-5.4-08). */
  streamClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#stallTimer?.cancel();
    this.#parser.stop();
    this.#known.clear();
    const sessions = [...this.#bound];
    this.#bound.clear();
    this.#current = undefined;
    for (const session of sessions) {
      session.connection = null;
      session.handler.lost();
    }
  }

  // What the parser tells.

  between(bytes: Buffer, at: number): number {
    return this.#known.take(bytes, at);
  }

  body(piece: Buffer): void {
    this.#current?.handler.body(piece);
  }

  fatal(error: FatalError): void {
    this.close(error);
  }

  head(message: Message): void {
    this.#message = message;
    this.#answered = false;
    this.#refusal = NO_SESSION;
    if (message.kind === 'response' || message.errors.length > 0) return;
    const session = this.#sessions.find(message.toPath);
    // 4975-7.3-01: no live session of ours.
    if (!session) {
      // RFC 3264 §5.1. Not where sessions are bound, which would wait with it.
      if (this.#bound.size === 0 && this.#output.defer?.(message.toPath)) this.#defer();
      return;
    }
    // 4975-5.4-05, A-41: any request with a valid To-Path binds.
    if (!session.connection) {
      if (this.full) return this.#refuseSession();
      // 4975-14.4-01, 8122-6.2-01: what the SDP promised of the connection has to be true of this one.
      const admission = session.handler.admits?.(this) ?? 'bind';
      if (admission === 'close') this.close('bad-certificate');
      if (admission !== 'bind') return;
      this.#hold(session);
      this.#fresh = session;
    }
    // 4975-5.4-06: bound to another live connection.
    if (session.connection !== this) this.#refusal = session.connection ? BOUND_ELSEWHERE : NO_SESSION;
    // 4975-12-02.
    else if (!isKnown(message.method)) this.#refusal = UNKNOWN_METHOD;
    else {
      this.#astray = 0;
      this.#current = session;
      session.handler.head(message);
    }
  }

  #refuseSession(): void {
    this.#refusal = TOO_MANY_SESSIONS;
    this.#output.crowded?.(TOO_MANY_SESSIONS);
  }

  #defer(): void {
    this.#message = undefined;
    this.#parser.stop();
  }

  end(end: FrameEnd): void {
    this.#frames++;
    this.#answer(end);
    const fresh = this.#fresh;
    this.#fresh = undefined;
    // Simple peers expect the answer to the request that binds in front of everything else.
    if (fresh?.connection === this) fresh.handler.bound();
  }

  #answer(end: FrameEnd): void {
    const message = this.#message!;
    const session = this.#current;
    this.#message = undefined;
    this.#current = undefined;
    if (message.kind === 'response') return this.#response(message, end);
    if (end.errors.length > 0) {
      session?.handler.abandon(message);
      return this.#answered ? undefined : this.#malformed(message);
    }
    if (session) return session.handler.end(message, end);
    // Its session may have ended behind an answer that was given before the end.
    if (this.#answered) return;
    this.#refuse(message, this.#refusal);
    if (mayRespond(message, this.#refusal)) {
      this.write(formatResponse(message.tid, this.#refusal, responsePath(message), message.toPath.slice(0, 1)));
    }
    if (this.#refusal === NO_SESSION && ++this.#astray >= MAX_ASTRAY * Math.max(this.#bound.size, 1)) {
      this.close('no-session');
    }
  }

  /** 4975-10-10: a 400 needs an address. */
  #malformed(request: Request): void {
    const to = responsePath(request);
    const from = request.toPath[0] ?? (this.#bound.size === 1 ? [...this.#bound][0].localUri : undefined);
    const status = isBadNickname(request) ? 424 : 400;
    this.#refuse(request, status);
    if (to.length > 0 && from !== undefined && mayRespond(request, status)) {
      this.write(formatResponse(request.tid, status, to, [from]));
    }
    if (this.#bound.size === 0 && (to.length === 0 || from === undefined)) this.close('unaddressable');
  }

  /** 4975-7.2-07: a REPORT is never answered, so none is refused: what fits nothing is ignored. */
  #refuse({ method }: Request, status: number): void {
    if (method !== 'REPORT') this.#output.refused?.(status);
  }

  #response(response: Response, end: FrameEnd): void {
    // 4975-9-22, 4975-9-23: what cannot be parsed or matches nothing of ours is ignored.
    if (end.errors.length > 0) return;
    const session = this.#sessions.find(response.toPath);
    if (!session || session.connection !== this) return;
    const count = session.ids.countOf(response.tid);
    if (count < 0) return;
    if (response.status === 200 && this.#known.misses(session)) this.#known.learn(session, response);
    session.handler.response(count, response.status);
  }

  /** P-LIM-05. One timer serves many reads: when it fires it looks how long ago the last one was. */
  #watchStall(delay: number): Timer {
    const { clock, stallTimeout, trickleTimeout } = this.#options;
    return clock.after(delay, () => {
      this.#stallTimer = undefined;
      if (this.#parser.pending === 0) return;
      const now = clock.now();
      const rest = Math.min(stallTimeout - (now - this.#progressAt), trickleTimeout - (now - this.#markedAt));
      if (rest <= 0) this.close('stalled');
      else this.#stallTimer = this.#watchStall(rest);
    });
  }

  #startTimer(delay: number, reason: CloseReason): void {
    this.#cancelTimer();
    this.#timer = this.#options.clock.after(delay, () => this.close(reason));
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** 4975-9-04: in upper case only. AUTH is for relays (4976-6.2-01). */
const isKnown = (method: string): boolean => method === 'SEND' || method === 'REPORT' || method === 'NICKNAME';

/** 7701-7.1-06: a nickname that is not even text is a malformed nickname, 424, not 400. */
const isBadNickname = (request: Request): boolean =>
  request.method === 'NICKNAME' && request.useNickname === '' && request.errors.every((e) => e === 'header-value');
