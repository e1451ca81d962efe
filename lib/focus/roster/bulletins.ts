import {
  type ConferenceDocument,
  CONFERENCE_INFO_TYPE,
  diffDocuments,
  DocumentText,
  type User,
  XCON_DIFF_TYPE,
  XCON_TYPE,
  type XconDocuments,
} from '../../conference-event/index.js';
import type { Roster } from './roster.js';
import type { DocumentKind, Notification, Sight } from '../types.js';

/** What one kind of subscriber gets. */
export interface View {
  readonly kind: DocumentKind;
  readonly sight: Sight;
  /** Keeps no state: always gets everything (SUB-11). */
  readonly stateless: boolean;
}

/** By it what was written for a view is found again. */
const keyOf = ({ kind, sight, stateless }: View): string => `${kind} ${sight} ${stateless}`;

/** One NOTIFY body but for its version. */
export interface Bulletin {
  /** For a subscription whose version is now this. */
  write(version: number): Notification;
  /** What the subscriber knows when it has taken it. */
  readonly told: ConferenceDocument;
  /** There was no room for everything: the rest is to follow. */
  readonly more: boolean;
}

export interface BulletinsOptions {
  roster: Roster;
  /** Of this room. */
  xcon: XconDocuments;
  /** Of the room. */
  notify: () => 'auto' | 'full' | 'partial';
  /** Octets of the largest document. */
  maxSize: () => number;
}

/**
 * Octets up to which everybody is sent everything: a partial document would hardly be smaller, and with its headers it
 * passes drachtio-server as one of the frames that need no waiting (DRA-G1).
 */
const SMALL = 3000;

/** A document as it is sent, but for the version. */
interface Text {
  readonly type: string;
  readonly octets: number;
  withVersion(version: number): string;
}

/** All there is to tell, or as many of the users as there is room for. */
interface Everything {
  readonly document: ConferenceDocument;
  readonly text: Text;
  readonly isWhole: boolean;
}

/**
 * What subscribers are sent next (4575-4.4-01): everything, or what changed since they were told last. Each text is
 * written once for all who are told the same. Where the way of a NOTIFY is too narrow for all users at once (SUB-11,
 * DRA-G1), those who keep state get them in several documents.
 */
export class Bulletins {
  readonly #options: BulletinsOptions;
  /** By the document they tell of. */
  readonly #everything = new WeakMap<ConferenceDocument, { maxSize: number; by: Map<DocumentKind, Everything> }>();
  /** By the document that is known. */
  readonly #changes = new WeakMap<ConferenceDocument, { version: number; by: Map<string, Bulletin | null> }>();

  constructor(options: BulletinsOptions) {
    this.#options = options;
  }

  /** Everything. */
  full(view: View): Bulletin {
    const everything = this.#all(view);
    return bulletin(everything.document, everything.text, !everything.isWhole && !this.#isStateless(view));
  }

  /** What `told` lacks; null when that is nothing. */
  since(told: ConferenceDocument, view: View): Bulletin | null {
    const { version } = this.#options.roster;
    let known = this.#changes.get(told);
    if (known?.version !== version) {
      known = { version, by: new Map() };
      this.#changes.set(told, known);
    }
    const key = keyOf(view);
    const written = known.by.get(key);
    if (written !== undefined) return written;
    const next = this.#next(told, view);
    known.by.set(key, next);
    return next;
  }

  #isStateless({ kind, stateless }: View): boolean {
    // SUB-17: "never the `state=` mechanism in XCON bodies".
    if (kind !== 'conference-info') return kind === 'xcon';
    const notify = this.#options.notify();
    return notify === 'full' || (notify === 'auto' && stateless);
  }

  #next(told: ConferenceDocument, view: View): Bulletin | null {
    const { roster, maxSize } = this.#options;
    const current = withDeparted(roster.document(view.sight), roster, told);
    const changes = diffDocuments(told, current);
    if (!changes) return null;
    if (this.#isStateless(view)) return this.full(view);
    const text = this.#change(view, told, current, changes);
    if (this.#isBetterWhole(view, text)) return this.full(view);
    if (text.octets <= maxSize()) return bulletin(current, text, false);
    const page = this.#page(view, told, current, changes);
    if (page) return page;
    // Not even one user fits.
    const everything = this.full(view);
    return everything.told === told ? null : { ...everything, more: false };
  }

  /** Whether everything is as easily told as what changed. */
  #isBetterWhole(view: View, { octets }: Text): boolean {
    const { text, isWhole } = this.#all(view);
    if (!isWhole) return false;
    const isSmall = view.kind === 'conference-info' && this.#options.notify() === 'auto' && text.octets <= SMALL;
    return isSmall || text.octets <= octets;
  }

  /** As many of the changes as there is room for; null when nothing but everything helps. */
  #page(
    view: View,
    told: ConferenceDocument,
    current: ConferenceDocument,
    changes: ConferenceDocument,
  ): Bulletin | null {
    const all = changes.users?.list ?? [];
    const gone = all.filter(({ state }) => state === 'deleted');
    const there = all.filter(({ state }) => state !== 'deleted');
    for (let limit = there.length >> 1; limit > 0; limit >>= 1) {
      const page = there.slice(0, limit);
      const document = { ...current, users: { state: 'full' as const, list: merged(told, gone, page) } };
      const users = { state: 'partial' as const, list: [...gone, ...page] };
      const text = this.#change(view, told, document, { ...changes, users });
      if (text.octets <= this.#options.maxSize()) return bulletin(document, text, true);
    }
    return null;
  }

  #change({ kind }: View, told: ConferenceDocument, now: ConferenceDocument, changes: ConferenceDocument): Text {
    if (kind === 'conference-info') return conferenceInfo(changes);
    return unversioned(XCON_DIFF_TYPE, this.#options.xcon.diff(told, now) ?? '');
  }

  #all({ kind, sight }: View): Everything {
    const document = this.#options.roster.document(sight);
    const maxSize = this.#options.maxSize();
    let known = this.#everything.get(document);
    if (known?.maxSize !== maxSize) {
      known = { maxSize, by: new Map() };
      this.#everything.set(document, known);
    }
    // What is wanted of XCON in the first place is the same.
    const whole: DocumentKind = kind === 'xcon-diff' ? 'xcon' : kind;
    let written = known.by.get(whole);
    if (!written) {
      const write = (of: ConferenceDocument): Text =>
        whole === 'xcon' ? unversioned(XCON_TYPE, this.#options.xcon.full(of)) : conferenceInfo(of);
      written = fitting(document, maxSize, write);
      known.by.set(whole, written);
    }
    return written;
  }
}

function conferenceInfo(document: ConferenceDocument): Text {
  const text = new DocumentText(document);
  return {
    type: CONFERENCE_INFO_TYPE,
    octets: text.octets,
    withVersion: (version) => text.withVersion(version),
  };
}

const unversioned = (type: string, text: string): Text => ({
  type,
  octets: Buffer.byteLength(text),
  withVersion: () => text,
});

const bulletin = (told: ConferenceDocument, text: Text, more: boolean): Bulletin => ({
  write: (version) => ({ type: text.type, body: text.withVersion(version) }),
  told,
  more,
});

/** SUB-11: beyond the size that the way of a NOTIFY carries, list fewer users. */
function fitting(
  whole: ConferenceDocument,
  maxSize: number,
  write: (document: ConferenceDocument) => Text,
): Everything {
  const users = whole.users?.list ?? [];
  let document = whole;
  let text = write(whole);
  let limit = users.length;
  while (text.octets > maxSize && limit > 0) {
    limit = Math.min(limit - 1, Math.floor((limit * maxSize) / text.octets));
    document = { ...whole, users: { state: 'full', list: users.slice(0, limit) } };
    text = write(document);
  }
  return { document, text, isWhole: document === whole };
}

/** Those who left since `told` are shown as such to who knew them, those who were invited in vain to all. */
function withDeparted(
  current: ConferenceDocument,
  { departed, unreached, summary }: Roster,
  told: ConferenceDocument,
): ConferenceDocument {
  const gone = summary ? [] : [...unreached.values()];
  if (departed.size > 0) gone.push(...(told.users?.list ?? []).flatMap(({ entity }) => departed.get(entity) ?? []));
  if (gone.length === 0) return current;
  return { ...current, users: { state: 'full', list: [...(current.users?.list ?? []), ...gone] } };
}

/** The users who are known when `gone` and `changed` were told as well. */
function merged(told: ConferenceDocument, gone: readonly User[], changed: readonly User[]): User[] {
  const users = new Map((told.users?.list ?? []).map((user) => [user.entity, user]));
  for (const { entity } of gone) users.delete(entity);
  for (const user of changed) users.set(user.entity, user);
  return [...users.values()];
}
