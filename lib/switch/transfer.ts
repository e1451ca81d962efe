/**
 * One large message on its way to one session: in chunks, one behind the other (4975-7.1.1-08), that give way to others, or for a peer that cannot take a
 * second chunk as one uninterrupted SEND (P-OUT-01).
 */
import type { Delivery } from '../focus-switch.js';
import type { Driver, Writer } from '../transport/driver.js';
import type { Reader } from './content.js';
import type { Outgoing } from './outgoing.js';

export interface TransferHost {
  /** What stands in every copy between the transaction id and the Message-ID. */
  fixed(): string;
  /** Octets of a spooled message that count as waiting, at most: the others are not in memory. */
  readonly spoolShare: number;
  /** A transaction id that does not occur in the message, and its count; undefined when none was found. */
  nextId(message: Outgoing | null): { tid: string; count: number } | undefined;
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
  readonly #reader: Reader;
  /** Octets the host counts as waiting. */
  #counted = 0;
  #stopped = false;
  #finished = false;
  readonly #onChange: () => void;

  /** @param beside whose place is where it begins */
  constructor(message: Outgoing, delivery: Delivery, host: TransferHost, beside?: Reader) {
    this.message = message;
    this.#delivery = delivery;
    this.#host = host;
    this.#onChange = () => this.#changed();
    this.#reader = message.content.reader(this.#onChange, beside);
    message.follow(this.#onChange);
    this.#count();
  }

  /** Octets written so far. */
  get position(): number {
    return this.#reader.position;
  }

  /** It fell so far behind that what comes next is gone. */
  get lost(): boolean {
    return this.#reader.lost;
  }

  /** All of it was written. */
  get complete(): boolean {
    return this.#written();
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
    this.#letGo();
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
    const frame = this.#frame ?? this.#begin(driver, writer, this.message);
    if (!frame) {
      // Made of lookalikes of our ids: nobody can be sent that.
      this.stop();
      return this.#abort(driver, writer);
    }
    let budget = this.interruptible ? SLICE : Number.POSITIVE_INFINITY;
    while (budget > 0 && !driver.blocked) {
      const octets = this.#writePiece(frame, Math.min(budget, SLICE));
      if (octets === 0) break;
      budget -= octets;
    }
    if (this.#written()) this.#end(frame, '$');
    // 7977-5.1-03: large messages go over WebSocket in chunks of moderate size.
    else if (frame.octets >= driver.chunkSize) this.interrupt();
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

  /** Nothing is at hand though there is more: what comes next is read from the spool. */
  fetch(): void {
    if (!this.#finished && !this.#gaveUp() && (this.interruptible || this.message.state === 'complete'))
      this.message.content.fetch(this.#reader);
  }

  /** What may be written now. */
  #available(): number {
    const { content, length, state } = this.message;
    const atHand = content.atHand(this.#reader);
    if (state === 'complete') return atHand;
    if (!this.interruptible) return 0;
    // 4975-7.1.1-20: hold back one octet, because a message is never ended by an empty chunk.
    return Math.min(atHand, Math.max(0, length - this.position - 1));
  }

  /** All of it, to its last octet. */
  #written(): boolean {
    return this.message.state === 'complete' && this.position === this.message.length;
  }

  #gaveUp(): boolean {
    return this.#stopped || this.lost || this.message.state === 'aborted';
  }

  /** @param octets the message whose octets follow; null for a frame that only aborts */
  #begin(driver: Driver, writer: Writer, octets: Outgoing | null): OpenFrame | undefined {
    const id = this.#host.nextId(octets);
    if (!id) return undefined;
    const frame = { ...id, driver, writer, octets: 0 };
    if (this.#messageId === '') this.#messageId = frame.tid;
    const total = this.message.total ?? '*';
    // MSRP-15: of a message that goes in one frame all octets are there.
    const end = this.#delivery === 'exact' ? total : '*';
    const range = `\r\nByte-Range: ${this.position + 1}-${end}/${total}\r\n`;
    const head = `MSRP ${frame.tid}${this.#host.fixed()}${this.#messageId}${range}${this.message.mimeHeaders}\r\n`;
    driver.append(head);
    driver.hold(writer);
    this.#frame = frame;
    return frame;
  }

  /** Writes up to `limit` octets of one piece; returns how many. */
  #writePiece(frame: OpenFrame, limit: number): number {
    const octets = Math.min(limit, this.#available());
    const piece = octets > 0 ? this.message.content.take(this.#reader, octets) : undefined;
    if (!piece) return 0;
    frame.driver.appendBytes(piece);
    frame.octets += piece.length;
    this.#count();
    return piece.length;
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
    const frame = this.#frame ?? (seen ? this.#begin(driver, writer, null) : undefined);
    if (frame) this.#end(frame, '#');
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.message.unfollow(this.#onChange);
    this.#letGo();
    this.#host.over(this);
  }

  /** The octets are not needed any more, though the peer may still have to be told. */
  #letGo(): void {
    this.message.content.leave(this.#reader);
    this.#count();
  }

  /** What the host counts: all that waits; of a spooled message what may be in memory for this reader's sake. */
  #count(): void {
    const { content, length } = this.message;
    const rest = this.#finished || this.#gaveUp() ? 0 : length - this.position;
    const waiting = content.spooled ? Math.min(rest, this.#host.spoolShare) : rest;
    const change = waiting - this.#counted;
    this.#counted = waiting;
    if (change !== 0) this.#host.waiting(change);
  }

  #changed(): void {
    if (this.#finished) return;
    // 4975-7.1-10: end the chunk before octets that could be taken for its end-line.
    if (this.#frame && this.interruptible && this.message.contains(this.#frame.tid)) this.#end(this.#frame, '+');
    if (this.#gaveUp()) this.#letGo();
    else {
      this.#count();
      this.#host.grown(this);
    }
    if (this.ready) this.#host.wake();
    // Its sender pauses: a frame left open would look stalled to the peer.
    else if (this.message.paused) this.interrupt();
  }
}
