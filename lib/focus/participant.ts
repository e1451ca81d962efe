import type { UriEntry, User } from '../conference-event/index.js';
import { cpimUriKey } from '../cpim/index.js';
import { ownText } from '../util/own-text.js';
import type { Endpoint } from './endpoint.js';
import type { Role } from './moderation/acts.js';
import { compareRoles, isModerating } from './moderation/roles.js';
import type { Identity, Sight } from './types.js';

/** What an endpoint of the participant uses as nickname, null for none. */
type NicknameOf = (endpoint: string) => string | null;

export interface ParticipantFacts {
  key: string;
  /** `user@entity`: usable as CPIM To (4575-5.6-01), and the same as long as it is here (4575-4.5-01). */
  uri: string;
  /** Name made for somebody who hides, e.g. `Anonymous7`; null for who does not. */
  anonymousName: string | null;
}

/** The room, as its participants ask it. */
export interface ParticipantHost {
  nicknameOf: NicknameOf;
  /** What somebody with these URIs may do in the room. */
  roleOf: (identity: Identity) => Role;
  /** In ms since the epoch, Infinity for ever; undefined for who is not muted. */
  mutedUntil: (participant: Participant) => number | undefined;
}

/** DOC-11: who owns a room or only reads in it is what RFC 4575 §5.6.3 names as well, for clients that know no more. */
const ROLES: Readonly<Record<Role, string[]>> = {
  owner: ['owner', 'moderator', 'participant'],
  moderator: ['moderator', 'participant'],
  participant: ['participant'],
  visitor: ['visitor', 'participant'],
};

/** `endpoint@entity` of somebody's nth endpoint (IDN-12). */
export const endpointEntity = (uri: string, n: number): string =>
  `${/^[^:]*:([^@;?:]*)/.exec(uri)?.[1] || 'user'}-${n}`;

/** A person in a room, with one or more endpoints; the `<user>` of the roster. */
export class Participant {
  /** Unique among the participants of the room; holds the authenticated URI, so others must not see it. */
  readonly key: string;
  /** What others see and write as CPIM To; made for the room when the participant is anonymous. */
  readonly uri: string;
  readonly anonymous: boolean;
  /** Name made for somebody who hides; null for who does not. */
  readonly anonymousName: string | null;
  /** When the first of its endpoints joined; null before. */
  joinedAt: Date | null = null;
  readonly #host: ParticipantHost;
  readonly #endpoints = new Map<string, Endpoint>();
  /** Endpoint whose nickname others see: the one that asked last (MSRP-11). */
  #lastNamed: string | null = null;
  #endpointCount = 0;
  /** By what they tell; for who hides nothing they are the same object. */
  #users: Map<Sight, User> | undefined;

  constructor({ key, uri, anonymousName }: ParticipantFacts, host: ParticipantHost) {
    this.#host = host;
    this.key = ownText(key);
    this.uri = uri;
    this.anonymousName = anonymousName;
    this.anonymous = anonymousName !== null;
  }

  /** By id; those whose INVITE was not answered yet included. */
  get endpoints(): ReadonlyMap<string, Endpoint> {
    return this.#endpoints;
  }

  /** Has an endpoint that joined. */
  get present(): boolean {
    for (const endpoint of this.#endpoints.values()) if (endpoint.connectedAt) return true;
    return false;
  }

  /** The highest that one of the URIs has it joined with. */
  get role(): Role {
    let highest: Role | null = null;
    for (const { identity } of this.#endpoints.values()) {
      const role = this.#host.roleOf(identity);
      if (highest === null || compareRoles(role, highest) > 0) highest = role;
    }
    return highest ?? 'participant';
  }

  /** Moderates the room, or owns it. */
  get moderator(): boolean {
    return isModerating(this.role);
  }

  get muted(): boolean {
    return this.#host.mutedUntil(this) !== undefined;
  }

  /** When that ends by itself; null for who is not muted, or for good. */
  get mutedUntil(): Date | null {
    const until = this.#host.mutedUntil(this);
    return until !== undefined && Number.isFinite(until) ? new Date(until) : null;
  }

  /** May write to everybody; else only to those who moderate. */
  get mayWrite(): boolean {
    return this.role !== 'visitor' && !this.muted;
  }

  /** Nobody of it got further than the door. */
  get asked(): boolean {
    for (const { asked } of this.#endpoints.values()) if (!asked) return false;
    return true;
  }

  /** The nickname others see. */
  get nickname(): string | null {
    const last = this.#lastNamed === null ? null : this.#host.nicknameOf(this.#lastNamed);
    if (last !== null) return last;
    for (const id of this.#endpoints.keys()) {
      const nickname = this.#host.nicknameOf(id);
      if (nickname !== null) return nickname;
    }
    return null;
  }

  /** The name others see: nickname, else display name (7701-7.4-02); of who hides only what does not tell (4575-5.6-02). */
  get name(): string | null {
    const nickname = this.nickname;
    if (nickname !== null) return nickname;
    if (this.anonymousName !== null) return this.anonymousName;
    for (const { identity } of this.#endpoints.values()) if (identity.displayName) return identity.displayName;
    return null;
  }

  /** Unique under the participant and never used again. */
  nextEndpointEntity(): string {
    return endpointEntity(this.uri, ++this.#endpointCount);
  }

  add(endpoint: Endpoint): void {
    this.#endpoints.set(endpoint.id, endpoint);
  }

  remove(id: string): void {
    this.#endpoints.delete(id);
    if (this.#lastNamed === id) this.#lastNamed = null;
    this.touch();
  }

  named(endpoint: string): void {
    this.#lastNamed = endpoint;
    this.touch();
  }

  /** Something that others see changed. */
  touch(): void {
    this.#users = undefined;
  }

  /** The roster entry: the same object as long as nothing changes, so that its text is written once. */
  user(sight: Sight): User {
    const telling = this.anonymous ? sight : 'others';
    const users = (this.#users ??= new Map());
    const known = users.get(telling);
    if (known) return known;
    const user = this.#element(telling);
    users.set(telling, user);
    return user;
  }

  #element(sight: Sight): User {
    const connected = [...this.#endpoints.values()].filter((endpoint) => endpoint.connectedAt);
    return {
      // DOC-08.
      entity: this.uri,
      state: 'full',
      displayText: this.name ?? undefined,
      nickname: this.nickname ?? undefined,
      associatedAors: this.#associatedAors(connected, sight),
      // DOC-11.
      roles: ROLES[this.role],
      endpoints: onePerEntity(connected).map((endpoint) => endpoint.element(this.#host.nicknameOf(endpoint.id))),
    };
  }

  #associatedAors(connected: readonly Endpoint[], sight: Sight): UriEntry[] | undefined {
    if (!this.anonymous) return this.#otherAors(connected.flatMap(({ toUris }) => toUris));
    // 4575-5.6-02, 7701-5.2-10, 4353-4.4-01: of who hides "no AOR, Contact, GRUU" anywhere;
    // 4575-8.2-01: "moderator sees real identities, others do not".
    if (sight === 'others') return undefined;
    return this.#otherAors(connected.flatMap(({ identity }) => [identity.uri, ...identity.aliases]));
  }

  #otherAors(uris: readonly string[]): UriEntry[] {
    const others = new Map(uris.map((uri) => [cpimUriKey(uri), uri]));
    others.delete(cpimUriKey(this.uri));
    // 4575-5.7-03: a GRUU tells which device it is, and is no address of record.
    for (const key of others.keys()) if (key?.includes(';gr=')) others.delete(key);
    return [...others.values()].map((uri) => ({ uri }));
  }
}

/** JOIN-08: which is about to take the place of another is not shown before. */
function onePerEntity(endpoints: readonly Endpoint[]): Endpoint[] {
  const shown = new Map<string, Endpoint>();
  for (const endpoint of endpoints) if (!shown.has(endpoint.entity)) shown.set(endpoint.entity, endpoint);
  return [...shown.values()];
}
