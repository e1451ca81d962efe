import type { Connection, Rooms } from './connection.js';
import type { Request } from './frames.js';
import { transactionIds } from './identifiers.js';

/** A session-id begins with its room, in so many characters. */
const ROOM_LENGTH = 4;

/** Towards participants; RFC 4975 §7.1.2: without the header success is answered, with these it is not. */
const FAILURE_REPORTS: Record<string, string> = {
  partial: 'Failure-Report: partial\r\n',
  never: 'Failure-Report: no\r\n',
};

/** Every request of a participant is answered 200 and, when it has a body, copied to all others in the room. */
export class FloorRooms implements Rooms {
  readonly #rooms = new Map<string, Set<Connection>>();
  readonly #failureReport: string;
  /** Who takes no more for now: meanwhile nobody is read whose body is passed on as it arrives. */
  readonly #blocked = new Set<Connection>();
  /** The transaction ids of the copies of a body that is being passed on; one at a time. */
  readonly #open = new Map<Connection, string>();
  #paused: Connection | undefined;
  #streaming: { sender: Connection; request: Request } | undefined;

  constructor(confirm: string) {
    this.#failureReport = FAILURE_REPORTS[confirm] ?? '';
  }

  request(sender: Connection, request: Request): void {
    this.#answer(sender, request);
    const { shared, body } = request;
    if (shared === '') return;
    for (const recipient of sender.room) {
      if (recipient === sender) continue;
      const id = transactionIds.next();
      if (body === undefined) recipient.send(`${this.#head(recipient, id)}${shared}-------${id}$\r\n`);
      else {
        recipient.send(`${this.#head(recipient, id)}${shared}`);
        recipient.sendBytes(body);
        recipient.send(`-------${id}$\r\n`);
      }
    }
  }

  opened(sender: Connection, request: Request): void {
    this.#streaming = { sender, request };
    for (const recipient of sender.room) {
      if (recipient === sender) continue;
      const id = transactionIds.next();
      this.#open.set(recipient, id);
      recipient.send(`${this.#head(recipient, id)}${request.shared}`);
    }
  }

  piece(_sender: Connection, bytes: Buffer): void {
    for (const recipient of this.#open.keys()) recipient.sendBytes(bytes);
  }

  ended(sender: Connection): void {
    for (const [recipient, id] of this.#open) recipient.send(`\r\n-------${id}$\r\n`);
    this.#open.clear();
    if (this.#streaming) this.#answer(sender, this.#streaming.request);
    this.#streaming = undefined;
  }

  closed(connection: Connection): void {
    connection.room.delete(connection);
    this.#open.delete(connection);
    this.drained(connection);
  }

  blocked(connection: Connection): void {
    this.#blocked.add(connection);
    if (!this.#streaming || this.#paused) return;
    this.#paused = this.#streaming.sender;
    this.#paused.pause();
  }

  drained(connection: Connection): void {
    if (!this.#blocked.delete(connection) || this.#blocked.size > 0) return;
    this.#paused?.resume();
    this.#paused = undefined;
  }

  #answer(sender: Connection, { transactionId, fromPath, toPath }: Request): void {
    if (sender.paths === '') {
      sender.paths = `To-Path: ${fromPath}\r\nFrom-Path: ${toPath}\r\n`;
      this.#enter(sender, toPath);
    }
    sender.send(`MSRP ${transactionId} 200 OK\r\n${sender.paths}-------${transactionId}$\r\n`);
  }

  #enter(connection: Connection, path: string): void {
    const start = path.lastIndexOf('/') + 1;
    const name = path.slice(start, start + ROOM_LENGTH);
    connection.room = this.#rooms.get(name) ?? new Set();
    connection.room.add(connection);
    this.#rooms.set(name, connection.room);
  }

  /** As the server does: the transaction id of the first chunk is the Message-ID. */
  #head(recipient: Connection, id: string): string {
    return `MSRP ${id} SEND\r\n${recipient.paths}Message-ID: ${id}\r\n${this.#failureReport}`;
  }
}
