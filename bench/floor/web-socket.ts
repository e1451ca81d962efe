import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { Connection, type Rooms } from './connection.js';

const BINARY = { binary: true, compress: false };

/** Over WebSocket with the package `ws`. RFC 7977 §5.1: each chunk is a WebSocket message of its own. */
export class WebSocketConnection extends Connection {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  #frames: string[] = [];

  constructor(rooms: Rooms, webSocket: WebSocket, socket: Duplex) {
    super(rooms);
    this.#webSocket = webSocket;
    this.#socket = socket;
    webSocket.on('message', (data: Buffer) => this.receive(data));
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => rooms.closed(this));
  }

  send(frame: string): void {
    this.#frames.push(frame);
    this.markDirty();
  }

  sendBytes(): void {
    throw new Error('large messages over WebSocket are not measured');
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  protected write(): void {
    const frames = this.#frames;
    this.#frames = [];
    this.#socket.cork();
    for (const frame of frames) this.#webSocket.send(Buffer.from(frame, 'latin1'), BINARY);
    this.#socket.uncork();
  }
}
