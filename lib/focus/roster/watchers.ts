import { randomBytes } from 'node:crypto';
import { XconDocuments, xconUserIds } from '../../conference-event/index.js';
import type { Clock } from '../../util/clock.js';
import type { Logger } from '../../util/log.js';
import { Bulletins } from './bulletins.js';
import { Notifier } from './notifier.js';
import type { Pacer } from './pacer.js';
import { keysOf } from '../person.js';
import type { FocusLimits, RoomConfig } from '../policy.js';
import { refusal } from '../refusal.js';
import type { Roster } from './roster.js';
import type { Identity, Subscriber, Subscription, WatchRequest } from '../types.js';

export interface WatchersOptions {
  clock: Clock;
  log: Logger;
  /** Of all rooms. */
  pacer: Pacer;
  /** Room URI. */
  uri: string;
  config: () => Readonly<RoomConfig>;
  limits: Readonly<FocusLimits>;
  roster: Roster;
  /** Octets of the largest conference-info document. */
  maxDocumentSize: () => number;
  /** Whether somebody is in the room, about to be, or was made its moderator by the operator. */
  knows: (identity: Identity) => boolean;
  /** Is told who hides behind a made-up URI (4575-8.2-01). */
  isTrusted: (identity: Identity) => boolean;
  /** May not come in, nor watch, whatever else holds. */
  isBanned: (identity: Identity) => boolean;
  /** Would be let in without being asked for anything. */
  isWelcome: (identity: Identity) => boolean;
  /** Is being asked for the password. */
  isAsked: (identity: Identity) => boolean;
}

/** Octets of what makes the XCON-USERIDs of a room (6501-4.6-01). */
const XCON_SECRET = 16;

/** Subscriptions of one person in one room (SUB-20). */
const MAX_WATCHES = 10;

/** Watchers that are told of changes once in `roster.interval`; more of them wait longer, in proportion. */
const PROMPT = 50;

/** How many times as long at most: 5 s, which RFC 4575 §3.9 recommends, where the interval is 1 s. */
const MOST_PATIENCE = 5;

/** Who watches one room: who may, and what they are told when. */
export class Watchers {
  readonly #options: WatchersOptions;
  readonly #notifier: Notifier;
  #closing = false;

  constructor(options: WatchersOptions) {
    const { clock, log, pacer, roster, maxDocumentSize: maxSize, config } = options;
    this.#options = options;
    const xcon = new XconDocuments({ userId: xconUserIds(randomBytes(XCON_SECRET)) });
    this.#notifier = new Notifier({
      clock,
      log,
      pacer,
      interval: () => config().roster.interval * this.#patience(),
      bulletins: new Bulletins({ roster, xcon, notify: () => config().roster.notify, maxSize }),
      sightOf: (identity) => (options.isTrusted(identity) ? 'moderators' : 'others'),
      check: (request) => this.#checkRight(request),
    });
  }

  /** The full document is sent before this returns. @throws ChatroomsError with `sipStatus` 403 or 480 */
  subscribe(request: WatchRequest, subscriber: Subscriber): Subscription {
    this.check(request);
    return this.#notifier.subscribe(request, subscriber);
  }

  /** @throws ChatroomsError with `sipStatus` 403 or 480 when this may not become a further subscription */
  check(request: WatchRequest): void {
    const { uri, limits, config, knows } = this.#options;
    this.#checkRight(request);
    // JOIN-05: as it would be for a join. Who watched before goes on.
    const isStranger = !request.inDialog && !knows(request.identity);
    if (isStranger && config().locked && config().roster.watch !== 'anyone') throw refusal.watch(uri);
    const { maxSubscriptions } = limits;
    if (this.#notifier.size >= maxSubscriptions) throw refusal.subscriptions(uri, maxSubscriptions);
    if (this.#notifier.countOf(request.identity) >= MAX_WATCHES) throw refusal.watches(uri, MAX_WATCHES);
  }

  /** Something that others see changed. */
  changed(): void {
    this.#notifier.changed();
  }

  /** Policy changed: ends the subscriptions of those who may not watch any more (SUB-14). */
  review(): void {
    this.#notifier.end(({ inDialog, identity }) => !inDialog && !this.#mayWatch(identity), 'rejected');
  }

  /**
   * The room is about to end. BYE-09: its last NOTIFY comes after the BYEs, but in dialogs that these end it has to come
   * before.
   */
  closing(): void {
    this.#closing = true;
    this.#notifier.end(({ inDialog }) => inDialog, 'noresource');
  }

  /** Somebody left; those who were `booted` may not watch any more, whatever policy says. */
  left(identity: Identity, booted: boolean): void {
    if (this.#closing) return;
    const people = keysOf(identity);
    // In-dialog subscriptions end with their dialog.
    const whom = ({ inDialog, identity: of }: WatchRequest): boolean => !inDialog && (booted || !this.#mayWatch(of));
    this.#notifier.end(whom, 'rejected', people);
  }

  /** 4575-3.3-01: "Room ends: terminate subscriptions with reason noresource". */
  closed(): void {
    this.#notifier.end(() => true, 'noresource');
  }

  /** So that a room costs a bounded number of NOTIFYs a second, however many watch it. */
  #patience(): number {
    return Math.min(Math.max(this.#notifier.size / PROMPT, 1), MOST_PATIENCE);
  }

  #checkRight({ identity, inDialog }: WatchRequest): void {
    // JOIN-15: a dialog does not make him one who was let in.
    const may = inDialog ? !this.#options.isAsked(identity) : this.#mayWatch(identity);
    if (!may) throw refusal.watch(this.#options.uri);
  }

  /** 4575-3.5-01, SUB-08: as for a join, or otherwise where policy says so. */
  #mayWatch(identity: Identity): boolean {
    const { config, knows, isBanned, isWelcome } = this.#options;
    const { allowAnonymous, roster } = config();
    // JOIN-03.
    if (isBanned(identity)) return false;
    if (roster.watch === 'anyone' || knows(identity)) return true;
    return roster.watch === 'joiners' && isWelcome(identity) && (!identity.anonymous || allowAnonymous);
  }
}
