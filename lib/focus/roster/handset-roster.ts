/** What handsets are told of a room (view `rcs`). */
import {
  type ConferenceDocument,
  CONFERENCE_INFO_TYPE,
  DocumentText,
  type User,
} from '../../conference-event/index.js';
import type { Clock } from '../../util/clock.js';
import type { Member } from '../members/invitee.js';
import type { RoomConfig } from '../policy.js';
import type { Bulletin } from './bulletins.js';
import { departedUser, handsetUser, isGone } from './handset-users.js';

export interface HandsetRosterOptions {
  clock: Clock;
  /** Room URI. */
  uri: string;
  config: () => Readonly<RoomConfig>;
  maxParticipants: () => number;
  /** Those who are in. */
  participants: { readonly size: number };
  /** Of the roster: another one may show something else. */
  version: () => number;
  /** Those who belong to the room, or did so, by the URI that others see. */
  members: () => ReadonlyMap<string, Member>;
  /** Octets of the largest document. */
  maxSize: () => number;
}

/** Somebody as handsets see him; the same object as long as nothing of it changes. */
interface Shown {
  readonly user: User;
  readonly own: User;
  /** What they were made of, to see whether that is another now. */
  readonly facts: string;
  /** Since when it is his standing, in ms since the epoch. */
  readonly since: number;
  readonly gone: boolean;
}

/** NOTIFYs that have to have told of somebody who is gone (DOC-17). */
const TELLINGS = 2;

/** DOC-17, `departedGrace`: milliseconds for which he is told of after those. */
const DEPARTED_GRACE = 60_000;

/**
 * Who belongs to a room, connected or not, as handsets are told: what is the same for all of them. A document of theirs is
 * as good as lost when one element in it is not to their liking, so it is none of those that others get.
 */
export class HandsetRoster {
  readonly #options: HandsetRosterOptions;
  #version = -1;
  #shown: ReadonlyMap<string, Shown> = new Map();

  constructor(options: HandsetRosterOptions) {
    this.#options = options;
  }

  /** What one subscription is told. @param own by which URI others see who subscribed; null for nobody they see */
  view(own: () => string | null): HandsetView {
    return new HandsetView(this, own, this.#options);
  }

  /** By their URI. */
  get shown(): ReadonlyMap<string, Shown> {
    const version = this.#options.version();
    if (version !== this.#version) {
      this.#version = version;
      const before = this.#shown;
      this.#shown = new Map(
        Array.from(this.#options.members(), ([uri, member]) => [uri, shownOf(member, before.get(uri))]),
      );
    }
    return this.#shown;
  }

  /** All of a document but for its users. */
  get head(): Omit<ConferenceDocument, 'users' | 'version'> {
    const { uri, config, maxParticipants, participants } = this.#options;
    const { subject, locked } = config();
    return {
      entity: uri,
      state: 'full',
      // DOC-22: nothing of an icon, whose element is not known. DOC-13: nor `available-media`, which has a status too.
      description: { subject: subject === '' ? undefined : subject, maximumUserCount: maxParticipants() },
      conferenceState: { userCount: participants.size, active: true, locked },
    };
  }
}

function shownOf(member: Member, before: Shown | undefined): Shown {
  const { uri, displayName, moderator, standing, outcome, removedBy } = member;
  const facts = JSON.stringify([uri, displayName, moderator, standing, outcome, removedBy]);
  const since = member.since.getTime();
  if (before?.facts === facts && before.since === since) return before;
  const user = handsetUser(member);
  // DOC-20.
  return { user, own: { ...user, yourOwn: true }, facts, since, gone: isGone(member) };
}

/** How often, and since when often enough, one subscriber was told that somebody is gone. */
interface Farewell {
  readonly since: number;
  readonly user: User;
  tellings: number;
  /** In ms since the epoch; null before. */
  enough: number | null;
}

/** What one handset is told, and of whom it has to hear that he is gone. */
export class HandsetView {
  readonly #roster: HandsetRoster;
  readonly #own: () => string | null;
  readonly #options: Pick<HandsetRosterOptions, 'clock' | 'maxSize'>;
  readonly #farewells = new Map<string, Farewell>();
  /** Users of the document under way, or taken last. */
  #told: readonly User[] = [];
  #head = '';

  constructor(
    roster: HandsetRoster,
    own: () => string | null,
    options: Pick<HandsetRosterOptions, 'clock' | 'maxSize'>,
  ) {
    this.#roster = roster;
    this.#own = own;
    this.#options = options;
  }

  /** DOC-21: a full document; null when the subscriber knows all of it, unless it asks for `everything`. */
  next(everything: boolean): Bulletin | null {
    const head = this.#roster.head;
    const written = JSON.stringify(head);
    const users = this.#users();
    const isKnown = written === this.#head && sameUsers(users, this.#told);
    if (isKnown && !everything) return null;
    this.#head = written;
    const { document, text } = this.#fitting({ ...head, version: 0, users: { state: 'full', list: users } });
    this.#told = users;
    return {
      write: (version) => ({ type: CONFERENCE_INFO_TYPE, body: text.withVersion(version) }),
      told: document,
      more: false,
    };
  }

  /** The document before was answered with 200. */
  taken(): void {
    const now = this.#options.clock.now();
    const told = new Set(this.#told.map(({ entity }) => entity));
    for (const [uri, farewell] of this.#farewells) {
      if (!told.has(uri) || farewell.enough !== null) continue;
      farewell.tellings++;
      if (farewell.tellings >= TELLINGS) farewell.enough = now;
    }
  }

  /** Oneself first, then who belongs to the room, then who does not any more: in this order they are cut off. */
  #users(): User[] {
    const { shown } = this.#roster;
    const own = this.#own();
    const there: User[] = [];
    const gone: User[] = [];
    for (const [uri, { user, own: mine, since, gone: isGoneNow }] of shown) {
      if (!isGoneNow) this.#farewells.delete(uri);
      else if (!this.#isToHear(uri, since, user)) continue;
      if (uri === own) there.unshift(mine);
      else (isGoneNow ? gone : there).push(user);
    }
    return [...there, ...gone, ...this.#vanished(shown)];
  }

  /** DOC-17: "a user who left must be listed … until the subscriber answered 200 to two NOTIFYs, then `departedGrace`". */
  #isToHear(uri: string, since: number, user: User): boolean {
    const known = this.#farewells.get(uri);
    if (known?.since === since) return !this.#isOver(known);
    this.#farewells.set(uri, { since, user, tellings: 0, enough: null });
    return true;
  }

  /** Those who were listed and are not even remembered by a room that keeps nobody who left. */
  #vanished(shown: ReadonlyMap<string, Shown>): User[] {
    for (const user of this.#told) {
      if (shown.has(user.entity) || this.#farewells.has(user.entity)) continue;
      this.#farewells.set(user.entity, { since: 0, user: departedUser(user), tellings: 0, enough: null });
    }
    const users: User[] = [];
    for (const [uri, farewell] of this.#farewells) {
      if (shown.has(uri)) continue;
      if (this.#isOver(farewell)) this.#farewells.delete(uri);
      else users.push(farewell.user);
    }
    return users;
  }

  #isOver({ enough }: Farewell): boolean {
    return enough !== null && this.#options.clock.now() - enough >= DEPARTED_GRACE;
  }

  /** SUB-11: list fewer users where the way of a NOTIFY is too narrow; who is not listed is not forgotten by a handset. */
  #fitting(whole: ConferenceDocument): { document: ConferenceDocument; text: DocumentText } {
    const maxSize = this.#options.maxSize();
    const users = whole.users?.list ?? [];
    let document = whole;
    let text = new DocumentText(whole);
    let limit = users.length;
    while (text.octets > maxSize && limit > 0) {
      limit = Math.min(limit - 1, Math.floor((limit * maxSize) / text.octets));
      document = { ...whole, users: { state: 'full', list: users.slice(0, limit) } };
      text = new DocumentText(document);
    }
    return { document, text };
  }
}

const sameUsers = (a: readonly User[], b: readonly User[]): boolean =>
  a.length === b.length && a.every((user, index) => user === b[index]);
