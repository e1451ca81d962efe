import { INTERRUPTIBLE_ABOVE } from '../../msrp/index.js';
import { ChatroomsError } from '../../util/errors.js';

/** Octets that come in pieces; whoever sends them asks for the next piece when it can use it. */
export type ContentStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** What a message can be made of. Octets must not change before `send` has resolved. */
export type Content = string | Uint8Array | ContentStream;

/** The octets of one outgoing message, in order, as far as they are at hand. */
export interface OutgoingBody {
  /** Octets of the whole message; undefined while nobody knows. */
  readonly total: number | undefined;
  /** Octets taken so far. */
  readonly position: number;
  /** Octets held in memory. */
  readonly held: number;
  /** Whether there is enough for a piece of a chunk, or the rest of the message. */
  readonly ready: boolean;
  /** Everything was taken. */
  readonly finished: boolean;
  /** The next octets, at most `max`; never the last one as long as it is not known to be the last. */
  peek(max: number): Buffer;
  take(length: number): void;
  /** Whether these `length` octets are the rest of the message. */
  isRest(length: number): boolean;
  /** Nobody will take any more. */
  cancel(): void;
}

/** A message that is in memory as a whole. */
export class BufferedBody implements OutgoingBody {
  readonly ready = true;
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get total(): number {
    return this.#bytes.length;
  }

  get position(): number {
    return this.#position;
  }

  get held(): number {
    return this.#bytes.length - this.#position;
  }

  get finished(): boolean {
    return this.held === 0;
  }

  peek(max: number): Buffer {
    return this.#bytes.subarray(this.#position, this.#position + max);
  }

  take(length: number): void {
    this.#position += length;
  }

  isRest(length: number): boolean {
    return length === this.held;
  }

  cancel(): void {
    // nothing to let go of
  }
}

export interface StreamedBodyOptions {
  /** Octets in front of the stream: the envelope. */
  prefix: Buffer;
  content: ContentStream;
  /** Octets of prefix and stream together, when known. */
  total: number | undefined;
  /** Octets of the largest message the peer takes (4975-7.1.1-23); null: not said. */
  maxSize: number | null;
}

/** What is read ahead of the network. A piece of the source may overshoot it. */
const READ_AHEAD = 64 * 1024;

/** A message whose octets come from a stream; it is read no faster than they are taken. */
export class StreamedBody implements OutgoingBody {
  readonly #options: StreamedBodyOptions;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #pieces: Buffer[];
  #held: number;
  #position = 0;
  #ended = false;
  #cancelled = false;
  #reading = false;
  #changed: () => void = () => {};
  #failed: (error: unknown) => void = () => {};

  constructor(options: StreamedBodyOptions) {
    this.#options = options;
    this.#iterator = iteratorOf(options.content);
    this.#pieces = options.prefix.length > 0 ? [options.prefix] : [];
    this.#held = options.prefix.length;
  }

  /** Starts to read; `changed` is called when `ready` may have become true, `failed` when the source threw or lied. */
  start(changed: () => void, failed: (error: unknown) => void): void {
    this.#changed = changed;
    this.#failed = failed;
    void this.#read();
  }

  get total(): number | undefined {
    return this.#ended ? this.#position + this.#held : this.#options.total;
  }

  get position(): number {
    return this.#position;
  }

  get held(): number {
    return this.#held;
  }

  // 4975-7.1.1-11: "Do not send chunks below 2048 except the last."
  get ready(): boolean {
    return this.#ended || this.#held > INTERRUPTIBLE_ABOVE;
  }

  get finished(): boolean {
    return this.#ended && this.#held === 0;
  }

  // 4975-7.1.1-20: "Hold back at least one byte for the final chunk."
  peek(max: number): Buffer {
    const length = Math.min(max, this.#ended ? this.#held : this.#held - 1);
    const [first] = this.#pieces;
    if (!first || length <= 0) return Buffer.alloc(0);
    // a long piece goes as it is; short ones are joined, so that a chatty source does not make short chunks
    if (first.length >= Math.min(length, INTERRUPTIBLE_ABOVE)) return first.subarray(0, length);
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined.subarray(0, length);
  }

  take(length: number): void {
    let rest = length;
    while (rest > 0) {
      const [first = Buffer.alloc(0)] = this.#pieces;
      if (first.length > rest) this.#pieces[0] = first.subarray(rest);
      else this.#pieces.shift();
      rest -= Math.min(rest, first.length);
    }
    this.#position += length;
    this.#held -= length;
    void this.#read();
  }

  isRest(length: number): boolean {
    return this.#ended && length === this.#held;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#pieces = [];
    this.#held = 0;
    // a source that fails to stop is its owner's concern
    if (!this.#ended) this.#iterator.return?.().catch(() => {});
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#ended && !this.#cancelled && this.#held < READ_AHEAD) {
        const { done, value } = await this.#iterator.next();
        if (this.#cancelled) return;
        if (done) this.#end();
        else this.#add(value);
        this.#changed();
      }
    } catch (error) {
      if (!this.#cancelled) this.#failed(error);
    } finally {
      this.#reading = false;
    }
  }

  #add(piece: Uint8Array): void {
    if (!(piece instanceof Uint8Array)) {
      throw new ChatroomsError('CHAT_ERR_USAGE', 'a stream of content must consist of Uint8Array');
    }
    if (piece.length === 0) return;
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    this.#held += piece.length;
    const length = this.#position + this.#held;
    const { total, maxSize } = this.#options;
    if (total !== undefined && length > total) throw wrongLength(total, `at least ${length}`);
    // 4975-7.1.1-23, A-40: where the total is unknown, what was read counts
    if (maxSize !== null && length > maxSize) throw tooLarge(length, maxSize);
  }

  #end(): void {
    this.#ended = true;
    const length = this.#position + this.#held;
    const { total } = this.#options;
    if (total !== undefined && length !== total) throw wrongLength(total, `${length}`);
  }
}

/** 4975-7.1.1-23: max-size counts the complete message, wrapper included. */
export function tooLarge(length: number, maxSize: number): ChatroomsError {
  const text = `the message has ${length} bytes or more, this room takes ${maxSize}; send it in parts`;
  return new ChatroomsError('CHAT_ERR_MESSAGE_TOO_LARGE', text);
}

function wrongLength(total: number, found: string): ChatroomsError {
  const text = `the stream has ${found} bytes with its envelope, not the ${total} announced; name its true size or none`;
  return new ChatroomsError('CHAT_ERR_USAGE', text);
}

export const isStream = (content: Content): content is ContentStream =>
  typeof content === 'object' && (Symbol.asyncIterator in content || 'getReader' in content);

/** Not every browser can iterate a ReadableStream, so its reader is asked. */
function iteratorOf(content: ContentStream): AsyncIterator<Uint8Array> {
  if (!('getReader' in content)) return content[Symbol.asyncIterator]();
  const reader = content.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
