import type { Socket } from 'node:net';
import type { Timer } from '../../util/clock.js';
import { Gathered } from '../../util/gathered.js';
import { type FramerEvent, StreamFramer } from '../message/index.js';
import { advertised } from './advertise.js';
import type { Endpoint, Flow, TransportName } from './flow.js';
import type { TransportContext } from './options.js';
import type { Receiver } from './receiver.js';

const CRLF = Buffer.from('\r\n');

/** One established TCP or TLS connection, whoever opened it. */
export class StreamConnection implements Flow {
  readonly reliable = true;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: Socket;
  readonly #gathered: Gathered;
  readonly #framer: StreamFramer;
  readonly #context: TransportContext;
  readonly #receiver: Receiver;
  #closed = false;
  #lastSeen: number;
  #idle: Timer | undefined;
  #incomplete: Timer | undefined;
  #stalled: Timer | undefined;

  /** `listener` is our listener's address, where the peer can open a connection when this one is gone. */
  constructor(
    socket: Socket,
    readonly transport: TransportName,
    listener: Endpoint,
    context: TransportContext,
    receiver: Receiver,
  ) {
    this.#socket = socket;
    this.#gathered = new Gathered(socket);
    this.#context = context;
    this.#receiver = receiver;
    this.#framer = new StreamFramer(context.limits);
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.local = advertised(listener, this.remote);
    this.#lastSeen = context.clock.now();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => context.log.debug({ error, remote: this.remote }, 'SIP connection failed'));
    socket.on('close', () => this.#ended());
    this.#watchIdle(context.limits.idleTimeout);
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(message: Buffer, failed?: (error: Error) => void): void {
    if (this.#closed) {
      failed?.(new Error('connection closed'));
      return;
    }
    const { maxQueued, writeTimeout } = this.#context.limits;
    if (this.#socket.writableLength + message.length > maxQueued) {
      this.#context.log.debug({ remote: this.remote }, 'peer does not read: connection closed');
      this.#socket.destroy();
      failed?.(new Error('too many bytes queued'));
      return;
    }
    this.#lastSeen = this.#context.clock.now();
    this.#context.sent(this, message);
    this.#gathered.hold();
    const flushed = this.#socket.write(message, (error) => {
      if (error) failed?.(error);
    });
    if (!flushed) this.#stalled ??= this.#context.clock.after(writeTimeout, () => this.#socket.destroy());
  }

  /** Closes at once; `closed` is told to the receiver. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const { clock, limits } = this.#context;
    this.#lastSeen = clock.now();
    for (const event of this.#framer.receive(chunk)) {
      if (this.#closed) return;
      this.#dispatch(event);
    }
    // A peer that never ends its message would hold the buffer for ever.
    if (!this.#framer.midMessage) {
      this.#incomplete?.cancel();
      this.#incomplete = undefined;
    } else this.#incomplete ??= clock.after(limits.messageTimeout, () => this.#socket.destroy());
  }

  #dispatch(event: FramerEvent): void {
    switch (event.type) {
      case 'message':
        this.#receiver.message(event.message, this, event.octets);
        break;
      case 'ping':
        // RFC 5626 §4.4.1: "When a server receives a double CRLF sequence … it MUST immediately respond with a single CRLF".
        this.send(CRLF);
        break;
      case 'pong':
        break;
      case 'refused':
        this.#receiver.refused(event.failure, this);
        break;
      case 'broken':
        this.#receiver.refused(event.failure, this);
        // The answer still leaves; what the peer sends after this cannot be framed.
        this.#socket.end();
        this.#stalled ??= this.#context.clock.after(this.#context.limits.writeTimeout, () => this.#socket.destroy());
        break;
    }
  }

  #drained(): void {
    this.#stalled?.cancel();
    this.#stalled = undefined;
  }

  /** One timer a connection, moved only when it fires: activity costs a comparison, not a timer. */
  #watchIdle(delay: number): void {
    const { clock, limits } = this.#context;
    this.#idle = clock.after(delay, () => {
      const rest = limits.idleTimeout - (clock.now() - this.#lastSeen);
      if (rest > 0) this.#watchIdle(rest);
      else this.#socket.destroy();
    });
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of [this.#idle, this.#incomplete, this.#stalled]) timer?.cancel();
    this.#receiver.closed(this);
  }
}
