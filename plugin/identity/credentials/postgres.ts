import type { Pool } from 'pg';
import type { Logger } from '../../../lib/util/log.js';
import type { Database, Row } from './database.js';

/** Connections at once: lookups are short. */
const CONNECTIONS = 4;

/** Milliseconds for connecting, and for one query. */
const TIMEOUT = 4_000;

/** A PostgreSQL server. */
export class PostgresDatabase implements Database {
  readonly #url: string;
  readonly #query: string;
  readonly #log: Logger;
  #pool: Pool | undefined;

  constructor(url: string, query: string, log: Logger) {
    this.#url = url;
    this.#query = query;
    this.#log = log;
  }

  async open(): Promise<void> {
    const { Pool: Opened } = await import('pg');
    const pool = new Opened({
      connectionString: this.#url,
      max: CONNECTIONS,
      connectionTimeoutMillis: TIMEOUT,
      query_timeout: TIMEOUT,
      application_name: 'drachtio-chatroom',
    });
    // A connection that breaks while nobody uses it; the next query opens another.
    pool.on('error', (error) => this.#log.warn({ error: error.message }, 'connection to the database of users lost'));
    this.#pool = pool;
    // Tells a wrong password, table or column before the first caller does.
    await this.rows(/\$2\b/.test(this.#query) ? ['', ''] : ['']);
  }

  async rows(values: readonly string[]): Promise<readonly Row[]> {
    if (!this.#pool) throw new Error('the database is not open');
    const { rows } = await this.#pool.query<Row>(this.#query, [...values]);
    return rows;
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end();
  }
}
