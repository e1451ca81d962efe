/** Tells the log and the focus of requests that were refused; what each message came to is counted by `Traffic`. */
import type { RefusedRequest } from '../focus-switch.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { PACE, PacedLog } from '../util/paced-log.js';
import { TokenBuckets } from '../util/token-buckets.js';

/** Whose request it was. */
export interface RefusedBy {
  readonly id: string;
  readonly room: { readonly uri: string };
  /** Passes it on. */
  tellRefused(request: RefusedRequest): void;
}

/** So much is beyond a limit, or there is too much to do: `limit reached` and `overload` tell of that, for many at once. */
const TOO_MUCH = 413;

export class RefusalLog {
  readonly #log: Logger;
  readonly #paced: PacedLog;
  readonly #told: TokenBuckets;

  constructor(clock: Clock, log: Logger) {
    this.#log = log;
    this.#paced = new PacedLog(clock, log);
    this.#told = new TokenBuckets(clock, PACE);
  }

  /**
   * A message went to nobody, or a nickname was not to be had: told, but not more than some of one endpoint, who may ask as
   * often as he likes.
   */
  refused(by: RefusedBy, request: RefusedRequest): void {
    if (request.method === 'SEND' && !request.byProgram) this.#write(by, request);
    if (this.#told.take(by.id)) by.tellRefused(request);
  }

  #write({ id: endpoint, room: { uri: room } }: RefusedBy, { messageId, status }: RefusedRequest): void {
    const fields = { endpoint, room, messageId, status };
    if (status === TOO_MUCH) this.#log.debug(fields, 'message refused');
    else this.#paced.info(endpoint, fields, 'message refused');
  }
}
