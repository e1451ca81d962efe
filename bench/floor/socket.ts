import { type OnReadOpts, Socket } from 'node:net';
import { Connection, type Rooms } from './connection.js';

// One buffer for all connections: what is read is taken in the same call, so nobody else needs it meanwhile.
const shared = Buffer.allocUnsafe(256 * 1024);

// `onread` is an option of the constructor of a socket, and net.Server constructs those it accepts without it. So a second
// socket is put around the accepted handle, by options that Node has and its types leave out.
interface AcceptedSocket extends Socket {
  _handle: unknown;
}

/** Over TCP, or over TLS, where Node has no `onread` and hands out a buffer a read. */
export class SocketConnection extends Connection {
  readonly #socket: Socket;
  #text = '';
  /** What stands before `#text`: only large bodies are octets of their own. */
  #parts: (string | Buffer)[] = [];

  constructor(rooms: Rooms, accepted: Socket, secure: boolean) {
    super(rooms);
    this.#socket = secure ? accepted : this.#adopt(accepted as AcceptedSocket);
    if (secure) this.#socket.on('data', (data: Buffer) => this.receive(data));
    this.#socket.setNoDelay(true);
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => rooms.closed(this));
    this.#socket.on('drain', () => rooms.drained(this));
  }

  send(frame: string): void {
    this.#text += frame;
    this.markDirty();
  }

  sendBytes(bytes: Buffer): void {
    this.#parts.push(this.#text, bytes);
    this.#text = '';
    this.markDirty();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  protected write(): void {
    const text = this.#text;
    this.#text = '';
    let free = true;
    if (this.#parts.length > 0) {
      const parts = this.#parts;
      this.#parts = [];
      this.#socket.cork();
      for (const part of parts) {
        free = typeof part === 'string' ? this.#socket.write(part, 'latin1') : this.#socket.write(part);
      }
      if (text !== '') free = this.#socket.write(text, 'latin1');
      this.#socket.uncork();
    } else free = this.#socket.write(text, 'latin1');
    if (!free && this.#socket.writableNeedDrain) this.rooms.blocked(this);
  }

  #adopt(accepted: AcceptedSocket): Socket {
    const handle = accepted._handle;
    accepted._handle = null;
    const callback = (length: number, buffer: Uint8Array): boolean => {
      this.receive((buffer as Buffer).subarray(0, length));
      return true;
    };
    const onread: OnReadOpts = { buffer: shared, callback };
    const options = { allowHalfOpen: false, handle, onread };
    return new Socket(options);
  }
}
