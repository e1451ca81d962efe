/** SEND (RFC 7701 §6): complete messages are routed at once, chunked ones as their octets arrive. */
import { type FrameEnd, mediaType, type Request, type Session } from '../../msrp/index.js';
import { Incoming, type IncomingOptions } from '../incoming.js';
import type { Relay } from '../relay.js';

export interface SendOptions extends IncomingOptions {
  /** Chunked messages under way at once (P-RX-02). */
  maxPartial: number;
}

/** Message-IDs whose fate is remembered: rejected ones (P-RX-01) and complete ones (4975-5.4-11). */
const REMEMBERED = 256;

export class SendHandler {
  readonly #session: Session;
  readonly #relay: Relay;
  readonly #options: SendOptions;
  readonly #incoming = new Map<string, Incoming>();
  readonly #rejected = new Map<string, number>();
  readonly #complete = new Map<string, true>();
  /** The frame being read. */
  #request: Request | undefined;
  /** Its body so far, still in the reader's buffer: most frames arrive in one read and are never copied. */
  #piece: Buffer | undefined;
  /** The message its body goes to, once it is known not to arrive in one piece. */
  #current: Incoming | undefined;
  /** Why its body is not wanted; 0 when it is. */
  #refusal = 0;

  constructor(session: Session, relay: Relay, options: SendOptions) {
    this.#session = session;
    this.#relay = relay;
    this.#options = options;
  }

  head(request: Request): void {
    this.#request = request;
    this.#piece = undefined;
    this.#current = undefined;
    this.#refusal = this.#refusalOf(request);
  }

  body(piece: Buffer): void {
    if (this.#refusal !== 0) return;
    if (!this.#current && this.#piece === undefined) {
      this.#piece = piece;
      return;
    }
    this.#stream();
    this.#current?.push(Buffer.from(piece));
  }

  settle(): void {
    this.#stream();
  }

  end(request: Request, end: FrameEnd): void {
    const piece = this.#piece;
    this.#request = undefined;
    this.#piece = undefined;
    // 7701-6.1-20, A-38: a bodiless SEND is answered and not distributed.
    if (!end.hasBody) return this.#withoutBody(request, end);
    if (this.#refusal !== 0) return this.#session.respond(request, this.#refusal);
    if (end.flag === '#') return this.#aborted(request);
    const isWhole = end.flag === '$' && (request.byteRange?.start ?? 1) === 1;
    if (isWhole && !this.#incoming.has(request.messageId!)) return this.#whole(request, piece ?? EMPTY);
    const incoming = this.#current ?? this.#begin(request);
    if (incoming && piece !== undefined) incoming.push(Buffer.from(piece));
    if (incoming) this.#chunkEnded(request, incoming, end.flag === '$');
    else this.#session.respond(request, 413);
  }

  /** The frame is malformed after all. */
  abandon(request: Request): void {
    this.#request = undefined;
    this.#piece = undefined;
    const incoming = this.#current ?? this.#incoming.get(request.messageId ?? '');
    this.#current = undefined;
    if (incoming && request.messageId) this.#reject(request.messageId, incoming, 400);
  }

  /** The connection is gone: what was under way is not continued. */
  lost(): void {
    for (const incoming of this.#incoming.values()) incoming.abort();
    this.#incoming.clear();
    this.#request = undefined;
    this.#piece = undefined;
    this.#current = undefined;
  }

  #refusalOf(request: Request): number {
    const id = request.messageId!;
    // P-RX-01: later chunks of a rejected message get the same error.
    const rejected = this.#rejected.get(id);
    const continues = (request.byteRange?.start ?? 1) > 1;
    if (rejected !== undefined && continues) return rejected;
    this.#rejected.delete(id);
    // 7701-6.3-01: only message/cpim is used at the top level.
    if (request.contentType === null || mediaType(request.contentType) === 'message/cpim') return 0;
    remember(this.#rejected, id, 415);
    return this.#relay.refuse(request, 415);
  }

  #withoutBody(request: Request, end: FrameEnd): void {
    if (end.flag === '#') return this.#aborted(request);
    this.#relay.note(request, 'none', 200);
    this.#session.respond(request, 200);
  }

  /** 4975-7.3.1-07: `#` ends the message; the frame is answered as usual. */
  #aborted(request: Request): void {
    const id = request.messageId!;
    this.#incoming.get(id)?.abort();
    this.#incoming.delete(id);
    this.#current = undefined;
    this.#relay.note(request, 'aborted', 200);
    this.#session.respond(request, 200);
  }

  #whole(request: Request, body: Buffer): void {
    const id = request.messageId!;
    // 4975-5.4-11: a duplicate is acknowledged and not shown again.
    if (this.#complete.has(id)) return this.#accept(request, body.length);
    const tooLarge = body.length > this.#options.maxSize;
    const outcome = tooLarge ? this.#relay.refuse(request, 413) : this.#relay.whole(request, body);
    if (typeof outcome === 'number') {
      remember(this.#rejected, id, outcome);
      return this.#session.respond(request, outcome);
    }
    remember(this.#complete, id, true);
    this.#accept(request, body.length);
    outcome();
  }

  /** 7701-6.3-03: the 200 at once, the success report when the switch has the whole message. */
  #accept(request: Request, length: number): void {
    this.#session.respond(request, 200);
    if (request.successReport) this.#session.reportSuccess(request, length);
  }

  /** The frame does not arrive in one piece: its octets are copied and go on as they come. */
  #stream(): void {
    const piece = this.#piece;
    if (piece === undefined || !this.#request) return;
    this.#piece = undefined;
    this.#current = this.#begin(this.#request);
    if (this.#current) this.#current.push(Buffer.from(piece));
    else this.#refusal = this.#relay.refuse(this.#request, 413);
  }

  /** The message this frame is a chunk of; undefined when too many are under way. */
  #begin(request: Request): Incoming | undefined {
    const id = request.messageId!;
    const known = this.#incoming.get(id);
    if (known) {
      known.begin(request, false);
      return known;
    }
    if (this.#incoming.size >= this.#options.maxPartial) return undefined;
    const incoming = new Incoming(this.#relay, request, this.#options, () => this.#incoming.delete(id));
    this.#incoming.set(id, incoming);
    incoming.begin(request, true);
    return incoming;
  }

  #chunkEnded(request: Request, incoming: Incoming, last: boolean): void {
    this.#current = undefined;
    const id = request.messageId!;
    incoming.end(last);
    if (incoming.status !== 200) {
      this.#reject(id, incoming, incoming.status);
      return this.#session.respond(request, incoming.status);
    }
    if (!incoming.complete) return this.#session.respond(request, 200);
    this.#incoming.delete(id);
    remember(this.#complete, id, true);
    this.#accept(request, incoming.length);
  }

  #reject(id: string, incoming: Incoming, status: number): void {
    incoming.abort();
    this.#incoming.delete(id);
    remember(this.#rejected, id, status);
  }
}

const EMPTY = Buffer.alloc(0);

/** Adds to a bounded memory; the oldest is forgotten first. */
function remember<V>(memory: Map<string, V>, id: string, value: V): void {
  memory.delete(id);
  memory.set(id, value);
  if (memory.size > REMEMBERED) memory.delete(memory.keys().next().value!);
}
