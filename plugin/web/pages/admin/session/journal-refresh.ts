import type { FeedEvent, Status } from '../../../../api/schemas/index.js';
import type { Clock } from '../../../../../lib/util/clock.js';
import { refusalsOf } from '../model/errors.js';
import { Refresh } from './refresh.js';

/** Milliseconds from one reading to the next, and at least so many, whatever happens meanwhile. */
const EVERY = 15_000;
const LEAST = 2000;

export interface JournalRefreshOptions {
  clock: Clock;
  /** Milliseconds that a time comes to, which is longer while nobody looks at the page. */
  pace: (time: number) => number;
  /** Reads the journals; never rejects. */
  run: () => Promise<void>;
}

/** Reads audit entries and errors again: at times, and soon when an event or the status says that there are new ones. */
export class JournalRefresh {
  readonly #refresh: Refresh;
  #refusals = '';

  constructor({ clock, pace, run }: JournalRefreshOptions) {
    this.#refresh = new Refresh({ clock, run, every: () => pace(EVERY), least: () => pace(LEAST) });
  }

  soon(): void {
    this.#refresh.soon();
  }

  heard({ type }: FeedEvent): void {
    if (type === 'audit' || type === 'limit') this.#refresh.soon();
  }

  /** No event tells of a request that was refused: the status counts them. */
  read({ stats }: Status): void {
    const refusals = refusalsOf(stats);
    if (this.#refusals !== '' && refusals !== this.#refusals) this.#refresh.soon();
    this.#refusals = refusals;
  }

  close(): void {
    this.#refresh.close();
  }
}
