import type { Driver } from '../../lib/transport/driver.js';
import type { ByteStream } from '../../lib/transport/transport.js';

/** A byte stream that takes what is written, and reports itself full while the test says so. */
export class ScriptedStream implements ByteStream {
  readonly kind = 'scripted';
  readonly remote = 'scripted';
  /** While true, what is written stays in the buffer. */
  full = false;
  /** `end` or `destroy` was called. */
  closed: 'end' | 'destroy' | undefined;
  /** Nobody reads from it now. */
  paused = false;
  /** Most octets that waited in the buffer at once. */
  peak = 0;
  driver: Driver | undefined;
  readonly #taken: Buffer[] = [];
  #waiting: Buffer[] = [];

  get buffered(): number {
    return this.#waiting.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** Everything the peer has read so far. */
  get read(): Buffer {
    return Buffer.concat(this.#taken);
  }

  write(data: string | Buffer): boolean {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data);
    if (!this.full) {
      this.#taken.push(bytes);
      return true;
    }
    this.#waiting.push(bytes);
    this.peak = Math.max(this.peak, this.buffered);
    return false;
  }

  /** The peer reads all that waits. */
  drain(): void {
    this.full = false;
    this.#taken.push(...this.#waiting);
    this.#waiting = [];
    this.driver?.events.drained();
  }

  cork(): void {
    // Every write is seen on its own.
  }

  uncork(): void {
    // See cork.
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.closed ??= 'end';
    this.driver?.events.closed();
  }

  destroy(): void {
    this.closed ??= 'destroy';
    this.driver?.events.closed();
  }
}
