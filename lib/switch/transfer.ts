/**
 * One large message on its way to one session: in chunks, one behind the other (4975-7.1.1-08), that give way to others, or for a peer that cannot take a
 * second chunk as one uninterrupted SEND (P-OUT-01).
 */
import type { Delivery } from '../focus-switch.js';
import type { Driver, Writer } from '../transport/driver.js';
import type { Outgoing } from './outgoing.js';

export interface TransferHost {
  /** What stands in every copy between the transaction id and the Message-ID. */
  readonly fixed: string;
  /** A transaction id that does not occur in the message, and its count. */
  nextId(message: Outgoing): { tid: string; count: number };
  /** The last octet of the transaction with this count was written. */
  sent(message: Outgoing, count: number): void;
  /** There is something to write again. */
  wake(): void;
  /** So many more octets wait; fewer when negative. */
  waiting(change: number): void;
  /** More of the message arrived. */
  grown(transfer: Transfer): void;
  /** Nothing of it will be written any more. */
  over(transfer: Transfer): void;
}

/** Octets written before others get a turn. */
const SLICE = 16_384;
/** 4975-7.1.1-11: no chunk is cut below this. */
const MIN_CHUNK = 2048;

/** A frame that was begun and not ended. */
interface OpenFrame {
  tid: string;
  count: number;
  driver: Driver;
  writer: Writer;
  /** Body octets written. */
  octets: number;
}

export class Transfer {
  readonly message: Outgoing;
  readonly #delivery: Delivery;
  readonly #host: TransferHost;
  /** Given to the peer as Message-ID: the transaction id of the first chunk, which is as unique; '' before. */
  #messageId = '';
  #frame: OpenFrame | undefined;
  /** Octets written so far; the next one is at `#offset` of piece `#piece`. */
  #position = 0;
  #piece = 0;
  #offset = 0;
  /** Octets the host counts as waiting. */
  #counted = 0;
  #stopped = false;
  #finished = false;
  readonly #onChange: () => void;

  constructor(message: Outgoing, delivery: Delivery, host: TransferHost) {
    this.message = message;
    this.#delivery = delivery;
    this.#host = host;
    this.#onChange = () => this.#changed();
    message.follow(this.#onChange);
    this.#count(message.length);
  }

  get messageId(): string {
    return this.#messageId;
  }

  /** A frame is begun and not ended. */
  get open(): boolean {
    return this.#frame !== undefined;
  }

  /** Whether `write` would get somewhere. */
  get ready(): boolean {
    return !this.#finished && (this.#available() > 0 || this.#gaveUp() || this.#written());
  }

  get interruptible(): boolean {
    return this.#delivery === 'stream';
  }

  /** Gives the message up for this peer only; the next `write` tells it. */
  stop(): void {
    this.#stopped = true;
  }

  /** Ends at once: an open frame with `#`, so that the connection goes on for others. */
  cancel(): void {
    if (this.#frame) this.#end(this.#frame, '#');
    this.#finish();
  }

  /** Writes a slice, or all of it when it may not be interrupted, as far as the stream takes it. */
  write(driver: Driver, writer: Writer): void {
    if (!this.ready) return;
    if (this.#gaveUp()) return this.#abort(driver, writer);
    const frame = this.#frame ?? this.#begin(driver, writer);
    let budget = this.interruptible ? SLICE : Number.POSITIVE_INFINITY;
    while (budget > 0 && !driver.blocked) {
      const octets = this.#writePiece(frame, Math.min(budget, SLICE));
      if (octets === 0) break;
      budget -= octets;
    }
    if (this.#written()) this.#end(frame, '$');
  }

  /** Ends the open chunk, so that others may write (4975-7.1.1-12, 4975-7.1.1-13); false for a message that may not be cut. */
  interrupt(): boolean {
    const frame = this.#frame;
    if (!frame) return true;
    if (!this.interruptible) return false;
    // 4975-7.1.1-11: at least as many octets in a chunk, when they are there.
    while (frame.octets < MIN_CHUNK && this.#writePiece(frame, MIN_CHUNK - frame.octets) > 0);
    // 4975-7.1.1-20: a message is never ended by an empty chunk, so one that is written to its end has ended.
    this.#end(frame, this.#written() ? '$' : '+');
    return true;
  }

  /** What may be written now. */
  #available(): number {
    const rest = this.message.length - this.#position;
    if (this.message.state === 'complete') return rest;
    if (!this.interruptible) return 0;
    // 4975-7.1.1-20: hold back one octet, because a message is never ended by an empty chunk.
    return Math.max(0, rest - 1);
  }

  /** All of it, to its last octet. */
  #written(): boolean {
    return this.message.state === 'complete' && this.#position === this.message.length;
  }

  #gaveUp(): boolean {
    return this.#stopped || this.message.state === 'aborted';
  }

  #begin(driver: Driver, writer: Writer): OpenFrame {
    const frame = { ...this.#host.nextId(this.message), driver, writer, octets: 0 };
    if (this.#messageId === '') this.#messageId = frame.tid;
    const total = this.message.total ?? '*';
    const range = `\r\nByte-Range: ${this.#position + 1}-*/${total}\r\n`;
    const head = `MSRP ${frame.tid}${this.#host.fixed}${this.#messageId}${range}${this.message.mimeHeaders}\r\n`;
    driver.append(head);
    driver.hold(writer);
    this.#frame = frame;
    return frame;
  }

  /** Writes up to `limit` octets of one piece; returns how many. */
  #writePiece(frame: OpenFrame, limit: number): number {
    const octets = Math.min(limit, this.#available(), (this.message.pieces[this.#piece]?.length ?? 0) - this.#offset);
    if (octets <= 0) return 0;
    const piece = this.message.pieces[this.#piece];
    frame.driver.appendBytes(piece.subarray(this.#offset, this.#offset + octets));
    this.#offset += octets;
    if (this.#offset === piece.length) {
      this.#piece++;
      this.#offset = 0;
    }
    this.#position += octets;
    frame.octets += octets;
    this.#count(-octets);
    return octets;
  }

  #end(frame: OpenFrame, flag: '$' | '+' | '#'): void {
    this.#frame = undefined;
    frame.driver.append(`\r\n-------${frame.tid}${flag}\r\n`);
    this.#host.sent(this.message, frame.count);
    frame.driver.release(frame.writer);
    if (flag !== '+') this.#finish();
  }

  /** 7701-6.1-12: tells the recipient with `#`, if it has seen anything of the message. */
  #abort(driver: Driver, writer: Writer): void {
    // P-OUT-01: never `#` to a peer that takes whole messages only, as long as there is another way.
    const seen = this.#messageId !== '' && this.interruptible;
    const frame = this.#frame ?? (seen ? this.#begin(driver, writer) : undefined);
    if (frame) this.#end(frame, '#');
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.message.unfollow(this.#onChange);
    this.#count(-this.#counted);
    this.#host.over(this);
  }

  #count(octets: number): void {
    this.#counted += octets;
    if (octets !== 0) this.#host.waiting(octets);
  }

  #changed(): void {
    const more = this.message.length - this.#position - this.#counted;
    if (more > 0 && !this.#gaveUp()) {
      // 4975-7.1-10: end the chunk before octets that could be taken for its end-line.
      if (this.#frame && this.message.contains(this.#frame.tid, this.message.pieces.length - 1))
        this.#end(this.#frame, '+');
      this.#count(more);
      this.#host.grown(this);
    }
    if (this.ready) this.#host.wake();
    // Its sender pauses: a frame left open would look stalled to the peer.
    else if (this.message.paused) this.interrupt();
  }
}
