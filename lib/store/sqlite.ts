import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { ChatroomsError } from '../util/errors.js';
import type { Logger } from '../util/log.js';
import { SqliteMessages } from './sqlite-messages.js';
import type { Saved, Store } from './store.js';
import { inTransaction } from './transaction.js';

/** Of the tables, as `user_version` of the file: 1 had no messages, and would leave those of a room that it deletes. */
const VERSION = 2;

const FILE = 'chatrooms.db';

/** Milliseconds to wait for another program that has the file open. */
const BUSY = 2_000;

const SAVE = `INSERT INTO room (key, snapshot) VALUES (?, ?)
  ON CONFLICT (key) DO UPDATE SET snapshot = excluded.snapshot`;

/** Two tables in one file: `chatrooms.db` in a directory of its own. */
export class SqliteStore implements Store {
  readonly messages: SqliteMessages;
  readonly #database: Database.Database;
  readonly #log: Logger;
  #closed = false;

  /**
   * Opens the file, or makes it with its directory.
   *
   * @throws ChatroomsError `CHAT_ERR_STORE` when that cannot be done, or another version of this program wrote it
   */
  constructor(directory: string, log: Logger) {
    this.#log = log;
    try {
      makeFolder(directory);
      // SQLite says of all that it cannot open the same: 14.
      accessSync(directory, constants.W_OK);
      this.#database = new Database(join(directory, FILE));
      // What was written survives the end of the process at any moment; of a power failure the last moments may be lost.
      this.#database.pragma('journal_mode = WAL');
      this.#database.pragma('synchronous = NORMAL');
      this.#database.pragma(`busy_timeout = ${BUSY}`);
      // What somebody said in a room that is deleted is not to be found in the file.
      this.#database.pragma('secure_delete = ON');
      this.messages = this.#prepare();
    } catch (error) {
      if (error instanceof ChatroomsError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new ChatroomsError('CHAT_ERR_STORE', `${join(directory, FILE)} cannot be used: ${why}; see option data.`, {
        cause: error,
      });
    }
  }

  #prepare(): SqliteMessages {
    const version = this.#version();
    if (version > VERSION) {
      throw new ChatroomsError(
        'CHAT_ERR_STORE',
        `${this.#database.name} was written by a later version (${version}); update, or give another directory as data.`,
      );
    }
    this.#database.exec('CREATE TABLE IF NOT EXISTS room (key TEXT PRIMARY KEY, snapshot TEXT NOT NULL) WITHOUT ROWID');
    const messages = new SqliteMessages(this.#database);
    this.#database.pragma(`user_version = ${VERSION}`);
    return messages;
  }

  #version(): number {
    const [row] = this.#database.prepare('PRAGMA user_version').all() as { user_version: number }[];
    return row.user_version;
  }

  all(): Saved[] {
    const rows = this.#database.prepare('SELECT key, snapshot FROM room ORDER BY key').all();
    return (rows as { key: string; snapshot: string }[]).flatMap(({ key, snapshot }) => {
      try {
        return [{ key, value: JSON.parse(snapshot) as unknown }];
      } catch (error) {
        // One that somebody edited by hand keeps no other from coming back.
        this.#log.error({ key, error: (error as Error).message }, 'saved room cannot be read');
        return [];
      }
    });
  }

  write(changes: ReadonlyMap<string, unknown>): void {
    const save = this.#database.prepare(SAVE);
    const forget = this.#database.prepare('DELETE FROM room WHERE key = ?');
    inTransaction(this.#database, () => {
      for (const [key, value] of changes) {
        if (value === undefined) forget.run(key);
        else save.run(key, JSON.stringify(value));
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }
}

/**
 * Makes a folder, and those it is in. `mkdirSync` with `recursive` tries for ever where the one above is there and yet takes
 * none, as in /proc.
 */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || existsSync(above)) throw error;
    makeFolder(above);
    mkdirSync(folder, { mode: 0o700 });
  }
}
