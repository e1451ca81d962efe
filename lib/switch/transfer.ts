/**
 * One large message on its way to one session: in chunks that give way to others, or for a peer that cannot take a
 * second chunk as one uninterrupted SEND (P-OUT-01).
 */
import type { Delivery } from '../focus-switch.js';
import type { Driver, Writer } from '../transport/driver.js';
import type { Outgoing } from './outgoing.js';

export interface TransferHost {
  /** A transaction id that does not occur in the message. */
  nextTid(): string;
  /** The last octet of the transaction with the latest id was written. */
  sent(): void;
  /** There is something to write again. */
  wake(): void;
  /** Octets left, or arrived, for the bounds of the outbox. */
  written(octets: number): void;
  grown(octets: number): void;
}

/** Octets written before others get a turn. */
const SLICE = 16_384;
/** 4975-7.1.1-11: no chunk is cut below this. */
const MIN_CHUNK = 2048;

export class Transfer {
  readonly message: Outgoing;
  readonly #delivery: Delivery;
  readonly #fixed: string;
  readonly #host: TransferHost;
  /** Given to the peer as Message-ID: the transaction id of the first chunk, which is as unique. */
  #messageId = '';
  #tid = '';
  #driver: Driver | undefined;
  #writer: Writer | undefined;
  /** Octets written so far; the next one is at `#offset` of piece `#piece`. */
  #position = 0;
  #piece = 0;
  #offset = 0;
  /** Octets in the chunk that is open. */
  #chunk = 0;
  #known: number;
  #stopped = false;
  #finished = false;
  readonly #onChange: () => void;

  constructor(message: Outgoing, delivery: Delivery, fixed: string, host: TransferHost) {
    this.message = message;
    this.#delivery = delivery;
    this.#fixed = fixed;
    this.#host = host;
    this.#known = message.length;
    this.#onChange = () => this.#changed();
    message.follow(this.#onChange);
  }

  /** A frame is begun and not ended. */
  get open(): boolean {
    return this.#tid !== '';
  }

  get done(): boolean {
    return this.#finished;
  }

  /** Octets counted as waiting. */
  get waiting(): number {
    return this.#known - this.#position;
  }

  /** Whether `write` would get somewhere. */
  get ready(): boolean {
    if (this.#finished) return false;
    return this.#available() > 0 || this.#over();
  }

  /** Gives the message up for this peer only. */
  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    this.#finished = true;
    this.message.unfollow(this.#onChange);
    if (this.open) this.#tid = '';
  }

  /** Writes a slice, or all of it when it may not be interrupted, as far as the stream takes it. */
  write(driver: Driver, writer: Writer): void {
    this.#driver = driver;
    this.#writer = writer;
    if (this.#gaveUp()) return this.#abort();
    if (!this.open) this.#begin();
    let budget = this.#delivery === 'whole' ? Number.POSITIVE_INFINITY : SLICE;
    while (budget > 0 && !driver.blocked) {
      const octets = this.#writePiece(Math.min(budget, SLICE));
      if (octets === 0) break;
      budget -= octets;
    }
    if (this.message.state === 'complete' && this.#position === this.message.length) this.#end('$');
  }

  get interruptible(): boolean {
    return this.#delivery === 'stream';
  }

  /** Ends the open chunk with `+`, so that others may write (4975-7.1.1-13); false for a message that may not be cut. */
  interrupt(): boolean {
    if (!this.open) return true;
    if (!this.interruptible) return false;
    if (this.#chunk < MIN_CHUNK && this.#chunk < this.message.length - this.#position && this.#chunk > 0) {
      this.#fillUp();
    }
    this.#end('+');
    return true;
  }

  /** What may be written now. */
  #available(): number {
    const rest = this.message.length - this.#position;
    if (this.message.state === 'complete') return rest;
    if (this.#delivery === 'whole') return 0;
    // 4975-7.1.1-20: hold back one octet, because a message is never ended by an empty chunk.
    return Math.max(0, rest - 1);
  }

  #over(): boolean {
    return this.#gaveUp() || (this.message.state === 'complete' && this.#position === this.message.length);
  }

  #gaveUp(): boolean {
    return this.#stopped || this.message.state === 'aborted';
  }

  #begin(): void {
    this.#tid = this.#host.nextTid();
    if (this.#messageId === '') this.#messageId = this.#tid;
    const total = this.message.total ?? '*';
    const range = `\r\nByte-Range: ${this.#position + 1}-*/${total}\r\n`;
    this.#driver!.append(`MSRP ${this.#tid}${this.#fixed}${this.#messageId}${range}${this.message.mimeHeaders}\r\n`);
    this.#driver!.hold(this.#writer!);
    this.#chunk = 0;
  }

  /** Writes up to `limit` octets of one piece; returns how many. */
  #writePiece(limit: number): number {
    const piece = this.message.pieces[this.#piece];
    if (!piece) return 0;
    const octets = Math.min(limit, piece.length - this.#offset, this.#available());
    if (octets <= 0) return 0;
    this.#driver!.appendBytes(piece.subarray(this.#offset, this.#offset + octets));
    this.#offset += octets;
    if (this.#offset === piece.length) {
      this.#piece++;
      this.#offset = 0;
    }
    this.#position += octets;
    this.#chunk += octets;
    this.#host.written(octets);
    return octets;
  }

  #fillUp(): void {
    while (this.#chunk < MIN_CHUNK && this.#writePiece(MIN_CHUNK - this.#chunk) > 0);
  }

  #end(flag: '$' | '+' | '#'): void {
    const tid = this.#tid;
    this.#tid = '';
    this.#driver!.append(`\r\n-------${tid}${flag}\r\n`);
    this.#host.sent();
    if (flag !== '+') this.#finished = true;
    this.#driver!.release(this.#writer!);
  }

  /** 7701-6.1-12: tells the recipient with `#`, if it has seen anything of the message. */
  #abort(): void {
    this.#host.written(this.waiting);
    this.#known = this.#position;
    if (this.#messageId !== '' && !this.open && this.#delivery === 'stream') this.#begin();
    if (this.open) this.#end('#');
    this.#finished = true;
  }

  #changed(): void {
    const { length } = this.message;
    if (length > this.#known && !this.#gaveUp()) {
      const more = length - this.#known;
      this.#known = length;
      this.#host.grown(more);
    }
    if (this.ready) this.#host.wake();
  }
}
