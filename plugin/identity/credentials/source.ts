import type { Clock } from '../../../lib/util/clock.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Logger } from '../../../lib/util/log.js';
import { within } from '../../deadline.js';
import type { Secret } from '../../options/options.js';
import type { DigestAlgorithm } from '../digest/credentials-header.js';

/** Where passwords, or their hashes, are. */
export interface CredentialSource {
  /** What every user can be checked with, when that is known without asking for one. */
  readonly algorithms?: readonly DigestAlgorithm[] | undefined;
  /** Reads or connects; rejects with a ChatroomsError when that cannot be done. */
  open(): Promise<void>;
  /** None for a user that there is not. */
  find(user: string, realm: string): Promise<readonly Secret[]>;
  close(): Promise<void>;
}

/** Milliseconds that looking somebody up may take; a client waits 32 s for its answer (RFC 3261 §17.1). */
const TIMEOUT = 5_000;

/** Lookups under way at once. */
const MAX_LOOKUPS = 1_000;

/** A source that answers in time, or says that it cannot: 503, by which callers try again later or elsewhere. */
export class TimedSource implements CredentialSource {
  readonly #source: CredentialSource;
  readonly #clock: Clock;
  readonly #log: Logger;
  #pending = 0;

  constructor(source: CredentialSource, clock: Clock, log: Logger) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  get algorithms(): readonly DigestAlgorithm[] | undefined {
    return this.#source.algorithms;
  }

  open(): Promise<void> {
    return this.#source.open();
  }

  /** Rejects with a ChatroomsError `CHAT_ERR_CREDENTIAL_SOURCE`, `sipStatus` 503. */
  async find(user: string, realm: string): Promise<readonly Secret[]> {
    if (this.#pending >= MAX_LOOKUPS) throw unavailable('too many lookups at once');
    this.#pending++;
    const found = this.#source.find(user, realm).finally(() => this.#pending--);
    try {
      return await within(this.#clock, TIMEOUT, found, () => unavailable(`no answer within ${TIMEOUT} ms`));
    } catch (error) {
      this.#log.warn({ error: error instanceof Error ? error.message : String(error) }, 'credentials not looked up');
      throw unavailable('the lookup failed', error);
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

const unavailable = (why: string, cause?: unknown): ChatroomsError =>
  cause instanceof ChatroomsError && cause.code === 'CHAT_ERR_CREDENTIAL_SOURCE'
    ? cause
    : new ChatroomsError('CHAT_ERR_CREDENTIAL_SOURCE', `Passwords cannot be checked now: ${why}.`, {
        sipStatus: 503,
        cause,
      });
