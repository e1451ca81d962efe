import { DEFAULT_LIMITS, type MessageLimits } from './limits.js';
import type { SipMessage } from './message.js';
import { contentLength, type ParsedHead, type ParseFailure, parseHead, validate } from './parser.js';

/**
 * What a byte stream holds, in order. After `broken` the boundaries are lost: answer if `failure.message` allows, then
 * close. `refused` is a message whose length was known, so the stream goes on behind it.
 */
export type FramerEvent =
  /** `octets` are valid until the next `receive`. */
  | { type: 'message'; message: SipMessage; octets: Buffer }
  | { type: 'refused'; failure: ParseFailure }
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'broken'; failure: ParseFailure };

interface PendingBody {
  head: ParsedHead;
  headSize: number;
  bodySize: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CR = 0x0d;
const LF = 0x0a;
const INITIAL = 4096;

/**
 * Cuts a stream into messages by Content-Length, which RFC 3261 §20.14 makes mandatory there: "If a stream-based
 * protocol (such as TCP) is used as transport, then the header field MUST be used."
 *
 * Sans-IO: `receive(bytes)` returns what they complete. Each byte is copied once into a growing buffer and looked at
 * once, however the chunks fall. RFC 5626 §3.5.1 keep-alives, a double CRLF between messages, come out as `ping`.
 */
export class StreamFramer {
  readonly #limits: MessageLimits;
  #buffer = Buffer.allocUnsafe(INITIAL);
  #start = 0;
  #end = 0;
  /** Where the search for the empty line goes on, relative to #start. */
  #searched = 0;
  /** The head whose body is awaited. */
  #pending: PendingBody | undefined;
  #broken = false;
  /** The last chunk ended with a single CRLF between messages. */
  #lone = false;

  constructor(limits: MessageLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Whether a message has begun and not ended: the peer owes us bytes. */
  get midMessage(): boolean {
    return !this.#broken && this.#end - this.#start > 0;
  }

  receive(chunk: Buffer): FramerEvent[] {
    const events: FramerEvent[] = [];
    if (this.#broken) return events;
    this.#append(chunk);
    for (;;) {
      const event = this.#next();
      if (!event) break;
      events.push(event);
      if (event.type === 'broken') {
        this.#broken = true;
        this.#buffer = Buffer.alloc(0);
        this.#start = this.#end = 0;
        break;
      }
    }
    if (this.#start === this.#end) this.#reset();
    return events;
  }

  #next(): FramerEvent | undefined {
    if (this.#pending) return this.#completeBody(this.#pending);
    const keepAlive = this.#skipEmptyLines();
    if (keepAlive) return keepAlive;
    const held = this.#buffer.subarray(this.#start, this.#end);
    const headEnd = held.indexOf(HEAD_END, this.#searched);
    if (headEnd > this.#limits.maxHead || (headEnd === -1 && held.length > this.#limits.maxHead + HEAD_END.length)) {
      return broken(513, 'header fields too large');
    }
    if (headEnd === -1) {
      this.#searched = Math.max(0, held.length - (HEAD_END.length - 1));
      return undefined;
    }
    return this.#takeHead(held.subarray(0, headEnd));
  }

  #takeHead(bytes: Buffer): FramerEvent | undefined {
    const head = parseHead(bytes);
    if (!head.ok) return { type: 'broken', failure: head };
    const length = contentLength(head.message.headers);
    if (length === undefined) return broken(400, 'Content-Length is missing', head.message);
    if (length === 'invalid') return broken(400, 'Content-Length', head.message);
    if (length > this.#limits.maxBody) return broken(413, 'body too large', head.message);
    this.#pending = { head, headSize: bytes.length + HEAD_END.length, bodySize: length };
    return this.#completeBody(this.#pending);
  }

  #completeBody({ head, headSize, bodySize }: PendingBody): FramerEvent | undefined {
    const size = headSize + bodySize;
    if (this.#end - this.#start < size) return undefined;
    const { message } = head;
    const bodyStart = this.#start + headSize;
    if (bodySize > 0) message.body = Buffer.from(this.#buffer.subarray(bodyStart, bodyStart + bodySize));
    const octets = this.#buffer.subarray(this.#start, this.#start + size);
    this.#start += size;
    this.#searched = 0;
    this.#lone = false;
    this.#pending = undefined;
    const result = validate(head);
    return result.ok ? { type: 'message', message, octets } : { type: 'refused', failure: result };
  }

  /**
   * RFC 3261 §7.5: "Implementations processing SIP messages over stream-oriented transports MUST ignore any CRLF
   * appearing before the start-line". Two of them are a ping; one, when nothing follows, is the pong to ours.
   */
  #skipEmptyLines(): FramerEvent | undefined {
    const held = this.#end - this.#start;
    if (held < 2 || this.#buffer[this.#start] !== CR || this.#buffer[this.#start + 1] !== LF) return undefined;
    const second = held >= 4 && this.#buffer[this.#start + 2] === CR && this.#buffer[this.#start + 3] === LF;
    // A CR alone may be the first half of the second CRLF: wait for the next chunk.
    if (!second && held === 3 && this.#buffer[this.#start + 2] === CR) return undefined;
    this.#start += second ? 4 : 2;
    this.#searched = 0;
    // The two halves of a ping may come in two chunks.
    const ping = second || this.#lone;
    this.#lone = !ping && held === 2;
    return { type: ping ? 'ping' : 'pong' };
  }

  #append(chunk: Buffer): void {
    const held = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) {
      const needed = held + chunk.length;
      const target = needed <= this.#buffer.length / 2 ? this.#buffer : Buffer.allocUnsafe(roundUp(needed));
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#start = 0;
      this.#end = held;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** An idle connection holds no more than the initial buffer. */
  #reset(): void {
    this.#start = this.#end = this.#searched = 0;
    if (this.#buffer.length > INITIAL) this.#buffer = Buffer.allocUnsafe(INITIAL);
  }
}

const broken = (status: ParseFailure['status'], reason: string, message?: SipMessage): FramerEvent => ({
  type: 'broken',
  failure: { ok: false, status, reason, message },
});

/** Doubling keeps the cost of growing linear in the bytes received. */
const roundUp = (size: number): number => 2 ** Math.ceil(Math.log2(Math.max(size, INITIAL)) + 0.0001);
