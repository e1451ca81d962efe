/** The log's lines about messages that were refused; what each came to is counted by `Traffic`. */
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { PacedLog } from '../util/paced-log.js';

/** Whose message it was. */
export interface RefusedBy {
  readonly id: string;
  readonly room: { readonly uri: string };
}

/** So much is beyond a limit, or there is too much to do: `limit reached` and `overload` tell of that, for many at once. */
const TOO_MUCH = 413;

export class RefusalLog {
  readonly #log: Logger;
  readonly #paced: PacedLog;

  constructor(clock: Clock, log: Logger) {
    this.#log = log;
    this.#paced = new PacedLog(clock, log);
  }

  /** A message went to nobody: told at `info`, but not more than some of one endpoint, who may send as many as he likes. */
  refused({ id: endpoint, room: { uri: room } }: RefusedBy, messageId: string | null, status: number): void {
    const fields = { endpoint, room, messageId, status };
    if (status === TOO_MUCH) this.#log.debug(fields, 'message refused');
    else this.#paced.info(endpoint, fields, 'message refused');
  }
}
