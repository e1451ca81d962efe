import { MAX_HEADER_BYTES } from '../../cpim/index.js';
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
} from '../../msrp/index.js';
import type { Reassembler } from '../../msrp/index.js';
import type { LargeMessage } from './large-message.js';
import type { LargeMessages } from './large-messages.js';

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
  large: LargeMessages;
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
  /** The message whose chunk is being read as it arrives. */
  #large: LargeMessage | undefined;
  /** The chunk may begin a message that somebody wants to read as it arrives. */
  #mayBeLarge = false;
  /** The request was refused before its end. */
  #answered = false;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#delegate = options.delegate;
  }

  head(message: Message): void {
    this.#head = message;
    this.#pieces = [];
    this.#length = 0;
    this.#large = undefined;
    this.#mayBeLarge = false;
    this.#answered = false;
    if (message.kind !== 'request' || message.method !== 'SEND' || !this.#mayRead(message)) return;
    this.#large = this.#options.large.get(message.messageId ?? '');
    this.#large?.begin(message.byteRange?.start);
    this.#mayBeLarge = this.#large === undefined && this.#options.large.mayBegin(message);
  }

  body(piece: Buffer): void {
    const request = this.#head;
    if (request?.kind !== 'request') return;
    this.#length += piece.length;
    if (this.#large) this.#large.push(Buffer.from(piece));
    // what can only be refused need not be kept
    else if (this.#length > this.#options.maxSize) this.#pieces = [];
    else this.#pieces.push(Buffer.from(piece));
    if (this.#mayBeLarge) this.#openLarge(request);
    // 4975-10-04: the sole purpose of 413 is to stop the sender, so it does not wait for the end of the chunk
    if (!this.#answered && this.#large?.status === 413) {
      this.#answer(request, 413);
      this.#answered = true;
    }
  }

  end(end: FrameEnd): void {
    const head = this.#head;
    const body = this.#pieces.length === 0 ? NO_BYTES : Buffer.concat(this.#pieces);
    this.#head = undefined;
    this.#pieces = [];
    if (head?.kind === 'response' && end.errors.length === 0) this.#delegate.onResponse(head);
    if (head?.kind === 'request') this.#request(head, end, body);
  }

  /** Whether the octets of a SEND can be taken before its end was seen. */
  #mayRead({ errors, toPath, contentType }: Request): boolean {
    return (
      errors.length === 0 &&
      toPath.length === 1 &&
      urisEqual(toPath[0], this.#options.ownUri) &&
      contentType !== null &&
      this.#options.acceptTypes.includes(mediaType(contentType)) &&
      this.#delegate.claim()
    );
  }

  #openLarge(request: Request): void {
    const opened = this.#options.large.open(request, Buffer.concat(this.#pieces));
    // an envelope has bounds; what is beyond them will be answered as a whole
    if (opened === 'more' && this.#length <= 2 * MAX_HEADER_BYTES) return;
    this.#mayBeLarge = false;
    if (opened === 'more' || opened === undefined) return;
    this.#large = opened;
    this.#pieces = [];
  }

  fatal(error: FatalError): void {
    this.#delegate.onBroken(error);
  }

  // 4975-7.3-02: framing, session, method, then what the method asks
  #request(request: Request, end: FrameEnd, body: Buffer): void {
    if (end.errors.length > 0) {
      this.#large?.abort('a chunk of it was malformed');
      return this.#answer(request, 400);
    }
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
    if (this.#large) return this.#sendLarge(this.#large, request, end);
    if (this.#length > this.#options.maxSize) return this.#answer(request, 413);
    const known = this.#options.large.lengthOf(messageId);
    if (known !== undefined) {
      this.#answer(request, 200);
      if (end.flag === '$') this.#report(request, messageId, known);
      return undefined;
    }
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

  #sendLarge(message: LargeMessage, request: Request, end: FrameEnd): void {
    const complete = message.end(end.flag);
    this.#answer(request, message.status);
    if (!complete || request.messageId === null) return;
    this.#options.large.completed(request.messageId, message);
    this.#report(request, request.messageId, message.length);
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
    if (sender === undefined || request.method === 'REPORT' || this.#answered) return;
    if (request.method === 'SEND') {
      // 4975-7.2-02: "no" is never answered, "partial" only with errors
      if (request.failureReport === 'no' || (request.failureReport === 'partial' && status === 200)) return;
      // 4975-7.2-04: the response to SEND goes one hop back
      return this.#delegate.reply(formatResponse(request.tid, status, [sender], [this.#options.ownUri]));
    }
    this.#delegate.reply(formatResponse(request.tid, status, request.fromPath, [this.#options.ownUri]));
  }
}
