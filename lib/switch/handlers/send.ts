/**
 * SEND (RFC 7701 §6): complete messages are routed at once, chunked ones as their octets arrive; where somebody is asked about
 * them first, both with the verdict.
 */
import type { Verdict } from '../../focus-switch.js';
import { type Binding, type FrameEnd, mediaType, type Request, type Session } from '../../msrp/index.js';
import { Recent } from '../../util/recent.js';
import { Held } from '../held.js';
import { Incoming, type IncomingOptions } from '../incoming.js';
import type { Pace } from '../rate.js';
import type { Relay } from '../relay.js';

export interface SendOptions extends IncomingOptions {
  /** Chunked messages under way at once (P-RX-02). */
  maxPartial: number;
  /** How fast the sender may be. @defaultValue as fast as he can */
  pace?: Pick<Pace, 'admits'> | undefined;
}

/** Message-IDs whose fate is remembered: rejected ones (P-RX-01) and complete ones (4975-5.4-11). */
const REMEMBERED = 256;
const EMPTY = Buffer.alloc(0);

/** The frame being read. */
interface Frame {
  request: Request;
  messageId: string;
  /** Its answer when its body is not wanted: an error, or 200 for a duplicate; 0 when it is wanted. */
  status: number;
  /** Its body so far, still in the reader's buffer: most frames arrive in one read and are never copied. */
  piece: Buffer | undefined;
  /** The message its body goes to, once it is known not to arrive in one piece. */
  incoming: Incoming | undefined;
  /** It was refused before its end. */
  answered: boolean;
}

/** A complete message that waits for a verdict. */
interface Waiting {
  messageId: string;
  /** Of its first chunk. */
  request: Request;
  /** What is answered with the verdict, and the connection it came on. */
  answer: Request;
  connection: Binding | null;
}

export class SendHandler {
  readonly #session: Session;
  readonly #relay: Relay;
  readonly #options: SendOptions;
  // What most sessions never need is made when it is.
  #waiting: Map<string, Waiting> | undefined;
  #held: Held | undefined;
  #incoming: Map<string, Incoming> | undefined;
  readonly #rejected = new Recent<number>(REMEMBERED);
  readonly #complete = new Recent<true>(REMEMBERED);
  #frame: Frame | undefined;

  constructor(session: Session, relay: Relay, options: SendOptions) {
    this.#session = session;
    this.#relay = relay;
    this.#options = options;
  }

  /** Messages that were let through. */
  get passed(): number {
    return this.#relay.passed;
  }

  /** Messages under way. */
  get partial(): number {
    return this.#incoming?.size ?? 0;
  }

  head(request: Request): void {
    // 4975-7.1.1-02: the parser lets no SEND without Message-ID pass.
    const messageId = request.messageId ?? '';
    this.#frame = { request, messageId, status: 0, piece: undefined, incoming: undefined, answered: false };
    this.#frame.status = this.#statusOf(request, messageId);
  }

  body(piece: Buffer): void {
    const frame = this.#frame;
    if (!frame || frame.status !== 0) return;
    if (!frame.incoming && frame.piece === undefined) {
      frame.piece = piece;
      return;
    }
    this.#stream(frame);
    if (frame.incoming?.status === 200) frame.incoming.push(Buffer.from(piece));
  }

  /** The reader's buffer is used again: what is in it is copied and goes on. */
  settle(): void {
    const frame = this.#frame;
    if (!frame) return;
    this.#stream(frame);
    this.#refuseEarly(frame);
  }

  end(request: Request, end: FrameEnd): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (!frame) return;
    if (frame.answered) return this.#refused(frame);
    // 4975-7.3.1-07: `#` ends the message; the frame is answered as usual.
    if (end.flag === '#' && (frame.status === 0 || !end.hasBody)) return this.#aborted(frame);
    // 7701-6.1-20, A-38: a bodiless SEND is answered and not distributed.
    if (!end.hasBody) {
      this.#relay.note(request, 'none', 200);
      return this.#session.respond(request, 200);
    }
    const last = end.flag === '$';
    if (frame.status === 200 && last) return this.#again(request, (request.byteRange?.start ?? 1) - 1 + end.bodyLength);
    if (frame.status !== 0) return this.#refusal(request, frame.status);
    // 4975-7.3.1-01.
    const isWhole = last && (request.byteRange?.start ?? 1) === 1;
    if (isWhole && !this.#incoming?.has(frame.messageId)) return this.#whole(frame, frame.piece ?? EMPTY);
    const incoming = frame.incoming ?? this.#begin(frame);
    if (!incoming) return this.#refusal(request, frame.status);
    if (frame.piece !== undefined) incoming.push(Buffer.from(frame.piece));
    this.#chunkEnded(frame, incoming, last);
  }

  /** The frame is malformed after all. */
  abandon(): void {
    const frame = this.#frame;
    this.#frame = undefined;
    const incoming = frame?.incoming ?? this.#incoming?.get(frame?.messageId ?? '');
    if (frame && incoming) this.#reject(frame.messageId, incoming, 400);
  }

  /** The connection is gone; a new one of the same session may go on with what is under way (4975-7.3.1-06). */
  lost(): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (!frame?.incoming) return;
    if (frame.incoming.status === 200) frame.incoming.interrupted();
    else this.#reject(frame.messageId, frame.incoming, frame.incoming.status);
  }

  /** The session is over. */
  close(): void {
    this.#frame = undefined;
    for (const incoming of this.#incoming?.values() ?? []) incoming.abort();
    this.#incoming?.clear();
    this.#held?.close();
    this.#waiting?.clear();
  }

  #statusOf(request: Request, id: string): number {
    // P-RX-01: later chunks of a rejected message get the same error.
    const rejected = this.#rejected.get(id);
    const continues = (request.byteRange?.start ?? 1) > 1;
    if (rejected !== undefined && continues) return rejected;
    this.#rejected.delete(id);
    // 4975-5.4-11: a duplicate is acknowledged and not shown again.
    if (this.#complete.has(id) || this.#waiting?.has(id)) return 200;
    // 4975-7.1-06: a body without Content-Type is malformed, which shows at its first octet or never.
    if (request.contentType === null) return 400;
    // 7701-6.3-01, 7701-5.2-07, 4975-7.3.1-08: only message/cpim is used at the top level.
    if (mediaType(request.contentType) !== 'message/cpim') return this.#refuse(request, id, 415);
    return this.#options.pace?.admits(continues) === false ? this.#tooFast(request, id) : 0;
  }

  /** MSRP-23. What came of it before goes no further (7701-6.1-12). */
  #tooFast(request: Request, id: string): number {
    this.#incoming?.get(id)?.abort();
    this.#incoming?.delete(id);
    return this.#refuse(request, id, 413);
  }

  /** 4975-7.1.4-02, 7701-6.2-09: in the response or not at all; there is never a REPORT of failure. */
  #refuse(request: Request, id: string, status: number): number {
    this.#rejected.set(id, status);
    return this.#relay.refuse(request, status);
  }

  #refusal(request: Request, status: number): void {
    this.#session.respond(request, this.#relay.answerTo(request, status));
  }

  #aborted({ request, messageId }: Frame): void {
    // It had ended: what is complete is not taken back.
    if (this.#waiting?.has(messageId)) return this.#session.respond(request, 200);
    this.#incoming?.get(messageId)?.abort();
    this.#incoming?.delete(messageId);
    this.#relay.note(request, 'aborted', 200);
    this.#session.respond(request, 200);
  }

  #whole({ request, messageId }: Frame, body: Buffer): void {
    const tooLarge = body.length > this.#options.maxSize();
    if (tooLarge) this.#options.limited('maxMessageSize');
    const waits = this.#relay.gated || this.#relay.atDoor;
    if (!tooLarge && waits) return this.#hold(this.#waiter(messageId, request, request), Buffer.from(body));
    const outcome = tooLarge ? this.#relay.refuse(request, 413) : this.#relay.whole(request, body);
    if (typeof outcome === 'number') {
      this.#rejected.set(messageId, outcome);
      return this.#refusal(request, outcome);
    }
    this.#complete.set(messageId, true);
    this.#accept(request, body.length);
    outcome();
  }

  // Messages that wait for a verdict: their last chunk is answered with it.

  /** Made with the first message that waits: most sessions have none. */
  get #queue(): Held {
    const slow: Relay['slow'] = (octets, backlog) => this.#relay.slow(octets, backlog);
    const { clock, budget, maxHeld } = this.#options;
    this.#held ??= new Held({ clock, budget, maxHeld, slow });
    return this.#held;
  }

  #waiter(messageId: string, request: Request, answer: Request): Waiting {
    return { messageId, request, answer, connection: this.#session.connection };
  }

  #hold(waiting: Waiting, body: Buffer): void {
    const { messageId, request } = waiting;
    // 4975-10-04: 413 is "wishes the sender to stop sending": as many wait as may.
    const isRoom = this.#queue.takes(body.length);
    if (!isRoom) this.#options.limited('maxPartialBytes');
    const verdict = isRoom ? this.#relay.askWhole(request, body) : this.#relay.refuse(request, 413);
    if (typeof verdict === 'number') return this.#decline(waiting, verdict);
    (this.#waiting ??= new Map()).set(messageId, waiting);
    this.#queue.add(body.length, verdict, (known) => this.#settle(waiting, body, known));
  }

  #settle(waiting: Waiting, body: Buffer, verdict: Verdict): void {
    const { request } = waiting;
    if (verdict.is === 'refused')
      return this.#decline(waiting, this.#relay.refuse(request, verdict.status, verdict.told));
    if (verdict.is === 'taken') {
      this.#relay.note(request, 'none', 200);
      this.#done(waiting, body.length);
      return verdict.run();
    }
    const octets = verdict.instead ? this.#relay.rewritten(body, verdict.instead) : body;
    const outcome = octets ? this.#relay.whole(request, octets) : this.#relay.refuse(request, 400);
    if (typeof outcome === 'number' && !verdict.refused) return this.#decline(waiting, outcome);
    this.#done(waiting, body.length);
    if (typeof outcome === 'number') verdict.refused?.(outcome);
    else outcome();
  }

  #decline(waiting: Waiting, status: number): void {
    const { messageId } = waiting;
    this.#waiting?.delete(messageId);
    this.#rejected.set(messageId, status);
    this.#answerLate(waiting, this.#relay.answerTo(waiting.answer, status));
  }

  #done(waiting: Waiting, length: number): void {
    const { messageId, answer } = waiting;
    this.#waiting?.delete(messageId);
    this.#complete.set(messageId, true);
    this.#answerLate(waiting, 200);
    if (answer.successReport) this.#session.reportSuccess(answer, length);
  }

  /** 4975-7.2-06: on the connection that carried the request or not at all. */
  #answerLate({ answer, connection }: Waiting, status: number): void {
    if (this.#session.connection === connection) this.#session.respond(answer, status);
  }

  /** The last chunk of a message that is known; of one that waits, this is now the one that is answered with the verdict. */
  #again(request: Request, length: number): void {
    const waiting = this.#waiting?.get(request.messageId ?? '');
    if (!waiting) return this.#accept(request, length);
    waiting.answer = request;
    waiting.connection = this.#session.connection;
  }

  /** The verdict about a message that was not complete when it was asked about. */
  #decided(messageId: string, incoming: Incoming): void {
    // Answered with the chunk that is being read.
    if (this.#frame?.incoming === incoming) return;
    const waiting = this.#waiting?.get(messageId);
    if (incoming.status !== 200) {
      this.#reject(messageId, incoming, incoming.status);
      if (waiting) this.#decline(waiting, incoming.status);
    } else if (waiting) {
      this.#incoming?.delete(messageId);
      this.#done(waiting, incoming.length);
    }
  }

  /**
   * 7701-6.3-03: the 200 at once, the success report when the switch has the whole message, each only if asked for
   * (4975-7.1.3-03, 4975-7.1.3-04).
   */
  #accept(request: Request, length: number): void {
    this.#session.respond(request, 200);
    if (request.successReport) this.#session.reportSuccess(request, length);
  }

  /** The frame does not arrive in one piece: its octets are copied and go on as they come. */
  #stream(frame: Frame): void {
    const { piece } = frame;
    if (piece === undefined) return;
    frame.piece = undefined;
    frame.incoming = this.#begin(frame);
    frame.incoming?.push(Buffer.from(piece));
  }

  /**
   * The read ended inside a frame that is refused: its sender hears of it now and "MUST interrupt" the chunk (4975-10-04),
   * instead of sending the rest of a gigabyte in vain. Without Content-Type it is malformed, which is answered elsewhere.
   */
  #refuseEarly(frame: Frame): void {
    const { request, status, incoming } = frame;
    const refusal = this.#relay.answerTo(request, status === 0 ? (incoming?.status ?? 200) : status);
    if (frame.answered || refusal === 200 || request.contentType === null) return;
    frame.answered = true;
    this.#session.respond(request, refusal);
  }

  #refused({ messageId, incoming }: Frame): void {
    if (incoming) this.#reject(messageId, incoming, incoming.status);
  }

  /** The message this frame is a chunk of, in whatever order (4975-7.3.1-03); undefined, and the frame refused, when too many are under way. */
  #begin(frame: Frame): Incoming | undefined {
    const { request, messageId } = frame;
    const known = this.#incoming?.get(messageId);
    if (known) {
      known.begin(request, false);
      return known;
    }
    if (this.partial >= this.#options.maxPartial) {
      this.#options.limited('maxPartialMessages');
      frame.status = this.#refuse(request, messageId, 413);
      return undefined;
    }
    const incoming = new Incoming(this.#relay, request, this.#options, {
      held: () => this.#queue,
      expired: () => void this.#incoming?.delete(messageId),
      decided: (decided) => this.#decided(messageId, decided),
    });
    (this.#incoming ??= new Map()).set(messageId, incoming);
    incoming.begin(request, true);
    return incoming;
  }

  /** 4975-7.2-01: every chunk is answered at once; what is known to fail is told in that answer (4975-7.1.4-01). */
  #chunkEnded({ request, messageId }: Frame, incoming: Incoming, last: boolean): void {
    incoming.end(request, last);
    if (incoming.status !== 200) {
      this.#reject(messageId, incoming, incoming.status);
      return this.#refusal(request, incoming.status);
    }
    if (!incoming.complete) return this.#session.respond(request, 200);
    if (incoming.asked)
      return void (this.#waiting ??= new Map()).set(messageId, this.#waiter(messageId, incoming.request, request));
    // 7701-6.1-11.
    this.#incoming?.delete(messageId);
    if (incoming.unasked) return this.#hold(this.#waiter(messageId, incoming.request, request), incoming.take());
    this.#complete.set(messageId, true);
    this.#accept(request, incoming.length);
  }

  #reject(id: string, incoming: Incoming, status: number): void {
    incoming.abort();
    this.#incoming?.delete(id);
    this.#rejected.set(id, status);
  }
}
