import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { Subscriber, Subscription } from './types.js';

export interface NotifierOptions {
  clock: Clock;
  log: Logger;
  /** Least milliseconds between two rounds of NOTIFYs about changes. */
  interval: () => number;
  /** The full document of now; the same string as long as nothing changes. */
  document: () => string;
}

/** Milliseconds in which changes that come together become one round, e.g. the joins of one read from the network. */
const BATCH = 2;

/** Milliseconds after which a NOTIFY without final response counts as failed; Timer F of RFC 3261 is 32 s. */
const RESPONSE_TIMEOUT = 40_000;

interface Watcher {
  readonly subscriber: Subscriber;
  /** Changes the last document had in it. */
  told: number;
  /** A SUBSCRIBE waits for its document. */
  asked: boolean;
  /** The NOTIFY under way. */
  outstanding: Timer | null;
  /** Nothing brings it back. */
  over: boolean;
}

/**
 * Roster changes to subscribers (4575-3.6-01), paced (4575-3.9-01): changes are told in rounds, at most one per interval, so that N
 * joins cost each subscriber a few documents and not N. What answers a SUBSCRIBE goes at once and is not counted.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #watchers = new Set<Watcher>();
  #round: Timer | null = null;
  #changes = 0;
  #lastRound = Number.NEGATIVE_INFINITY;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Adds a subscriber and sends it the full document before returning (4575-4.4-01). */
  subscribe(subscriber: Subscriber): Subscription {
    const watcher: Watcher = { subscriber, told: 0, asked: true, outstanding: null, over: false };
    this.#watchers.add(watcher);
    this.#send(watcher);
    return {
      refresh: () => {
        if (watcher.over) return;
        // It may have been given up for a NOTIFY that was never answered; RFC 6665 §4.2.1.2 wants one after each SUBSCRIBE.
        this.#watchers.add(watcher);
        watcher.asked = true;
        this.#send(watcher);
      },
      cancel: () => this.#end(watcher),
    };
  }

  /** The document changed. */
  changed(): void {
    this.#changes++;
    if (this.#watchers.size > 0) this.#schedule();
  }

  /** 4575-3.3-01: "Room ends: terminate subscriptions with reason noresource". */
  terminate(): void {
    this.#round?.cancel();
    this.#round = null;
    for (const watcher of this.#watchers) {
      this.#end(watcher);
      this.#guarded(() => watcher.subscriber.terminated('noresource'));
    }
  }

  #schedule(): void {
    if (this.#round) return;
    const { clock, interval } = this.#options;
    const delay = Math.max(BATCH, this.#lastRound + interval() - clock.now());
    this.#round = clock.after(delay, () => {
      this.#round = null;
      this.#lastRound = clock.now();
      for (const watcher of this.#watchers) if (watcher.told < this.#changes) this.#send(watcher);
    });
  }

  /** Never more than one NOTIFY under way to a subscriber: their order would not be certain. */
  #send(watcher: Watcher): void {
    if (watcher.outstanding || !this.#watchers.has(watcher)) return;
    watcher.asked = false;
    watcher.told = this.#changes;
    const timer = this.#options.clock.after(RESPONSE_TIMEOUT, () => this.#remove(watcher));
    watcher.outstanding = timer;
    const sent = this.#guarded(() =>
      watcher.subscriber.notify(this.#options.document(), (ok) => {
        // A second or late call says nothing about the NOTIFY under way.
        if (watcher.outstanding !== timer) return;
        timer.cancel();
        watcher.outstanding = null;
        if (ok) this.#next(watcher);
        else this.#end(watcher);
      }),
    );
    if (!sent) this.#end(watcher);
  }

  #next(watcher: Watcher): void {
    if (watcher.asked) this.#send(watcher);
    else if (watcher.told < this.#changes) this.#schedule();
  }

  #end(watcher: Watcher): void {
    watcher.over = true;
    this.#remove(watcher);
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    watcher.outstanding?.cancel();
    watcher.outstanding = null;
    if (this.#watchers.size > 0) return;
    this.#round?.cancel();
    this.#round = null;
  }

  /** A subscriber that throws loses its subscription and disturbs nobody else. */
  #guarded(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      this.#options.log.error({ error }, 'a conference-event subscriber failed');
      return false;
    }
  }
}
