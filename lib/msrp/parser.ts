/**
 * Bytes in, events out (RFC 4975 §7.1, §9): incremental, one pass, no rescans. The same events come out however the
 * stream is cut (4975-7.1-09); a body, of any length (4975-7.1.1-15) and any octets (4975-7.1-11), is passed on as it
 * arrives and at most an end-line's length is held back. A malformed head costs its frame, not the framing (P-LIM-04).
 */
import { END_LINE_HYPHENS, isIdentByte, isIdentFirst, MAX_IDENT, MAX_NON_SEND_BODY, MIN_IDENT } from './grammar.js';
import { HeadBuilder } from './head.js';
import type { FatalError, Flag, FrameError, Message, MessageSink } from './message.js';

/** How much of a peer is read before it is too much. */
export interface ParserLimits {
  /** Longest start or header line in octets, without its CRLF. @defaultValue 8192 (P-LIM-01) */
  lineLength: number;
  /** Most header lines of a frame. @defaultValue 64 (P-LIM-02) */
  headerLines: number;
  /** Longest Message-ID in characters; some clients write more than the grammar has. @defaultValue 32 (4975-9-15) */
  messageIdLength: number;
}

/** What is taken of a peer unless said otherwise. */
export const DEFAULT_LIMITS: ParserLimits = { lineLength: 8192, headerLines: 64, messageIdLength: MAX_IDENT };

type State = 'between' | 'headers' | 'body' | 'closed';

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const PROTOCOL = Buffer.from('MSRP ');
const NO_BYTES = Buffer.alloc(0);

/** Octets in, requests and responses out; never throws, whatever comes. */
export class Parser {
  readonly #sink: MessageSink;
  readonly #limits: ParserLimits;
  readonly #builder: HeadBuilder;
  #state: State = 'between';
  /** The beginning of a line whose rest has not arrived; a copy, because the reader's buffer is used again. */
  #carry: Buffer = NO_BYTES;
  #pending = 0;
  /** Octets of the complete lines of the current head, the blank line included. */
  #frameOctets = 0;

  #tid = '';
  #head: Message | null = null;
  #headerLines = 0;
  #bodyLength = 0;
  /** CRLF, hyphens and transaction id: what precedes the flag of the end-line of a body, and no octet of it (4975-7.1-04). */
  #marker: Buffer = NO_BYTES;
  /** How many octets of marker, flag and CRLF the end of the data so far matches; they are held back. */
  #matched = 0;
  #flag: Flag = '$';
  /** Whether the body has octets: until then the CRLF matched is the blank line's and no octet of the body. */
  #inBody = false;

  constructor(sink: MessageSink, limits: Partial<ParserLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#builder = new HeadBuilder(this.#limits.messageIdLength);
  }

  /** Octets received that belong to an unfinished frame. */
  get pending(): number {
    return this.#pending;
  }

  /** Between two frames: nothing of a frame has arrived. */
  get idle(): boolean {
    return this.#state === 'between' && this.#carry.length === 0;
  }

  /** Nothing more is parsed, not even the rest of a buffer in hand: for sinks that closed the connection. */
  stop(): void {
    this.#state = 'closed';
    this.#carry = NO_BYTES;
    this.#pending = 0;
  }

  /** After `stop`: what comes next is the beginning of a frame. Not for sinks, which are called in the midst of one. */
  restart(): void {
    this.stop();
    this.#state = 'between';
    this.#head = null;
    this.#frameOctets = 0;
    this.#matched = 0;
    this.#inBody = false;
  }

  /** Parses what arrived. Calls the sink before it returns, and keeps no reference to `bytes`. */
  receive(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#state !== 'closed') {
      if (this.#state === 'body') at = this.#receiveBody(bytes, at);
      else {
        if (this.idle) {
          at = behindEmptyLines(bytes, at);
          if (this.#sink.between) at = this.#sink.between(bytes, at);
        }
        if (at < bytes.length && !this.#closed) at = this.#receiveLine(bytes, at);
      }
    }
  }

  get #closed(): boolean {
    return this.#state === 'closed';
  }

  #fatal(error: FatalError): void {
    this.stop();
    this.#sink.fatal(error);
  }

  /** Takes one line, or keeps its beginning; returns where to go on. */
  #receiveLine(bytes: Buffer, at: number): number {
    const end = this.#lineEnd(bytes, at);
    if (end < 0) {
      this.#keep(bytes.subarray(at));
      return bytes.length;
    }
    const carried = this.#carry;
    this.#carry = NO_BYTES;
    const next = end + 1;
    if (carried.length === 0) this.#line(bytes, at, end - 1);
    else {
      const whole = Buffer.concat([carried, bytes.subarray(at, next)]);
      this.#line(whole, 0, whole.length - 2);
    }
    return next;
  }

  /** Index of the LF of the first CRLF at or after `at`, or -1. A lone LF never ends a line (4975-9-13). */
  #lineEnd(bytes: Buffer, at: number): number {
    let lf = bytes.indexOf(LF, at);
    while (lf >= 0) {
      const before = lf > at ? bytes[lf - 1] : this.#carry[this.#carry.length - 1];
      if (before === CR) return lf;
      lf = bytes.indexOf(LF, lf + 1);
    }
    return -1;
  }

  #keep(rest: Buffer): void {
    this.#carry = Buffer.concat([this.#carry, rest]);
    // 4975-9-03: decide as soon as the first differing byte is seen, do not wait for CRLF.
    if (this.#state === 'between') {
      const skip = isBlankStart(this.#carry);
      if (!skip && this.#startLine(this.#carry, 0, this.#carry.length, false) === null) return;
    }
    // P-LIM-01: as soon as the limit is crossed; a last CR may be the first half of the line's end.
    const { length } = this.#carry;
    const content = this.#carry[length - 1] === CR ? length - 1 : length;
    if (content > this.#limits.lineLength) return this.#fatal('line-too-long');
    this.#pending = this.#frameOctets + this.#carry.length;
  }

  /** A complete line: `bytes[from, to)` is its content, CRLF follows. */
  #line(bytes: Buffer, from: number, to: number): void {
    if (this.#state === 'headers') {
      this.#frameOctets += to - from + 2;
      this.#pending = this.#frameOctets;
      return this.#headerLine(bytes, from, to);
    }
    // P-LIM-03: empty lines between frames are skipped; some peers use them as a keep-alive.
    if (to === from) {
      this.#pending = 0;
      return;
    }
    const tidEnd = this.#startLine(bytes, from, to, true);
    if (tidEnd === null) return;
    if (to - from > this.#limits.lineLength) return this.#fatal('line-too-long');
    this.#tid = bytes.toString('latin1', from + PROTOCOL.length, tidEnd);
    this.#builder.start(this.#tid, bytes.toString('latin1', tidEnd + 1, to));
    this.#headerLines = 0;
    this.#bodyLength = 0;
    this.#head = null;
    this.#state = 'headers';
    this.#frameOctets = to - from + 2;
    this.#pending = this.#frameOctets;
  }

  /**
   * Checks "MSRP SP transact-id SP …" as far as it is there (4975-9-01). Returns the index behind the transaction id,
   * or null after having reported why no frame boundary can be known (4975-9-02, 4975-9-03).
   */
  #startLine(bytes: Buffer, from: number, to: number, complete: boolean): number | null {
    const prefix = Math.min(to - from, PROTOCOL.length);
    for (let i = 0; i < prefix; i++) if (bytes[from + i] !== PROTOCOL[i]) return this.#noFrame('start-line');
    if (to - from <= PROTOCOL.length) return complete ? this.#noFrame('start-line') : from;
    let at = from + PROTOCOL.length;
    if (bytes[at] === SP || isLineBreak(bytes[at])) return this.#noFrame('start-line');
    if (!isIdentFirst(bytes[at])) return this.#noFrame('transaction-id');
    while (at < to && isIdentByte(bytes[at])) at++;
    const length = at - from - PROTOCOL.length;
    if (length > MAX_IDENT) return this.#noFrame('transaction-id');
    if (at === to) return complete ? this.#noFrame('start-line') : at;
    if (bytes[at] !== SP) return this.#noFrame(isLineBreak(bytes[at]) ? 'start-line' : 'transaction-id');
    if (length < MIN_IDENT) return this.#noFrame('transaction-id');
    return this.#startLineRest(bytes, from, at, to, complete);
  }

  #startLineRest(bytes: Buffer, from: number, tidEnd: number, to: number, complete: boolean): number | null {
    // A bare CR or LF leaves open where the line ends. What lies behind the limit is not looked at, however it arrives.
    const end = Math.min(to, from + this.#limits.lineLength + 1);
    for (let i = tidEnd + 1; i < end; i++) {
      if (bytes[i] === LF || (bytes[i] === CR && (complete || i < to - 1))) return this.#noFrame('start-line');
    }
    return tidEnd;
  }

  #noFrame(error: FatalError): null {
    this.#fatal(error);
    return null;
  }

  #headerLine(bytes: Buffer, from: number, to: number): void {
    if (to - from > this.#limits.lineLength) return this.#fatal('line-too-long');
    if (to === from) return this.#openBody();
    const line = bytes.toString('latin1', from, to);
    if (bytes[from] === 0x2d) {
      const flag = endLineFlag(line, this.#tid);
      if (flag) return this.#endWithoutBody(flag);
    }
    if (++this.#headerLines > this.#limits.headerLines) return this.#fatal('too-many-headers');
    this.#builder.line(line);
  }

  #openBody(): void {
    this.#head = this.#builder.build();
    this.#marker = Buffer.from(`\r\n${END_LINE_HYPHENS}${this.#tid}`, 'latin1');
    // The CRLF of the blank line may itself be the one in front of the end-line (4975-7.1-13).
    this.#matched = 2;
    this.#state = 'body';
    this.#sink.head(this.#head);
  }

  #receiveBody(bytes: Buffer, at: number): number {
    let from = at;
    while (from < bytes.length) {
      if (this.#state !== 'body') return from;
      if (this.#matched > 0) {
        from = this.#match(bytes, from);
        continue;
      }
      const found = bytes.indexOf(this.#marker, from);
      const stop = found >= 0 ? found : this.#possibleMarker(bytes, from);
      this.#emit(bytes.subarray(from, stop));
      if (found < 0) {
        from = stop;
        if (from < bytes.length) {
          this.#matched = 1;
          from++;
        }
      } else {
        this.#matched = this.#marker.length;
        from = found + this.#marker.length;
      }
    }
    if (this.#state !== 'body') return from;
    // Held-back octets are not yet body, but they belong to the frame.
    this.#pending = this.#frameOctets + this.#bodyLength + this.#heldBack();
    return from;
  }

  #heldBack(): number {
    return this.#inBody ? this.#matched : this.#matched - 2;
  }

  /** First index from which the rest of `bytes` could be the beginning of the marker, or its length. */
  #possibleMarker(bytes: Buffer, from: number): number {
    let cr = bytes.indexOf(CR, Math.max(from, bytes.length - this.#marker.length));
    while (cr >= 0) {
      const rest = bytes.length - cr;
      if (rest <= this.#marker.length && bytes.compare(this.#marker, 0, rest, cr, bytes.length) === 0) return cr;
      cr = bytes.indexOf(CR, cr + 1);
    }
    return bytes.length;
  }

  /** Goes on matching marker, flag and CRLF, all of them (4975-7.1-08), from where the last octet left off. */
  #match(bytes: Buffer, at: number): number {
    const { length } = this.#marker;
    let from = at;
    while (from < bytes.length) {
      const byte = bytes[from];
      const expected = this.#matched;
      if (expected < length) {
        if (byte !== this.#marker[expected]) break;
      } else if (expected === length) {
        const flag = flagOf(byte);
        if (!flag) break;
        this.#flag = flag;
      } else if (byte !== (expected === length + 1 ? CR : LF)) break;
      from++;
      this.#matched++;
      if (this.#matched === length + 3) {
        this.#endWithBody();
        return from;
      }
    }
    if (from === bytes.length) return from;
    // 4975-7.1-15: no end-line after all, so what was held back is body. CR is the only octet that can start another match.
    this.#release();
    if (bytes[from] === CR) {
      this.#matched = 1;
      from++;
    }
    return from;
  }

  #release(): void {
    const looked = Buffer.concat([this.#marker, Buffer.from(`${this.#flag}\r`, 'latin1')]);
    const held = looked.subarray(this.#inBody ? 0 : 2, this.#matched);
    this.#inBody = true;
    this.#matched = 0;
    this.#emit(held);
  }

  #emit(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bodyLength += piece.length;
    this.#sink.body(piece);
  }

  #endWithoutBody(flag: Flag): void {
    const head = this.#builder.build();
    this.#sink.head(head);
    // 4975-7.1-14: Content-Type but no body.
    const missing = head.kind === 'request' && head.contentType !== null;
    if (!this.#closed) this.#finish(head, flag, false, missing ? ['body-missing'] : []);
  }

  #endWithBody(): void {
    const head = this.#head!;
    const contentType = head.kind === 'request' && head.contentType !== null;
    if (!this.#inBody) return this.#finish(head, this.#flag, contentType, []);
    const errors: FrameError[] = [];
    // 4975-7.1-06: with a body Content-Type is mandatory.
    if (!contentType) errors.push('content-type-missing');
    // 4975-7.1-12, A-35.
    if (head.kind === 'request' && head.method !== 'SEND' && this.#bodyLength > MAX_NON_SEND_BODY) {
      errors.push('body-size');
    }
    this.#finish(head, this.#flag, true, errors);
  }

  #finish(head: Message, flag: Flag, hasBody: boolean, found: FrameError[]): void {
    // 4975-5.1-02, 4975-7.1-16: only SEND is chunked; responses and reports count as complete.
    if (flag !== '$' && head.kind === 'request' && head.method !== 'SEND' && head.method !== 'REPORT') {
      found.push('flag');
    }
    const errors = found.length === 0 ? head.errors : [...head.errors, ...found];
    this.#state = 'between';
    this.#matched = 0;
    this.#inBody = false;
    this.#pending = 0;
    this.#frameOctets = 0;
    this.#head = null;
    this.#marker = NO_BYTES;
    this.#sink.end({ flag, hasBody, bodyLength: this.#bodyLength, errors });
  }
}

/** P-LIM-03. Nothing else is as cheap to send, so nothing must be cheaper to skip. */
function behindEmptyLines(bytes: Buffer, from: number): number {
  const last = bytes.length - 1;
  let at = from;
  while (at < last && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
  return at;
}

const isLineBreak = (byte: number): boolean => byte === CR || byte === LF;

function flagOf(byte: number): Flag | null {
  if (byte === 0x24) return '$';
  if (byte === 0x2b) return '+';
  return byte === 0x23 ? '#' : null;
}

/** The flag when the line is exactly the end-line of `tid`, else null. */
function endLineFlag(line: string, tid: string): Flag | null {
  const expected = END_LINE_HYPHENS.length + tid.length;
  if (line.length !== expected + 1 || !line.startsWith(END_LINE_HYPHENS) || !line.startsWith(tid, 7)) return null;
  return flagOf(line.charCodeAt(expected));
}

/** A lone CR that may become the empty line between frames. */
const isBlankStart = (bytes: Buffer): boolean => bytes.length === 1 && bytes[0] === CR;
