/** One WebSocket as a stream of MSRP frames (RFC 7977). */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../util/clock.js';
import type { Accept, ByteStream, Framing } from './transport.js';

/** 7977-5.1-03 leaves the size open: a browser sees a message only when all of it is there, so it should not be long. */
const CHUNK_SIZE = 65_536;

// 7977-4.2-01: peers take both kinds. Text MUST be UTF-8 (RFC 6455 §8.1), which neither a body nor a part of one need be.
const PART = { binary: true, compress: false, fin: false };
const LAST_PART = { binary: true, compress: false, fin: true };

/** RFC 6455 §7.4.1. */
const NORMAL_CLOSURE = 1000;

class WsStream implements ByteStream, Framing {
  readonly kind: 'ws' | 'wss';
  readonly remote: string;
  readonly chunkSize = CHUNK_SIZE;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;

  constructor(kind: 'ws' | 'wss', webSocket: WebSocket, socket: Socket, address: string | undefined) {
    this.kind = kind;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.remote = `${address ?? '?'}:${socket.remotePort ?? 0}`;
  }

  get local(): string {
    return `${this.#socket.localAddress ?? '?'}:${this.#socket.localPort ?? 0}`;
  }

  get framing(): Framing {
    return this;
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }

  write(frame: string | Buffer): boolean {
    return this.writePart(frame, true);
  }

  writePart(part: string | Buffer, last: boolean): boolean {
    // Behind the Close frame nothing may be sent (RFC 6455 §5.5.1).
    if (this.#webSocket.readyState !== WebSocket.OPEN) return true;
    this.#webSocket.send(typeof part === 'string' ? Buffer.from(part, 'latin1') : part, last ? LAST_PART : PART);
    return !this.#socket.writableNeedDrain;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    this.#webSocket.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }
}

export interface Adoption {
  kind: 'ws' | 'wss';
  /** Of the peer; whoever connects to us may do so for others. */
  address: string | undefined;
  clock: Clock;
  /** In ms. */
  pingInterval: number;
}

/** Hands an open WebSocket over, `socket` being what is under it. */
export function adoptWebSocket(
  webSocket: WebSocket,
  socket: Socket,
  accept: Accept,
  { kind, address, clock, pingInterval }: Adoption,
): void {
  const events = accept(new WsStream(kind, webSocket, socket, address));
  const heartbeat = new Heartbeat(webSocket, socket, clock, pingInterval);
  // 7977-4.2-01: "The content of text frames MUST be interpreted as binary".
  webSocket.on('message', (message: Buffer) => events.data(message));
  socket.on('drain', () => events.drained());
  // An error is always followed by 'close', which tells all there is to know.
  webSocket.on('error', () => undefined);
  webSocket.once('close', () => {
    heartbeat.stop();
    events.closed();
  });
}

/**
 * 7977-6-01: "It is RECOMMENDED that MSRP WebSocket Clients and Servers keep their WebSocket connections open by sending
 * periodic WebSocket "Ping" frames". A peer from which nothing at all comes between two of them is gone.
 */
class Heartbeat {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #interval: number;
  /** Octets read when the last ping went out; -1 while we did not read, and so cannot know. */
  #readBefore = -1;
  #timer: Timer;

  constructor(webSocket: WebSocket, socket: Socket, clock: Clock, interval: number) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#clock = clock;
    this.#interval = interval;
    this.#timer = this.#next();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    return this.#clock.after(this.#interval, () => this.#beat());
  }

  #beat(): void {
    const { isPaused } = this.#webSocket;
    const { bytesRead } = this.#socket;
    // Counted in octets, because a pong has to wait for the end of a long message.
    if (!isPaused && bytesRead === this.#readBefore) {
      this.#webSocket.terminate();
      return;
    }
    this.#readBefore = isPaused ? -1 : bytesRead;
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.ping();
    this.#timer = this.#next();
  }
}
