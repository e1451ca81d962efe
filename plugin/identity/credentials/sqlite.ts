import { access } from 'node:fs/promises';
import type { Database, Row } from './database.js';

/** The parts of libsql's database used here; its own declarations say `any`. */
interface Libsql {
  prepare(sql: string): Promise<{ all(...values: string[]): Promise<Row[]> }>;
  exec(sql: string): Promise<unknown>;
  close(): void;
}

/** Milliseconds to wait while another program writes to the file. */
const BUSY_TIMEOUT = 4_000;

/** An SQLite file, which is only read. */
export class SqliteDatabase implements Database {
  readonly #file: string;
  readonly #query: string;
  #database: Libsql | undefined;

  constructor(file: string, query: string) {
    this.#file = file;
    // `$1` would be the name of a parameter, numbered by where it stands.
    this.#query = query.replace(/\$([12])\b/g, '?$1');
  }

  async open(): Promise<void> {
    // It would be created.
    await access(this.#file);
    const { default: Opened } = await import('libsql/promise');
    const database: Libsql = new Opened(this.#file, { timeout: BUSY_TIMEOUT / 1_000 });
    this.#database = database;
    await database.exec('PRAGMA query_only = 1');
    await database.prepare(this.#query);
  }

  async rows(values: readonly string[]): Promise<readonly Row[]> {
    if (!this.#database) throw new Error('the database is not open');
    const statement = await this.#database.prepare(this.#query);
    return statement.all(...values);
  }

  async close(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
  }
}
