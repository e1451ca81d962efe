import type { FileHandle } from 'node:fs/promises';
import type { WriteStream } from 'node:fs';

/** Octets that wait for the disk; with more, packets are left out. */
const MAX_QUEUED = 4_194_304;

/** A file that is written as fast as the disk takes it. */
export class TraceFile {
  readonly #stream: WriteStream;
  readonly #closed: Promise<void>;
  #octets = 0;

  /** @param failed it cannot be written any more; called once at most, later */
  constructor(file: FileHandle, failed: (error: Error) => void) {
    // Where Node knows `flush`, what is written is on the disk when it is closed.
    this.#stream = file.createWriteStream({ flush: true });
    this.#stream.once('error', failed);
    this.#closed = new Promise((resolve) => this.#stream.once('close', () => resolve()));
  }

  /** Octets written, or on their way. */
  get octets(): number {
    return this.#octets;
  }

  /** Takes it, or returns false when too much waits; what began a file or describes an interface is never refused. */
  write(block: Buffer, isNeeded = false): boolean {
    const isFull = this.#stream.writableLength + block.length > MAX_QUEUED;
    if (this.#stream.destroyed || (isFull && !isNeeded)) return false;
    this.#octets += block.length;
    this.#stream.write(block);
    return true;
  }

  /** Writes what ends it; resolves once it is closed, also when that fails. */
  async end(block: Buffer): Promise<void> {
    if (!this.#stream.destroyed) {
      this.#octets += block.length;
      this.#stream.end(block);
    }
    await this.#closed;
  }
}
