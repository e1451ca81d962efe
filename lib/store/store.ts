import type { MessageLog } from './message-log.js';

/** What outlives the process: values by key, as JSON, and messages. */
export interface Store {
  /** What was said in rooms; not to be used after `close`. */
  readonly messages: MessageLog;
  /** All there is, each value as it was written last; read once, at the start. */
  all(): Saved[];
  /**
   * Writes all of it or nothing; `undefined` deletes.
   *
   * @throws Error when it cannot be written; what was there before stays
   */
  write(changes: ReadonlyMap<string, unknown>): void;
  /** Nothing is written from here on. Idempotent. */
  close(): void;
}

export interface Saved {
  key: string;
  /** Parsed JSON, of any shape: another version of this program may have written it. */
  value: unknown;
}
