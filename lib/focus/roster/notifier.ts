import type { ConferenceDocument } from '../../conference-event/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { Logger } from '../../util/log.js';
import type { Bulletin, Bulletins } from './bulletins.js';
import type { HandsetView } from './handset-roster.js';
import type { Pacer } from './pacer.js';
import { participantKey } from '../person.js';
import type { Delivered, Identity, Sight, Subscriber, Subscription, WatchRequest } from '../types.js';

export interface NotifierOptions {
  clock: Clock;
  log: Logger;
  pacer: Pacer;
  /** Least milliseconds between two rounds of NOTIFYs about changes. */
  interval: () => number;
  bulletins: Pick<Bulletins, 'full' | 'since'>;
  /** What somebody is told who asks for the view `rcs` (SUB-13). */
  handsetView: (identity: Identity) => Pick<HandsetView, 'next' | 'taken'>;
  /** What somebody may see, at the moment (SUB-12). */
  sightOf: (identity: Identity) => Sight;
  /** @throws ChatroomsError when somebody may not watch any more */
  check: (request: WatchRequest) => void;
}

/** Milliseconds in which changes that come together become one round, e.g. the joins of one read from the network. */
const BATCH = 2;

/** Milliseconds after which a NOTIFY without final response counts as failed; Timer F of RFC 3261 is 32 s. */
const RESPONSE_TIMEOUT = 40_000;

interface Watcher {
  readonly subscriber: Subscriber;
  readonly request: WatchRequest;
  /** What a handset is told; null for who is none. */
  readonly handset: Pick<HandsetView, 'next' | 'taken'> | null;
  /** Of the next document: SUB-09, 4575-4.3-01. */
  version: number;
  /** What it knows; null for nothing. */
  told: ConferenceDocument | null;
  /** Changes that this has in it. */
  changes: number;
  /** There was no room for all of it. */
  more: boolean;
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
  /** By participant key. */
  readonly #byPerson = new Map<string, Set<Watcher>>();
  #round: Timer | null = null;
  #changes = 0;
  #lastRound = Number.NEGATIVE_INFINITY;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Subscriptions of one person. */
  countOf(identity: Identity): number {
    return this.#byPerson.get(participantKey(identity))?.size ?? 0;
  }

  /** Adds a subscriber and sends it the full document before returning (4575-4.4-01). */
  subscribe(request: WatchRequest, subscriber: Subscriber): Subscription {
    const { identity, view } = request;
    const watcher: Watcher = {
      subscriber,
      request,
      handset: view === 'rcs' ? this.#options.handsetView(identity) : null,
      version: 0,
      told: null,
      changes: 0,
      more: false,
      asked: true,
      outstanding: null,
      over: false,
    };
    this.#add(watcher);
    this.#send(watcher);
    return {
      refresh: () => {
        if (watcher.over) return;
        this.#options.check(request);
        // It may have been given up for a NOTIFY that was never answered; RFC 6665 §4.2.1.2 wants one after each SUBSCRIBE.
        this.#add(watcher);
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

  /** Ends the subscriptions, of these people or of all, for which `whom` holds (SUB-14, 4575-3.3-01). */
  end(whom: (request: WatchRequest) => boolean, reason: 'noresource' | 'rejected', people?: readonly string[]): void {
    if (!people) return this.#terminate(this.#watchers, whom, reason);
    for (const key of people) this.#terminate(this.#byPerson.get(key) ?? [], whom, reason);
  }

  #terminate(
    watchers: Iterable<Watcher>,
    whom: (request: WatchRequest) => boolean,
    reason: 'noresource' | 'rejected',
  ): void {
    for (const watcher of watchers) {
      if (!whom(watcher.request)) continue;
      this.#end(watcher);
      this.#guarded(() => watcher.subscriber.terminated(reason));
    }
  }

  #schedule(): void {
    if (this.#round) return;
    const { clock, interval, pacer } = this.#options;
    const delay = Math.max(BATCH, this.#lastRound + interval() - clock.now());
    this.#round = clock.after(delay, () => {
      this.#round = null;
      this.#lastRound = clock.now();
      for (const watcher of this.#watchers) {
        if (watcher.changes < this.#changes) pacer.add(() => this.#send(watcher));
      }
    });
  }

  /** Never more than one NOTIFY under way to a subscriber: their order would not be certain (6502-5.1-01). */
  #send(watcher: Watcher): void {
    if (watcher.outstanding || !this.#watchers.has(watcher)) return;
    if (!this.#guarded(() => this.#tell(watcher))) this.#end(watcher);
  }

  #tell(watcher: Watcher): void {
    const { clock } = this.#options;
    const { subscriber } = watcher;
    const bulletin = this.#bulletin(watcher);
    watcher.asked = false;
    watcher.changes = this.#changes;
    watcher.more = bulletin?.more ?? false;
    // What changed is nothing that this one sees.
    if (!bulletin) return;
    watcher.told = bulletin.told;
    const timer = clock.after(RESPONSE_TIMEOUT, () => this.#remove(watcher));
    watcher.outstanding = timer;
    subscriber.notify(bulletin.write(watcher.version++), (delivered) => {
      // A second or late call says nothing about the NOTIFY under way.
      if (watcher.outstanding === timer) this.#delivered(watcher, delivered);
    });
  }

  /** What it has to be told now. */
  #bulletin({ asked, told, handset, request }: Watcher): Bulletin | null {
    const everything = asked || told === null;
    if (handset) return handset.next(everything);
    const { bulletins, sightOf } = this.#options;
    const { kind, identity, stateless } = request;
    const view = { kind, sight: sightOf(identity), stateless };
    return everything ? bulletins.full(view) : bulletins.since(told, view);
  }

  #delivered(watcher: Watcher, delivered: Delivered): void {
    watcher.outstanding?.cancel();
    watcher.outstanding = null;
    if (delivered === 'gone') return this.#end(watcher);
    if (delivered === 'ok') watcher.handset?.taken();
    if (delivered === 'failed') {
      // Who knows what it took of it: it gets everything when there is news.
      watcher.told = null;
      watcher.more = false;
    }
    if (watcher.asked) this.#send(watcher);
    else if (watcher.more) this.#options.pacer.add(() => this.#send(watcher));
    else if (watcher.changes < this.#changes) this.#schedule();
  }

  #end(watcher: Watcher): void {
    watcher.over = true;
    this.#remove(watcher);
  }

  #add(watcher: Watcher): void {
    if (this.#watchers.has(watcher)) return;
    this.#watchers.add(watcher);
    const key = participantKey(watcher.request.identity);
    const theirs = this.#byPerson.get(key);
    if (theirs) theirs.add(watcher);
    else this.#byPerson.set(key, new Set([watcher]));
  }

  #remove(watcher: Watcher): void {
    watcher.outstanding?.cancel();
    watcher.outstanding = null;
    if (!this.#watchers.delete(watcher)) return;
    const key = participantKey(watcher.request.identity);
    const theirs = this.#byPerson.get(key);
    if (theirs?.delete(watcher) && theirs.size === 0) this.#byPerson.delete(key);
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
