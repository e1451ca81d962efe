import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Logger } from '../../../lib/util/log.js';
import type { Secret } from '../../options/options.js';
import type { Database, Row } from './database.js';
import { PostgresDatabase } from './postgres.js';
import { hashed } from './secrets.js';
import type { CredentialSource } from './source.js';
import { SqliteDatabase } from './sqlite.js';

/**
 * The columns that count are `password`, `ha1` (MD5) and `ha1_sha256`; a table may lack some of them. The table `subscriber` of
 * Kamailio and of OpenSIPS is read as it is.
 */
export const DEFAULT_QUERY = 'SELECT * FROM subscriber WHERE username = $1 AND domain = $2';

/** Rows that are looked at. */
const MAX_ROWS = 4;

/** Users in an SQL database. */
export class SqlSource implements CredentialSource {
  readonly #database: Database;
  /** How many of user and realm the query asks for. */
  readonly #parameters: number;

  /** @throws ChatroomsError `CHAT_ERR_OPTION` for a URL of another kind, or a query without `$1` */
  constructor({ url, query = DEFAULT_QUERY }: { url: string; query?: string | undefined }, log: Logger) {
    this.#parameters = /\$2\b/.test(query) ? 2 : 1;
    if (!/\$1\b/.test(query)) throw wrong('query: there is no $1 in it, where the user name goes');
    this.#database = databaseOf(url, query, log);
  }

  async open(): Promise<void> {
    try {
      await this.#database.open();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ChatroomsError('CHAT_ERR_CREDENTIAL_SOURCE', `The database of users cannot be asked: ${why}.`, {
        cause: error,
      });
    }
  }

  async find(user: string, realm: string): Promise<readonly Secret[]> {
    const rows = await this.#database.rows([user, realm].slice(0, this.#parameters));
    return rows.slice(0, MAX_ROWS).flatMap(secretsOf);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** Empty columns, as Kamailio leaves `password` where it has hashes only, say nothing. */
export function secretsOf({ password, ha1, ha1_sha256: sha256 }: Row): Secret[] {
  const secrets = [ha1, sha256].map((value) => (typeof value === 'string' ? hashed(value.trim()) : null));
  const known = secrets.filter((secret) => secret !== null);
  return typeof password === 'string' && password !== '' ? [...known, { password }] : known;
}

function databaseOf(url: string, query: string, log: Logger): Database {
  if (/^postgres(?:ql)?:\/\//i.test(url)) return new PostgresDatabase(url, query, log);
  const file = /^sqlite:(?:\/\/)?(.+)$/i.exec(url)?.[1];
  if (file !== undefined) return new SqliteDatabase(file, query);
  throw wrong('url: it is neither postgres://… nor sqlite:FILE');
}

const wrong = (what: string): ChatroomsError => new ChatroomsError('CHAT_ERR_OPTION', `Option digest.sql.${what}.`);
