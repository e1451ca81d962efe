import type { ConferenceInfo, EndpointInfo, UserInfo } from './conference-info.js';

/** A person in the room as the conference event package shows it. */
export interface RosterEntry {
  /** RFC 4575 `user@entity`: the URI to address private messages to. */
  uri: string;
  nickname?: string;
  displayName?: string;
  roles: string[];
  /** Devices that are connected. */
  devices: number;
}

export interface RosterChange {
  joined: RosterEntry[];
  left: RosterEntry[];
  renamed: { entry: RosterEntry; before: string | undefined }[];
}

/** `stale`: nothing new; `gap`: a document was missed, full state is needed; `ended`: the conference has ceased to exist. */
export type RosterUpdate =
  | { kind: 'changed'; change: RosterChange }
  | { kind: 'stale' }
  | { kind: 'gap' }
  | { kind: 'ended' };

interface User {
  entity: string;
  displayText: string | undefined;
  nickname: string | undefined;
  roles: string[];
  endpoints: Map<string, EndpointInfo>;
}

function fresh(info: UserInfo): User {
  return {
    entity: info.entity,
    displayText: info.displayText,
    nickname: info.nickname,
    roles: info.roles ?? [],
    endpoints: new Map(info.endpoints.filter((e) => e.state !== 'deleted').map((e) => [e.entity, e])),
  };
}

function entryOf(user: User): RosterEntry {
  const devices = [...user.endpoints.values()].filter((e) => (e.status ?? 'connected') === 'connected').length;
  return {
    uri: user.entity,
    ...(user.nickname ? { nickname: user.nickname } : {}),
    ...(user.displayText ? { displayName: user.displayText } : {}),
    roles: user.roles,
    devices,
  };
}

/** User part of a SIP URI, the number of a tel URI. */
export function userPart(uri: string): string {
  const rest = uri.replace(/^[a-z][a-z0-9+.-]*:/i, '');
  return rest.split(/[@;?]/, 1)[0] ?? rest;
}

/** What to call somebody: nickname, else display name, else user part of the URI. */
export function nameOf(entry: Pick<RosterEntry, 'uri' | 'nickname' | 'displayName'>): string {
  return entry.nickname ?? entry.displayName ?? userPart(entry.uri);
}

/** Key under which two spellings of one SIP or tel URI meet: parameters dropped, host without case (RFC 3261 §19.1.4). */
export function addressKey(uri: string): string {
  const match = /^(sips?|im|pres):(?:([^@]*)@)?([^;?]*)/i.exec(uri.trim());
  if (match) return `${match[2] === undefined ? '' : `${match[2]}@`}${(match[3] ?? '').toLowerCase()}`;
  // tel: visual separators do not count (RFC 3966 §4)
  return (uri.trim().split(';', 1)[0] ?? '').toLowerCase().replace(/[-.()]/g, '');
}

/** Coherent state from full and partial documents (RFC 4575 §4.6), and what changed between two of them. */
export class Roster {
  #version: number | undefined;
  #users = new Map<string, User>();
  #title: string | undefined;
  #subject: string | undefined;
  #count: number | undefined;

  /** How many are connected; more than `participants` where a room does not, or not yet, list everybody. */
  get count(): number {
    const listed = this.participants.length;
    return Math.max(this.#count ?? listed, listed);
  }

  /** Everybody connected, in the order of the document. */
  get participants(): RosterEntry[] {
    const entries: RosterEntry[] = [];
    for (const user of this.#users.values()) {
      // a focus that lists no endpoints at all still lists who is there
      if (user.endpoints.size === 0 || entryOf(user).devices > 0) entries.push(entryOf(user));
    }
    return entries;
  }

  get title(): string | undefined {
    return this.#title;
  }

  get subject(): string | undefined {
    return this.#subject;
  }

  /** A new subscription counts its versions anew; the people stay until its first document. */
  restart(): void {
    this.#version = undefined;
  }

  find(uri: string): RosterEntry | undefined {
    const key = addressKey(uri);
    return this.participants.find((entry) => addressKey(entry.uri) === key);
  }

  /** All whom `name` may mean: an exact nickname wins over a display name, that over a user part or URI; case does not count. */
  resolve(name: string): RosterEntry[] {
    const wanted = name.trim().toLowerCase();
    const everybody = this.participants;
    for (const of of [
      (e: RosterEntry) => e.nickname,
      (e: RosterEntry) => e.displayName,
      (e: RosterEntry) => userPart(e.uri),
      (e: RosterEntry) => e.uri,
    ]) {
      const found = everybody.filter((entry) => of(entry)?.toLowerCase() === wanted);
      if (found.length > 0) return found;
    }
    return [];
  }

  // 4575-4.6-01
  apply(info: ConferenceInfo): RosterUpdate {
    const local = this.#version;
    const { version } = info;
    if (local !== undefined && version !== undefined && version <= local) return { kind: 'stale' };
    if (info.state === 'deleted') {
      this.#users.clear();
      return { kind: 'ended' };
    }
    // "more than one number higher than the previous local version number … MUST generate a subscription refresh request"
    if (info.state === 'partial' && (local === undefined || (version !== undefined && version > local + 1))) {
      return { kind: 'gap' };
    }
    const before = this.participants;
    const counted = this.#count;
    this.#version = version ?? local;
    this.#merge(info);
    const change = compare(before, this.participants);
    if (isListing(info, change, { counted, listed: before.length })) {
      // Large rooms tell in several documents who is here, or only of some: who appears then has not come just now.
      return { kind: 'changed', change: { ...change, joined: [], left: [] } };
    }
    return { kind: 'changed', change };
  }

  #merge(info: ConferenceInfo): void {
    const full = info.state === 'full';
    // RFC 4575 §4.6: without a state attribute, "the element is replaced with the new information as a whole"
    if (full || info.described) {
      this.#title = info.title;
      this.#subject = info.subject;
    }
    if (full || info.userCount !== undefined) this.#count = info.userCount;
    if (full || info.users?.state === 'full' || info.users?.state === 'deleted') this.#users = new Map();
    for (const user of info.users?.state === 'deleted' ? [] : (info.users?.list ?? [])) this.#mergeUser(user);
  }

  #mergeUser(info: UserInfo): void {
    const held = this.#users.get(info.entity);
    if (info.state === 'deleted') {
      this.#users.delete(info.entity);
      return;
    }
    if (!held || info.state === 'full') {
      this.#users.set(info.entity, fresh(info));
      return;
    }
    held.displayText = info.displayText ?? held.displayText;
    held.nickname = info.nickname ?? held.nickname;
    held.roles = info.roles ?? held.roles;
    for (const endpoint of info.endpoints) {
      if (endpoint.state === 'deleted') held.endpoints.delete(endpoint.entity);
      else if (endpoint.state === 'full') held.endpoints.set(endpoint.entity, endpoint);
      else held.endpoints.set(endpoint.entity, { ...held.endpoints.get(endpoint.entity), ...endpoint });
    }
  }
}

/** Whether others are listed than before, rather than others here: `counted` and `listed` are what was known before. */
function isListing(
  info: ConferenceInfo,
  { joined, left }: RosterChange,
  { counted, listed }: { counted: number | undefined; listed: number },
): boolean {
  if (counted === undefined) return false;
  if (info.userCount === undefined) return listed < counted;
  return info.userCount - counted !== joined.length - left.length;
}

function compare(before: RosterEntry[], after: RosterEntry[]): RosterChange {
  const old = new Map(before.map((entry) => [entry.uri, entry]));
  const now = new Map(after.map((entry) => [entry.uri, entry]));
  const renamed: RosterChange['renamed'] = [];
  for (const entry of after) {
    const was = old.get(entry.uri);
    if (was && was.nickname !== entry.nickname) renamed.push({ entry, before: was.nickname });
  }
  return {
    joined: after.filter((entry) => !old.has(entry.uri)),
    left: before.filter((entry) => !now.has(entry.uri)),
    renamed,
  };
}
