import type { Connection, Room } from './connection.js';
import type { Request } from './frames.js';
import { transactionIds } from './identifiers.js';

/** Every request of a participant is answered 200 and, when it has a body, copied to all other participants. */
export class FloorRoom implements Room {
  readonly #participants = new Set<Connection>();
  /** Who takes no more for now: meanwhile nobody is read whose body is passed on as it arrives. */
  readonly #blocked = new Set<Connection>();
  /** The transaction ids of the copies of a body that is being passed on; one at a time. */
  readonly #open = new Map<Connection, string>();
  #paused: Connection | undefined;
  #streaming: { sender: Connection; request: Request } | undefined;

  request(sender: Connection, request: Request): void {
    this.#answer(sender, request);
    const { shared, body } = request;
    if (shared === '') return;
    for (const recipient of this.#participants) {
      if (recipient === sender) continue;
      const id = transactionIds.next();
      if (body === undefined) recipient.send(`${head(recipient, id)}${shared}-------${id}$\r\n`);
      else {
        recipient.send(`${head(recipient, id)}${shared}`);
        recipient.sendBytes(body);
        recipient.send(`-------${id}$\r\n`);
      }
    }
  }

  opened(sender: Connection, request: Request): void {
    this.#streaming = { sender, request };
    for (const recipient of this.#participants) {
      if (recipient === sender) continue;
      const id = transactionIds.next();
      this.#open.set(recipient, id);
      recipient.send(`${head(recipient, id)}${request.shared}`);
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
    this.#participants.delete(connection);
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
      this.#participants.add(sender);
    }
    sender.send(`MSRP ${transactionId} 200 OK\r\n${sender.paths}-------${transactionId}$\r\n`);
  }
}

/** As the server does: the transaction id of the first chunk is the Message-ID. */
const head = (recipient: Connection, id: string): string =>
  `MSRP ${id} SEND\r\n${recipient.paths}Message-ID: ${id}\r\n`;
