import { type OnReadOpts, Socket } from 'node:net';
import { readFrames, type Request } from './frames.js';
import { transactionIds } from './identifiers.js';

// One buffer for all connections: what is read is taken in the same call, so nobody else needs it meanwhile.
const shared = Buffer.allocUnsafe(256 * 1024);
const nothing = Buffer.alloc(0);

const dirty: Connection[] = [];

function flushAll(): void {
  for (const connection of dirty) connection.flush();
  dirty.length = 0;
}

// `onread` is an option of the constructor of a socket, and net.Server constructs those it accepts without it. So a second
// socket is put around the accepted handle, by options that Node has and its types leave out.
interface AcceptedSocket extends Socket {
  _handle: unknown;
}

/** One participant of the floor: a connection, the two path lines it is written with, and what waits to be written. */
export class Connection {
  /** `To-Path` and `From-Path` towards this participant; empty until its first request has told them. */
  paths = '';
  readonly #socket: Socket;
  readonly #onRequest: (connection: Connection, request: Request) => void;
  #rest: Buffer = nothing;
  #pending = '';

  constructor(
    accepted: Socket,
    onRequest: (connection: Connection, request: Request) => void,
    onClose: (connection: Connection) => void,
  ) {
    this.#onRequest = onRequest;
    const handle = (accepted as AcceptedSocket)._handle;
    (accepted as AcceptedSocket)._handle = null;
    const onread: OnReadOpts = { buffer: shared, callback: (length, buffer) => this.#read(buffer as Buffer, length) };
    const options = { allowHalfOpen: false, handle, onread };
    this.#socket = new Socket(options);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => onClose(this));
  }

  /** Octets as a latin1 string; they leave with all others of this turn of the event loop. */
  send(frame: string): void {
    if (this.#pending === '') {
      if (dirty.length === 0) setImmediate(flushAll);
      dirty.push(this);
    }
    this.#pending += frame;
  }

  flush(): void {
    const octets = this.#pending;
    this.#pending = '';
    this.#socket.write(octets, 'latin1');
  }

  #read(buffer: Buffer, length: number): boolean {
    const data = buffer.subarray(0, length);
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const taken = readFrames(all, this.#ownResponse, (request) => this.#onRequest(this, request));
    this.#rest = taken === all.length ? nothing : Buffer.from(all.subarray(taken));
    return true;
  }

  /** Octets of a `200 OK` to one of our requests: on one connection always the same. */
  get #ownResponse(): number {
    return this.paths === ''
      ? 0
      : 'MSRP  200 OK\r\n-------$\r\n'.length + 2 * transactionIds.length + this.paths.length;
  }
}
