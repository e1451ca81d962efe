import { FrameReader, type FrameSink } from './frames.js';
import { transactionIds } from './identifiers.js';

const nothing = Buffer.alloc(0);

const dirty: Connection[] = [];

function flushAll(): void {
  for (const connection of dirty) connection.flush();
  dirty.length = 0;
}

const nobody = new Set<Connection>();

/** What the rooms do with a connection. */
export interface Rooms extends FrameSink<Connection> {
  closed(connection: Connection): void;
  /** Its socket takes no more for now. */
  blocked(connection: Connection): void;
  drained(connection: Connection): void;
}

/** One participant of the floor: the two path lines it is written with, what it sends, and what waits to be written. */
export abstract class Connection {
  /** `To-Path` and `From-Path` towards this participant; empty until its first request has told them. */
  paths = '';
  /** Who gets what it sends, itself too. */
  room: Set<Connection> = nobody;
  protected readonly rooms: Rooms;
  readonly #reader: FrameReader<Connection>;
  #rest: Buffer = nothing;
  #dirty = false;

  constructor(rooms: Rooms) {
    this.rooms = rooms;
    this.#reader = new FrameReader(this, rooms);
  }

  /** A frame, or a part of one, as a latin1 string; it leaves with all others of this turn of the event loop. */
  abstract send(frame: string): void;
  /** Octets of a body; the buffer must not change any more. */
  abstract sendBytes(bytes: Buffer): void;
  /** Reads no more until `resume`. */
  abstract pause(): void;
  abstract resume(): void;
  protected abstract write(): void;

  flush(): void {
    this.#dirty = false;
    this.write();
  }

  protected markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    if (dirty.push(this) === 1) setImmediate(flushAll);
  }

  protected receive(data: Buffer): void {
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const taken = this.#reader.read(all, this.#ownResponse);
    this.#rest = taken === all.length ? nothing : Buffer.from(all.subarray(taken));
  }

  /** Octets of a `200 OK` to one of our requests: on one connection always the same. */
  get #ownResponse(): number {
    return this.paths === ''
      ? 0
      : 'MSRP  200 OK\r\n-------$\r\n'.length + 2 * transactionIds.length + this.paths.length;
  }
}
