import {
  type ByteRange,
  type FatalError,
  type FrameEnd,
  formatResponse,
  mediaType,
  type Message,
  type MessageSink,
  type ReportStatus,
  type Request,
  type Response,
  urisEqual,
} from '../msrp/index.js';
import type { Reassembler } from '../msrp/index.js';

export interface ReceiverDelegate {
  /** A request names our session. @returns whether this connection may speak for it; else the answer is 506 */
  claim(): boolean;
  onResponse(response: Response): void;
  /** A REPORT about a message of ours. */
  onReport(messageId: string, range: ByteRange | null, status: ReportStatus): void;
  /** @returns status to answer: 200, or 400 for content that cannot be read */
  onMessage(contentType: string, body: Uint8Array): number;
  /** Writes a response. */
  reply(frame: string): void;
  sendReport(messageId: string, length: number, toPath: readonly string[]): void;
  /** The stream has no frames any more (4975-9-03). */
  onBroken(error: FatalError): void;
}

export interface ReceiverOptions {
  ownUri: string;
  reassembler: Reassembler;
  /** Octets of one chunk. */
  maxSize: number;
  /** Top-level types our SDP listed, lower case. */
  acceptTypes: readonly string[];
  delegate: ReceiverDelegate;
}

const NO_BYTES = Buffer.alloc(0);

/** The receiving half of one session (RFC 4975 §7.3): frames in, responses and whole messages out. */
export class MsrpReceiver implements MessageSink {
  readonly #options: ReceiverOptions;
  readonly #delegate: ReceiverDelegate;
  #head: Message | undefined;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#delegate = options.delegate;
  }

  head(message: Message): void {
    this.#head = message;
    this.#pieces = [];
    this.#length = 0;
  }

  body(piece: Buffer): void {
    this.#length += piece.length;
    // what can only be refused need not be kept
    if (this.#length > this.#options.maxSize) this.#pieces = [];
    else this.#pieces.push(Buffer.from(piece));
  }

  end(end: FrameEnd): void {
    const head = this.#head;
    const body = this.#pieces.length === 0 ? NO_BYTES : Buffer.concat(this.#pieces);
    this.#head = undefined;
    this.#pieces = [];
    if (head?.kind === 'response' && end.errors.length === 0) this.#delegate.onResponse(head);
    if (head?.kind === 'request') this.#request(head, end, body);
  }

  fatal(error: FatalError): void {
    this.#delegate.onBroken(error);
  }

  // 4975-7.3-02: framing, session, method, then what the method asks
  #request(request: Request, end: FrameEnd, body: Buffer): void {
    if (end.errors.length > 0) return this.#answer(request, 400);
    // 4975-7.3-01: exactly one URI, and it is our session
    const [to, ...more] = request.toPath;
    if (to === undefined || more.length > 0 || !urisEqual(to, this.#options.ownUri)) return this.#answer(request, 481);
    // 4975-5.4-06: the session lives on another connection
    if (!this.#delegate.claim()) return this.#answer(request, 506);
    switch (request.method) {
      case 'SEND':
        return this.#send(request, end, body);
      case 'REPORT':
        // 4975-7.3.2-01: only namespace 000 has a meaning
        if (request.messageId !== null && request.status?.namespace === '000') {
          this.#delegate.onReport(request.messageId, request.byteRange, request.status);
        }
        return undefined;
      default:
        return this.#answer(request, 501);
    }
  }

  #send(request: Request, end: FrameEnd, body: Buffer): void {
    const { messageId, contentType } = request;
    // a bodiless SEND is traffic only (4975-7.1-07), except that "#" gives a message up
    if (messageId === null || (!end.hasBody && end.flag !== '#')) return this.#answer(request, 200);
    if (contentType !== null && !this.#options.acceptTypes.includes(mediaType(contentType)))
      return this.#answer(request, 415);
    if (this.#length > this.#options.maxSize) return this.#answer(request, 413);
    const result = this.#options.reassembler.add(messageId, {
      start: request.byteRange?.start,
      bytes: body,
      flag: end.flag,
    });
    switch (result.kind) {
      case 'refused':
        return this.#answer(request, result.status);
      case 'complete':
        return this.#complete(request, messageId, contentType ?? '', result.bytes);
      case 'duplicate':
        this.#answer(request, 200);
        return this.#report(request, messageId, this.#length);
      default:
        return this.#answer(request, 200);
    }
  }

  #complete(request: Request, messageId: string, contentType: string, bytes: Uint8Array): void {
    const status = this.#delegate.onMessage(contentType, bytes);
    this.#answer(request, status);
    if (status === 200) this.#report(request, messageId, bytes.length);
  }

  // 4975-7.3.1-14
  #report(request: Request, messageId: string, length: number): void {
    if (request.successReport) this.#delegate.sendReport(messageId, length, request.fromPath);
  }

  #answer(request: Request, status: number): void {
    const [sender] = request.fromPath;
    if (sender === undefined || request.method === 'REPORT') return;
    if (request.method === 'SEND') {
      // 4975-7.2-02: "no" is never answered, "partial" only with errors
      if (request.failureReport === 'no' || (request.failureReport === 'partial' && status === 200)) return;
      // 4975-7.2-04: the response to SEND goes one hop back
      return this.#delegate.reply(formatResponse(request.tid, status, [sender], [this.#options.ownUri]));
    }
    this.#delegate.reply(formatResponse(request.tid, status, request.fromPath, [this.#options.ownUri]));
  }
}
