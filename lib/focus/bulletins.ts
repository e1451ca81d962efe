import {
  type ConferenceDocument,
  CONFERENCE_INFO_TYPE,
  diffDocuments,
  formatDocument,
  type User,
} from '../conference-event/index.js';
import type { Roster } from './roster.js';
import type { DocumentKind, Notification, Sight } from './types.js';

/** What one kind of subscriber gets. */
export interface View {
  readonly kind: DocumentKind;
  readonly sight: Sight;
  /** Keeps no state: always gets everything (SUB-11). */
  readonly stateless: boolean;
}

const KINDS: readonly DocumentKind[] = ['conference-info', 'xcon', 'xcon-diff'];
const VIEWS: readonly View[] = KINDS.flatMap((kind) =>
  (['others', 'moderators'] as const).flatMap((sight) =>
    [true, false].map((stateless): View => ({ kind, sight, stateless })),
  ),
);

/** The one object that stands for it. */
export const viewOf = (kind: DocumentKind, sight: Sight, stateless: boolean): View =>
  VIEWS.find((view) => view.kind === kind && view.sight === sight && view.stateless === stateless) ?? VIEWS[0];

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

/** A document as text, and whether users are missing in it. */
interface Written {
  readonly document: ConferenceDocument;
  readonly text: Versioned;
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
  readonly #full = new WeakMap<ConferenceDocument, { maxSize: number; written: Written }>();
  /** By the document that is known. */
  readonly #changes = new WeakMap<ConferenceDocument, { version: number; by: Map<View, Bulletin | null> }>();

  constructor(options: BulletinsOptions) {
    this.#options = options;
  }

  /** Everything. */
  full(view: View): Bulletin {
    const written = this.#written(this.#options.roster.document(view.sight));
    return bulletin(written, !written.isWhole && !this.#isStateless(view));
  }

  /** What `told` lacks; null when that is nothing. */
  since(told: ConferenceDocument, view: View): Bulletin | null {
    const { version } = this.#options.roster;
    let known = this.#changes.get(told);
    if (known?.version !== version) {
      known = { version, by: new Map() };
      this.#changes.set(told, known);
    }
    const written = known.by.get(view);
    if (written !== undefined) return written;
    const next = this.#next(told, view);
    known.by.set(view, next);
    return next;
  }

  #isStateless({ stateless }: View): boolean {
    const notify = this.#options.notify();
    return notify === 'full' || (notify === 'auto' && stateless);
  }

  #next(told: ConferenceDocument, view: View): Bulletin | null {
    const { roster, maxSize, notify } = this.#options;
    const current = withDeparted(roster.document(view.sight), roster.departed, told);
    const changes = diffDocuments(told, current);
    if (!changes) return null;
    const everything = this.full(view);
    if (this.#isStateless(view)) return everything;
    const text = new Versioned(changes);
    const { written } = this.#full.get(roster.document(view.sight)) ?? {};
    const full = written?.isWhole ? written.text.octets : Number.POSITIVE_INFINITY;
    if (full <= text.octets || (notify() === 'auto' && full <= SMALL)) return everything;
    if (text.octets <= maxSize()) return bulletin({ document: current, text, isWhole: true }, false);
    const page = this.#page(told, current, changes);
    if (page) return page;
    // Not even one user fits.
    return everything.told === told ? null : { ...everything, more: false };
  }

  /** As many of the changes as there is room for; null when nothing but everything helps. */
  #page(told: ConferenceDocument, current: ConferenceDocument, changes: ConferenceDocument): Bulletin | null {
    const maxSize = this.#options.maxSize();
    const all = changes.users?.list ?? [];
    const gone = all.filter(({ state }) => state === 'deleted');
    const there = all.filter(({ state }) => state !== 'deleted');
    let limit = there.length;
    while (limit > 1) {
      limit = Math.floor(limit / 2);
      const page = there.slice(0, limit);
      const text = new Versioned({ ...changes, users: { state: 'partial', list: [...gone, ...page] } });
      if (text.octets > maxSize) continue;
      const document = { ...current, users: { state: 'full' as const, list: merged(told, gone, page) } };
      return bulletin({ document, text, isWhole: true }, true);
    }
    return null;
  }

  /** SUB-11: beyond the size that the way of a NOTIFY carries, list fewer users. */
  #written(document: ConferenceDocument): Written {
    const maxSize = this.#options.maxSize();
    const known = this.#full.get(document);
    if (known?.maxSize === maxSize) return known.written;
    const written = fitting(document, maxSize);
    this.#full.set(document, { maxSize, written });
    return written;
  }
}

/** A document's text but for the version, which alone differs between subscribers (4575-4.3-01). */
class Versioned {
  readonly octets: number;
  readonly #head: string;
  readonly #tail: string;

  constructor(document: ConferenceDocument) {
    const text = formatDocument({ ...document, version: 0 });
    const at = text.indexOf(' version="0"') + ' version="'.length;
    this.#head = text.slice(0, at);
    this.#tail = text.slice(at + 1);
    this.octets = Buffer.byteLength(text) + MAX_VERSION_DIGITS;
  }

  with(version: number): string {
    return `${this.#head}${version}${this.#tail}`;
  }
}

/** SUB-09: 32 bits. */
const MAX_VERSION_DIGITS = 10;

const bulletin = ({ document, text }: Written, more: boolean): Bulletin => ({
  write: (version) => ({ type: CONFERENCE_INFO_TYPE, body: text.with(version) }),
  told: document,
  more,
});

function fitting(whole: ConferenceDocument, maxSize: number): Written {
  const users = whole.users?.list ?? [];
  let document = whole;
  let text = new Versioned(whole);
  let limit = users.length;
  while (text.octets > maxSize && limit > 0) {
    limit = Math.min(limit - 1, Math.floor((limit * maxSize) / text.octets));
    document = { ...whole, users: { state: 'full', list: users.slice(0, limit) } };
    text = new Versioned(document);
  }
  return { document, text, isWhole: document === whole };
}

/** Those who left since `told` are shown as such to who knew them. */
function withDeparted(
  current: ConferenceDocument,
  departed: ReadonlyMap<string, User>,
  told: ConferenceDocument,
): ConferenceDocument {
  if (departed.size === 0) return current;
  const known = (told.users?.list ?? []).flatMap(({ entity }) => departed.get(entity) ?? []);
  if (known.length === 0) return current;
  return { ...current, users: { state: 'full', list: [...(current.users?.list ?? []), ...known] } };
}

/** The users who are known when `gone` and `changed` were told as well. */
function merged(told: ConferenceDocument, gone: readonly User[], changed: readonly User[]): User[] {
  const users = new Map((told.users?.list ?? []).map((user) => [user.entity, user]));
  for (const { entity } of gone) users.delete(entity);
  for (const user of changed) users.set(user.entity, user);
  return [...users.values()];
}
