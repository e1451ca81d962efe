/** Lines that anybody may cause: so many for each source, and the rest where only who looks for it finds it. */
import type { Clock } from './clock.js';
import type { Logger } from './log.js';
import { TokenBuckets } from './token-buckets.js';

/** One line a second for each source, and some at once for who only mistyped something. */
export const PACE = { perSecond: 1, burst: 5 };

export class PacedLog {
  readonly #log: Logger;
  readonly #buckets: TokenBuckets;

  constructor(clock: Clock, log: Logger) {
    this.#log = log;
    this.#buckets = new TokenBuckets(clock, PACE);
  }

  /** At `info`, and at `debug` what `source` causes beyond its share. */
  info(source: string, fields: object, message: string): void {
    this.#line('info', source, fields, message);
  }

  /** The same at `error`. */
  error(source: string, fields: object, message: string): void {
    this.#line('error', source, fields, message);
  }

  #line(level: 'info' | 'error', source: string, fields: object, message: string): void {
    if (this.#buckets.take(source)) this.#log[level](fields, message);
    else this.#log.debug(fields, message);
  }
}
