/**
 * TCP sockets that read into one buffer of the process instead of a fresh one per read: a busy switch spends a quarter
 * of its time less that way (bench/README.md).
 */
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Accept, ByteStream, StreamEvents } from './transport.js';

/**
 * A peer that vanished without a word, behind a NAT that forgot it or with its power gone, is probed after so many ms
 * without traffic, and its connection ends when it stays silent (MSRP-24).
 */
const KEEP_ALIVE = 60_000;
const READ_SIZE = 65_536;
/** Shared by all sockets: a read is consumed before the next one happens. */
export const shared: Buffer = Buffer.allocUnsafe(READ_SIZE);

/** An accepted socket's handle; Node's types leave it out, and its `onread` option works only for a new Socket. */
interface WithHandle {
  _handle: unknown;
}

export class SocketStream implements ByteStream {
  readonly kind: string = 'tcp';
  readonly remote: string;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
  }

  get local(): string {
    return `${this.socket.localAddress ?? '?'}:${this.socket.localPort ?? 0}`;
  }

  get buffered(): number {
    return this.socket.writableLength;
  }

  write(data: string | Buffer): boolean {
    return typeof data === 'string' ? this.socket.write(data, 'latin1') : this.socket.write(data);
  }

  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Takes over a socket accepted with `pauseOnConnect`. */
export function adopt(accepted: Socket, accept: Accept): ByteStream {
  const handle = (accepted as unknown as WithHandle)._handle;
  if (!handle) return listenTo(new SocketStream(accepted), accept);
  (accepted as unknown as WithHandle)._handle = null;
  // The server counts the shell as a connection of its own until it is destroyed, and its close() would wait for it.
  accepted.destroy();
  let events: StreamEvents | undefined;
  const callback = (length: number): boolean => {
    events?.data(shared.subarray(0, length));
    return true;
  };
  // `handle` is an option of the constructor that the types leave out.
  const options = { handle, onread: { buffer: shared, callback } } as SocketConstructorOpts;
  const socket = new Socket(options);
  const stream = new SocketStream(socket);
  events = watch(socket, stream, accept);
  socket.resume();
  return stream;
}

/** The fall-back, and what TLS offers: a fresh buffer per read. */
export function listenTo<S extends SocketStream>(stream: S, accept: Accept): S {
  const { socket } = stream;
  const events = watch(socket, stream, accept);
  socket.on('data', (bytes: Buffer) => events.data(bytes));
  socket.resume();
  return stream;
}

/** Couples a socket to who `accept` says listens to it, but for what it reads. */
export function watch(socket: Socket, stream: SocketStream, accept: Accept): StreamEvents {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE);
  const events = accept(stream);
  (socket as Watched)[watcher] = events;
  socket.on('drain', onDrain);
  socket.on('end', onEnd);
  socket.on('error', onError);
  socket.on('close', onClose);
  return events;
}

const watcher = Symbol('watcher');

/** A socket that knows who listens to it, so that all sockets can have the same listeners. */
interface Watched extends Socket {
  [watcher]?: StreamEvents;
}

function onDrain(this: Watched): void {
  this[watcher]?.drained();
}

function onEnd(this: Watched): void {
  this[watcher]?.ended();
}

/** It is always followed by 'close', which tells all there is to know. */
function onError(): void {}

function onClose(this: Watched): void {
  this[watcher]?.closed();
}
