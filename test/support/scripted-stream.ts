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
  /** Gets what the peer reads, instead of `read`: for more than a test wants to keep. */
  tap: ((bytes: Buffer) => void) | undefined;
  readonly #taken: Buffer[] = [];
  readonly #waiting: Buffer[] = [];

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
      this.#take(bytes);
      return true;
    }
    this.#waiting.push(bytes);
    this.peak = Math.max(this.peak, this.buffered);
    return false;
  }

  /** The peer reads all that waits. */
  drain(): void {
    this.full = false;
    for (const bytes of this.#waiting.splice(0)) this.#take(bytes);
    this.driver?.events.drained();
  }

  #take(bytes: Buffer): void {
    if (this.tap) this.tap(bytes);
    else this.#taken.push(bytes);
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
