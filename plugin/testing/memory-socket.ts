import { Socket } from 'node:net';

export interface MemoryAddress {
  host: string;
  port: number;
}

interface Written {
  chunk: string | Buffer;
  encoding: BufferEncoding;
}

/**
 * One end of a connection within the process: a `net.Socket` in all that programs ask of one, with flow control, half-close
 * and errors, but without the system below. What is written arrives a turn of the event loop later, in one piece for each
 * write, or for all between `cork` and `uncork`.
 */
export class MemorySocket extends Socket {
  #peer: MemorySocket | undefined;
  /** The peer's write that waits until we read. */
  #unread: ((error?: Error) => void) | undefined;
  /** The peer writes no more. */
  #complete = false;

  /** Two ends of one connection; `near` is where `from` opened it. */
  static pair(from: MemoryAddress, to: MemoryAddress): [near: MemorySocket, far: MemorySocket] {
    const near = new MemorySocket(from, to);
    const far = new MemorySocket(to, from);
    near.#peer = far;
    far.#peer = near;
    return [near, far];
  }

  private constructor(local: MemoryAddress, remote: MemoryAddress) {
    super();
    // Node's are accessors of the prototype, which ask the system.
    const addresses = {
      localAddress: local.host,
      localPort: local.port,
      remoteAddress: remote.host,
      remotePort: remote.port,
      remoteFamily: 'IPv4',
    };
    for (const [name, value] of Object.entries(addresses)) Object.defineProperty(this, name, { value });
  }

  override _read(): void {
    this.#read();
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#deliver([{ chunk, encoding }], done);
  }

  override _writev(chunks: Written[], done: (error?: Error | null) => void): void {
    this.#deliver(chunks, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    setImmediate(() => {
      this.#peer?.complete();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#read(broken());
    setImmediate(() => this.#peer?.complete());
    super._destroy(error, done);
  }

  /** Copies, as a system call does: the writer may use its buffer again, the reader keep what it was given. */
  #deliver(chunks: readonly Written[], done: (error?: Error | null) => void): void {
    const bytes = Buffer.concat(
      chunks.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)),
    );
    setImmediate(() => {
      const peer = this.#peer;
      if (!peer || peer.destroyed || peer.#complete) done(broken());
      else if (peer.push(bytes)) done();
      else peer.#unread = done;
    });
  }

  #read(error?: Error): void {
    const done = this.#unread;
    this.#unread = undefined;
    done?.(error);
  }

  /** The other end has said all, or is gone without a word. */
  complete(): void {
    if (this.#complete || this.destroyed) return;
    this.#complete = true;
    this.push(null);
  }
}

const broken = (): Error => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
