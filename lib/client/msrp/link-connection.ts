import { Parser } from '../../msrp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { ByteStream, ByteStreamDelegate } from './byte-stream.js';
import { MsrpReceiver, type ReceiverOptions } from './receiver.js';

export interface ConnectionDelegate {
  /** Octets came; called before they are read. */
  onHeard(): void;
  onDrain(connection: LinkConnection): void;
  onClose(connection: LinkConnection, cause?: Error): void;
}

/** Milliseconds a connection that we accepted may stay without naming our session (4976-6.1-01). */
const FIRST_REQUEST = 30_000;

/** One byte stream of a session: what it brings is parsed and handed to a receiver. */
export class LinkConnection implements ByteStreamDelegate {
  #stream: ByteStream | undefined;
  readonly #parser: Parser;
  readonly #delegate: ConnectionDelegate;
  #timer: Timer | undefined;
  #closed = false;

  constructor(receiver: ReceiverOptions, delegate: ConnectionDelegate) {
    this.#delegate = delegate;
    this.#parser = new Parser(new MsrpReceiver(receiver));
  }

  get stream(): ByteStream | undefined {
    return this.#stream;
  }

  /** The stream is there. */
  use(stream: ByteStream): void {
    this.#stream = stream;
  }

  /** Closes the stream unless `settle` comes in time. */
  expectRequest(clock: Clock): void {
    this.#timer = clock.after(FIRST_REQUEST, () => this.#stream?.destroy());
  }

  /** It is the session's connection. */
  settle(): void {
    this.#timer?.cancel();
  }

  /** Whether the peer is to wait with what it sends, where the stream can do that. */
  hold(on: boolean): void {
    if (on) this.#stream?.pause?.();
    else this.#stream?.resume?.();
  }

  onData(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#delegate.onHeard();
    this.#parser.receive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  onDrain(): void {
    this.#delegate.onDrain(this);
  }

  /** Nothing more is read or told. */
  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#parser.stop();
  }

  onClose(cause?: Error): void {
    if (this.#closed) return;
    this.stop();
    this.#delegate.onClose(this, cause);
  }
}
