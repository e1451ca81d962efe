import { endLine } from '../../msrp/index.js';
import type { ByteStream } from './byte-stream.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** One interruptible chunk on the wire (RFC 4975 §5.1): its end is decided while it is being sent. */
export class ChunkWriter {
  readonly message: OutgoingMessage;
  readonly tid: string;
  /** Octets of body written. */
  length = 0;
  readonly #stream: ByteStream;
  /** What the end-line begins with. */
  readonly #marker: Buffer;
  /** The last octets written: a marker may begin in one slice and end in the next. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(
    stream: ByteStream,
    message: OutgoingMessage,
    tid: string,
    toPath: readonly string[],
    fromPath: readonly string[],
  ) {
    this.#stream = stream;
    this.message = message;
    this.tid = tid;
    this.#marker = Buffer.from(`-------${tid}`, 'latin1');
    const { position, total } = message.body;
    // 4975-7.1.1-07: "range-end MUST be `*` when the chunk may be interrupted"
    const byteRange = { start: position + 1, end: '*', total: total ?? '*' } as const;
    stream.write(Buffer.from(message.head(tid, toPath, fromPath, byteRange), 'latin1'));
  }

  /**
   * Takes a slice out of the message and writes it, or as much of it as this chunk may carry.
   * @returns false when the chunk has to end here
   */
  write(slice: Buffer): boolean {
    const fit = this.#fit(slice);
    const written = slice.subarray(0, fit);
    if (fit > 0) this.#stream.write(written);
    this.length += fit;
    this.#tail = Buffer.concat([this.#tail, written.subarray(-this.#marker.length)]).subarray(1 - this.#marker.length);
    this.message.body.take(fit);
    return fit === slice.length;
  }

  end(flag: '+' | '$' | '#'): void {
    this.#stream.write(Buffer.from(`\r\n${endLine(this.tid, flag)}`, 'latin1'));
  }

  // 4975-7.1-10: "or end the chunk at that point and continue in a new transaction"
  #fit(slice: Buffer): number {
    const seam = Buffer.concat([this.#tail, slice.subarray(0, this.#marker.length)]);
    const inSeam = seam.indexOf(this.#marker);
    // begun in what is already written: nothing more may follow it
    if (inSeam >= 0 && inSeam < this.#tail.length) return 0;
    const at = slice.indexOf(this.#marker);
    // its first hyphen alone is harmless, and the next chunk has another id
    return at < 0 ? slice.length : at + 1;
  }
}
