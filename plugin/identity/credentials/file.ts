import { readFile, stat } from 'node:fs/promises';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Logger } from '../../../lib/util/log.js';
import type { Secret } from '../../options/options.js';
import { ALGORITHMS, type DigestAlgorithm } from '../digest/credentials-header.js';
import { canCheck } from '../digest/response.js';
import { hashed } from './secrets.js';
import type { CredentialSource } from './source.js';

/** Octets of the largest file read. */
const MAX_SIZE = 64 * 1024 * 1024;

/** Users of a file, by user and realm; a password is one for every realm. */
export interface UserFile {
  readonly hashes: ReadonlyMap<string, readonly Secret[]>;
  readonly passwords: ReadonlyMap<string, Secret>;
  /** What every user can be checked with. */
  readonly algorithms: readonly DigestAlgorithm[];
  /** Numbers of lines that say nothing. */
  readonly bad: readonly number[];
}

const keyOf = (user: string, realm: string): string => `${user}:${realm}`;

/**
 * Reads lines `user:realm:HA1`, as htdigest writes them (MD5, 32 hex digits; SHA-256 has 64), and `user:password`. Empty lines
 * and those that begin with `#` are left out.
 */
export function parseUserFile(text: string): UserFile {
  const hashes = new Map<string, Secret[]>();
  const passwords = new Map<string, Secret>();
  const bad: number[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const entry = parseLine(line);
    if (!entry) bad.push(index + 1);
    else if (entry.realm === undefined) passwords.set(entry.user, entry.secret);
    else {
      const key = keyOf(entry.user, entry.realm);
      const known = hashes.get(key) ?? [];
      known.push(entry.secret);
      hashes.set(key, known);
    }
  }
  const algorithms = ALGORITHMS.filter((algorithm) => [...hashes.values()].every((each) => canCheck(each, algorithm)));
  // Some have one kind of hash, some the other: each is found out when it comes.
  return { hashes, passwords, algorithms: algorithms.length > 0 ? algorithms : ALGORITHMS, bad };
}

function parseLine(line: string): { user: string; realm?: string; secret: Secret } | null {
  const [, user, rest] = /^([^:]+):(.+)$/s.exec(line) ?? [];
  if (user === undefined || rest === undefined) return null;
  const colon = rest.lastIndexOf(':');
  const secret = colon > 0 ? hashed(rest.slice(colon + 1).trim()) : null;
  return secret ? { user, realm: rest.slice(0, colon), secret } : { user, secret: { password: rest } };
}

/** A file of users, read again when it has changed. */
export class FileSource implements CredentialSource {
  readonly #path: string;
  readonly #log: Logger;
  #users: UserFile = parseUserFile('');
  /** What the file looked like when it was read. */
  #seen = '';
  #reading: Promise<void> | undefined;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  get algorithms(): readonly DigestAlgorithm[] {
    return this.#users.algorithms;
  }

  /** Rejects with a ChatroomsError `CHAT_ERR_CREDENTIAL_SOURCE` for a file that cannot be read. */
  async open(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ChatroomsError('CHAT_ERR_CREDENTIAL_SOURCE', `${this.#path}: the users cannot be read: ${why}.`, {
        cause: error,
      });
    }
  }

  async find(user: string, realm: string): Promise<readonly Secret[]> {
    // One look at the file is enough for all who ask meanwhile.
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading.catch((error: unknown) => {
      // An editor may have taken it away for a moment.
      this.#log.warn(
        { file: this.#path, error: (error as Error).message },
        'users not read again, going on with the last',
      );
    });
    const password = this.#users.passwords.get(user);
    return [...(this.#users.hashes.get(keyOf(user, realm)) ?? []), ...(password ? [password] : [])];
  }

  async close(): Promise<void> {
    await this.#reading?.catch(() => {});
  }

  async #refresh(): Promise<void> {
    const { mtimeNs, size, ino } = await stat(this.#path, { bigint: true });
    const look = `${mtimeNs} ${size} ${ino}`;
    if (look === this.#seen) return;
    if (size > MAX_SIZE) throw new Error(`it has more than ${MAX_SIZE} octets`);
    this.#users = parseUserFile(await readFile(this.#path, 'utf8'));
    this.#seen = look;
    const { hashes, passwords, bad } = this.#users;
    this.#log.info({ file: this.#path, users: hashes.size + passwords.size }, 'users read');
    if (bad.length > 0) this.#log.warn({ file: this.#path, lines: bad.slice(0, 20) }, 'lines that name no user');
  }
}
