import type { Flag } from '../../msrp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { IncomingContent, MAX_WAITING } from './incoming-content.js';

export interface LargeMessageOptions {
  clock: Clock;
  /** Octets of the whole message. */
  maxSize: number;
  /** The reader is slower than the network, or no longer so. */
  onPressure(slow: boolean): void;
  /** Told once: the message needs no place any more. */
  onGone(): void;
}

/** RFC 7701 §6.1: milliseconds without a chunk after which a message counts as given up. */
const CHUNK_TIMEOUT = 540_000;
/** Milliseconds a reader may keep the connection waiting; the responses to our own requests wait too, 30 s at most. */
const READER_TIMEOUT = 20_000;
/** Octets, and chunks, that came before those in front of them. */
const MAX_EARLY = 1024 * 1024;
const MAX_EARLY_CHUNKS = 64;

/** A message that is read while it arrives: puts its chunks in order and passes them on (RFC 4975 §7.3.1). */
export class LargeMessage {
  readonly content: IncomingContent;
  readonly #options: LargeMessageOptions;
  /** Octets in front of the content. */
  #skip = 0;
  /** Position the next octet of the current chunk has; undefined between chunks. */
  #at: number | undefined;
  /** First position not yet passed on. */
  #next = 1;
  #last: number | undefined;
  #early: { start: number; bytes: Buffer }[] = [];
  #earlyOctets = 0;
  #timer: Timer | undefined;
  #readerTimer: Timer | undefined;
  /** 200, or what the sender is answered from now on. */
  #status: 200 | 400 | 413 = 200;
  #gone = false;

  constructor(options: LargeMessageOptions) {
    this.#options = options;
    this.content = new IncomingContent({
      onPressure: (slow) => this.#pressed(slow),
      onCancel: () => this.#refuse(413),
    });
  }

  get status(): 200 | 400 | 413 {
    return this.#status;
  }

  /** Octets received in order. */
  get length(): number {
    return this.#next - 1;
  }

  /** @param start position of the chunk's first octet; undefined without Byte-Range */
  begin(start: number | undefined): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(CHUNK_TIMEOUT, () => this.abort('it did not go on for 540 s'));
    // 4975-7.3.1-13: "a continuation without Byte-Range cannot be placed"
    if (start === undefined) this.#refuse(400);
    this.#at = start;
  }

  /** The first octets of the message, `headerLength` of which are its envelope. */
  open(bytes: Buffer, headerLength: number): void {
    this.#skip = headerLength;
    this.begin(1);
    this.push(bytes);
  }

  /** Octets of the current chunk, which nobody will change. */
  push(bytes: Buffer): void {
    const start = this.#at;
    if (start === undefined || this.#status !== 200) return;
    this.#at = start + bytes.length;
    // octets count as they come, whatever was announced
    if (this.#at - 1 > this.#options.maxSize) return this.#refuse(413);
    if (start > this.#next) return this.#keep(start, bytes);
    this.#pass(start, bytes);
    this.#takeEarly();
  }

  /**
   * The chunk ended.
   * @returns whether the message is complete
   */
  end(flag: Flag): boolean {
    // 4975-7.3.1-07: `#` ends the message
    if (flag === '#') this.abort('its sender gave it up');
    // 4975-7.3.1-05: "The chunk with `$` fixes the total length"
    if (flag === '$' && this.#at !== undefined && this.#status === 200) this.#fix(this.#at - 1);
    this.#at = undefined;
    // refused, its sender has nothing more to send of it
    if (this.#status !== 200 && flag === '$') this.#leave();
    if (this.#status !== 200 || this.#last === undefined || this.#next <= this.#last) return false;
    this.content.end();
    this.#leave();
    return true;
  }

  /** The rest will not come. */
  abort(why: string): void {
    this.content.fail(new ChatroomsError('CHAT_ERR_MESSAGE_INCOMPLETE', `the message broke off: ${why}`));
    this.#leave();
  }

  #fix(last: number): void {
    // what lies behind that end was passed on and cannot be taken back
    if (last < this.#next - 1) this.#refuse(400);
    else this.#last = last;
  }

  #keep(start: number, bytes: Buffer): void {
    this.#earlyOctets += bytes.length;
    if (this.#earlyOctets > MAX_EARLY || this.#early.length >= MAX_EARLY_CHUNKS) return this.#refuse(413);
    this.#early.push({ start, bytes });
  }

  #takeEarly(): void {
    for (;;) {
      // 4975-7.3.1-04: of chunks that overlap, the one received later counts
      const index = this.#early.findLastIndex(({ start }) => start <= this.#next);
      const [chunk] = index < 0 ? [] : this.#early.splice(index, 1);
      if (!chunk) return;
      this.#earlyOctets -= chunk.bytes.length;
      this.#pass(chunk.start, chunk.bytes);
    }
  }

  /** What was passed on cannot be replaced: of an overlap only the new octets count. */
  #pass(start: number, bytes: Buffer): void {
    const known = this.#next - start;
    if (known >= bytes.length) return;
    const from = this.#next - 1;
    this.#next = start + bytes.length;
    this.content.push(bytes.subarray(known + Math.max(0, this.#skip - from)));
    if (this.content.waiting > MAX_WAITING) this.#refuse(413);
  }

  #pressed(slow: boolean): void {
    if (this.#gone) return;
    this.#readerTimer?.cancel();
    if (slow) this.#readerTimer = this.#options.clock.after(READER_TIMEOUT, () => this.#refuse(413));
    this.#options.onPressure(slow);
  }

  #refuse(status: 400 | 413): void {
    if (this.#status !== 200) return;
    this.#status = status;
    this.#early = [];
    this.#readerTimer?.cancel();
    this.#options.onPressure(false);
    const why = status === 413 ? 'it was too large, or read too slowly' : 'its chunks do not fit together';
    this.content.fail(new ChatroomsError('CHAT_ERR_MESSAGE_INCOMPLETE', `the message broke off: ${why}`));
  }

  #leave(): void {
    if (this.#gone) return;
    // what its reader has not taken yet is bounded, and concerns the connection no more
    this.#pressed(false);
    this.#gone = true;
    this.#timer?.cancel();
    this.#early = [];
    this.#options.onGone();
  }
}
