import type Database from 'libsql';
import type { KeptMessage, LogChange, MessageLog } from './message-log.js';
import { inTransaction } from './transaction.js';

const TABLE = `CREATE TABLE IF NOT EXISTS message (
  room TEXT NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL, sender TEXT NOT NULL, nickname TEXT,
  type TEXT NOT NULL, message_id TEXT, size INTEGER NOT NULL, body BLOB, PRIMARY KEY (room, id))`;

const ADD = `INSERT OR REPLACE INTO message (room, id, time, sender, nickname, type, message_id, size, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const NEWEST = `SELECT id, time, sender, nickname, type, message_id, size, body FROM message
  WHERE room = ? ORDER BY id DESC LIMIT ?`;

interface Row {
  id: number;
  time: number;
  sender: string;
  nickname: string | null;
  type: string;
  message_id: string | null;
  size: number;
  /** No Buffer, unlike what goes in. */
  body: ArrayBuffer | null;
}

/** One table, in the file of the rooms. */
export class SqliteMessages implements MessageLog {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
    database.exec(TABLE);
  }

  rooms(): string[] {
    const rows = this.#database.prepare('SELECT DISTINCT room FROM message ORDER BY room').all();
    return (rows as { room: string }[]).map(({ room }) => room);
  }

  newest(room: string, count: number): KeptMessage[] {
    const rows = this.#database.prepare(NEWEST).all(room, count) as Row[];
    return rows.toReversed().map(messageOf);
  }

  write(changes: ReadonlyMap<string, LogChange>): void {
    const wipeRoom = this.#database.prepare('DELETE FROM message WHERE room = ?');
    const prune = this.#database.prepare('DELETE FROM message WHERE room = ? AND id < ?');
    const add = this.#database.prepare(ADD);
    inTransaction(this.#database, () => {
      for (const [room, { wipe, oldest, added }] of changes) {
        if (wipe) wipeRoom.run(room);
        else prune.run(room, oldest);
        for (const { id, time, from, nickname, contentType, messageId, size, body } of added) {
          add.run(room, id, time, from, nickname, contentType, messageId, size, body);
        }
      }
    });
  }
}

const messageOf = ({ id, time, sender, nickname, type, message_id: messageId, size, body }: Row): KeptMessage => ({
  id,
  time,
  from: sender,
  nickname,
  contentType: type,
  body: body && Buffer.from(body),
  size,
  messageId,
});
