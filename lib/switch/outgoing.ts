/** A message on its way to many: the octets exist once, however many receive it (D8). */
import { type FailureReport, octets, type Request, sharedRest } from '../msrp/index.js';
import { Content, type ContentOptions } from './content.js';
import { Lookalikes } from './lookalikes.js';
import type { Memory } from './memory.js';

/** Bodies up to here are copied into what each recipient is sent; of larger ones the same octets go to all. */
export const TEXT_LIMIT = 8192;
/** 4975-5.1-01, 4975-7.1.1-10: a chunk above this MUST be interruptible, which its range-end `*` says. */
const INTERRUPTIBLE_ABOVE = 2048;
const HYPHENS = '-------';
/** CRLF and hyphens. */
const FRAME_END = 9;
const IN_MEMORY: ContentOptions = { window: 1_048_576, spool: undefined };
/** Shared by all small messages, which are text. */
const NO_CONTENT = new Content(IN_MEMORY);
/** Of a message without seven hyphens, which cannot contain an end-line. */
const NO_LOOKALIKES = new Lookalikes();

/** What is remembered of a message until its copies are answered: nothing is sent again, so no octets. */
export interface Ticket {
  /** Media type inside the wrapper; what a recipient's 415 is about. */
  readonly wrappedType: string;
}

export class Outgoing {
  /** What follows the Message-ID in the frame of a complete small message, up to the hyphens of the end-line. */
  readonly frame: Buffer | null;
  /** Content-Type and the other MIME headers of the SEND, each line with its CRLF (7701-6.1-18). */
  readonly mimeHeaders: string;
  readonly ticket: Ticket;
  /** When the message was accepted, in ms since the epoch. */
  readonly acceptedAt: number;
  /** The octets of a message that is not small. */
  readonly content: Content;
  /** Octets there so far. */
  length = 0;
  /** Octets of the whole message, as far as it is known. */
  total: number | null;
  state: 'open' | 'complete' | 'aborted' = 'open';
  /** Nothing has come for a while. */
  paused = false;
  /** Outboxes in which it waits. */
  #waiting = 0;
  /** Its octets are counted while they come. */
  readonly #metered: boolean;
  /** Small messages, which do not change, have none. */
  #followers: Set<() => void> | undefined;
  /** `frame` where its range is open. */
  #exactFrame: Buffer | undefined;
  #unconfirmedFrame: Buffer | undefined;
  /** What its small copies ask for; a large message is always answered. */
  readonly report: FailureReport;
  readonly #lookalikes: Lookalikes;

  /** A message whose octets arrive with `push`; `total` is what its sender announced. */
  constructor(
    mimeHeaders: string,
    wrappedType: string,
    acceptedAt: number,
    total: number | null,
    options: ContentOptions = IN_MEMORY,
    body?: Buffer,
    report: FailureReport = 'yes',
  ) {
    this.mimeHeaders = mimeHeaders;
    this.ticket = { wrappedType };
    this.acceptedAt = acceptedAt;
    this.total = total;
    this.report = report;
    const isSmall = body !== undefined && body.length <= TEXT_LIMIT;
    this.content = isSmall ? NO_CONTENT : new Content(options);
    this.#lookalikes = isSmall && !body.includes(HYPHENS, 0, 'latin1') ? NO_LOOKALIKES : new Lookalikes();
    this.frame = null;
    this.#metered = options.meter !== undefined;
    if (!body) return;
    this.length = body.length;
    this.total = body.length;
    this.state = 'complete';
    if (isSmall) {
      if (this.#lookalikes !== NO_LOOKALIKES) this.#lookalikes.scan(body);
      this.frame = this.#frameOf(body, rangeEndOf(body.length), 'yes');
      return;
    }
    // Kept for recipients still to come; it goes with the message.
    this.content.reader(() => undefined);
    this.content.append(body);
    this.#lookalikes.scan(body);
  }

  /** A complete message. A large `body` must not change any more. */
  static complete(
    mimeHeaders: string,
    wrappedType: string,
    acceptedAt: number,
    body: Buffer,
    report: FailureReport = 'yes',
  ): Outgoing {
    return new Outgoing(mimeHeaders, wrappedType, acceptedAt, body.length, IN_MEMORY, body, report);
  }

  /** `frame` with a range of numbers only, `1-N/N` (MSRP-15); written once for all who need it. */
  get exactFrame(): Buffer | null {
    if (this.length <= INTERRUPTIBLE_ABOVE || this.frame === null) return this.frame;
    this.#exactFrame ??= this.#frameOf(bodyOf(this.frame, this.length), this.length, 'yes');
    return this.#exactFrame;
  }

  /** `frame` that asks for no 200 (4975-7.2-02); written once too. */
  get unconfirmedFrame(): Buffer | null {
    if (this.frame === null || this.report === 'yes') return this.frame;
    this.#unconfirmedFrame ??= this.#frameOf(bodyOf(this.frame, this.length), rangeEndOf(this.length), this.report);
    return this.#unconfirmedFrame;
  }

  #frameOf(body: Buffer, rangeEnd: number | '*', report: FailureReport): Buffer {
    // 4975-7.1.1-03: only a value that is not the default.
    const line = report === 'yes' ? '' : `Failure-Report: ${report}\r\n`;
    return sharedRest(`Byte-Range: 1-${rangeEnd}/${body.length}\r\n${line}${this.mimeHeaders}`, body);
  }

  /** Octets that it takes to have it wait in one more outbox. */
  get extra(): number {
    return this.#waiting > 0 || this.#metered ? 0 : this.length;
  }

  /** It waits in another outbox. */
  waits(memory: Memory): void {
    if (this.#waiting++ === 0 && !this.#metered) memory.keep(this.length);
  }

  /** It has left one. */
  left(memory: Memory): void {
    if (--this.#waiting === 0 && !this.#metered) memory.release(this.length);
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.length += piece.length;
    // 4975-7.3.1-10, A-40: its sender announced less than it sends; a chunk that starts behind its total is malformed.
    if (this.total !== null && this.length > this.total) this.total = null;
    this.#lookalikes.scan(piece);
    this.paused = false;
    this.content.append(piece);
    this.#changed();
  }

  /** No more octets are expected soon. */
  pause(): void {
    this.paused = true;
    this.#changed();
  }

  finish(): void {
    this.state = 'complete';
    this.total = this.length;
    this.#changed();
  }

  abort(): void {
    this.state = 'aborted';
    this.#changed();
  }

  /** `follower` is called whenever something changed, until `unfollow`. */
  follow(follower: () => void): void {
    (this.#followers ??= new Set()).add(follower);
  }

  unfollow(follower: () => void): void {
    this.#followers?.delete(follower);
  }

  /** Whether the octets so far could be taken for an end-line with this id (4975-7.1-10). */
  contains(tid: string): boolean {
    return this.#lookalikes.has(tid);
  }

  /** Whether `contains` may be true for anything. */
  get hasLookalikes(): boolean {
    return this.#lookalikes.any;
  }

  #changed(): void {
    for (const follower of this.#followers ?? []) follower();
  }
}

const rangeEndOf = (length: number): number | '*' => (length > INTERRUPTIBLE_ABOVE ? '*' : length);

const bodyOf = (frame: Buffer, length: number): Buffer =>
  frame.subarray(frame.length - FRAME_END - length, frame.length - FRAME_END);

/** The headers a copy carries beside its range: MIME, and none about reports (7701-6.3-04). They are those of the received SEND, Content-Type last (4975-9-05). */
export function mimeHeaders({ headers, contentType }: Pick<Request, 'headers' | 'contentType'>): string {
  let lines = '';
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    // 4975-7.1-18: Content-Transfer-Encoding is never used: do not emit it.
    if (!lower.startsWith('content-') || lower === 'content-type' || lower === 'content-transfer-encoding') continue;
    lines += `${name}: ${octets(value)}\r\n`;
  }
  return `${lines}Content-Type: ${octets(contentType ?? 'message/cpim')}\r\n`;
}
