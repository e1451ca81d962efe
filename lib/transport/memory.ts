/** A byte stream in memory: what is written is handed to a function. For tests and in-process clients. */
import type { ByteStream } from './transport.js';

export class MemoryStream implements ByteStream {
  readonly kind = 'memory';
  readonly remote = 'memory';
  readonly #sink: (bytes: Buffer) => void;
  readonly #closed: () => void;
  #ended = false;

  /** @param sink takes what is written, in order; @param closed called once, when this side closes */
  constructor(sink: (bytes: Buffer) => void, closed: () => void = () => undefined) {
    this.#sink = sink;
    this.#closed = closed;
  }

  get buffered(): number {
    return 0;
  }

  write(data: string | Buffer): boolean {
    if (!this.#ended) this.#sink(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data));
    return true;
  }

  cork(): void {
    // Nothing is saved by waiting.
  }

  uncork(): void {
    // See cork.
  }

  pause(): void {
    // Whoever writes into memory is called back at once.
  }

  resume(): void {
    // See pause.
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closed();
  }

  destroy(): void {
    this.end();
  }
}
