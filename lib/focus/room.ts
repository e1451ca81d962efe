import type { User } from '../conference-event/index.js';
import { cpimUriKey } from '../cpim/index.js';
import type { RoomMedia } from '../focus-switch.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { replacedBy } from './access.js';
import { Addresses, isTraceable } from './addresses.js';
import { Endpoint } from './endpoint.js';
import type { Member } from './invitee.js';
import type { NicknameScopes } from './nicknames/scopes.js';
import { Nicknames } from './nicknames/nicknames.js';
import type { Pacer } from './roster/pacer.js';
import { Participant } from './participant.js';
import type { Role } from './moderation/acts.js';
import { RoomModeration } from './moderation/room-moderation.js';
import { participantKey } from './person.js';
import { type FocusLimits, type RoomConfig, rulesOf } from './policy.js';
import { hidden } from './pseudonym.js';
import { refusal } from './refusal.js';
import { Roster } from './roster/roster.js';
import { Watchers } from './roster/watchers.js';
import type {
  EndpointOwner,
  EndReason,
  Identity,
  JoinRequest,
  Subscriber,
  Subscription,
  WatchRequest,
} from './types.js';

export interface RoomOptions {
  clock: Clock;
  log: Logger;
  limits: Readonly<FocusLimits>;
  nicknameScopes: NicknameScopes;
  /** Paces NOTIFYs, of all rooms. */
  pacer: Pacer;
  /** Octets of the largest conference-info document. */
  maxDocumentSize: () => number;
  /** Some of those who were muted may write again. */
  muteEnded: (room: Room) => void;
}

/** A joiner's place in a room. */
export interface Admission {
  participant: Participant;
  endpoint: Endpoint;
  /** Endpoints of the participant that are to end once the session of this one is there. */
  replaces: readonly Endpoint[];
  /** Is to be asked for the password before anything else. */
  mustAnswer: boolean;
}

/** Somebody as he was before a change. */
export interface Changed {
  participant: Participant;
  nickname: string | null;
}

/** Milliseconds for which somebody who left is shown so. */
const DEPARTED_SHOWN = 30_000;

/** One chat room: who is in it, under which names, and who watches. It decides; the focus carries out. */
export class Room {
  /** As it was first written, without parameters: `entity` of the roster. */
  readonly uri: string;
  readonly nicknames: Nicknames;
  readonly roster: Roster;
  /** Who may come in, and what those who are may do. */
  readonly moderation: RoomModeration;
  readonly #key: string;
  readonly #options: RoomOptions;
  readonly #watchers: Watchers;
  readonly #addresses: Addresses;
  /** Those whose INVITE is being answered included: they count for the limits. */
  readonly #members = new Map<string, Participant>();
  readonly #participants = new Map<string, Participant>();
  #config: Readonly<RoomConfig>;
  #untraceable = 0;
  #departedTimer: Timer | null = null;

  constructor(uri: string, key: string, config: Readonly<RoomConfig>, options: RoomOptions) {
    this.uri = uri;
    this.#key = key;
    this.#config = config;
    const muteEnded = (): void => options.muteEnded(this);
    this.moderation = new RoomModeration(config, { ...options, uri, muteEnded });
    this.#addresses = new Addresses(key);
    this.#options = options;
    const { clock, nicknameScopes: scopes } = options;
    this.nicknames = new Nicknames({ clock, policy: () => this.#config, scopes, room: key });
    this.roster = new Roster({
      uri,
      title: () => this.title,
      config: () => this.#config,
      maxParticipants: () => this.maxParticipants,
      participants: this.#participants,
    });
    this.#watchers = new Watchers({
      ...options,
      uri,
      config: () => this.#config,
      roster: this.roster,
      knows: (identity) => this.knows(identity),
      isTrusted: (identity) => this.moderation.roles.isTrusted(identity),
      isBanned: (identity) => this.moderation.isBanned(identity),
      isWelcome: (identity) => this.moderation.isWelcome(identity),
      isAsked: (identity) => this.#isAsked(identity),
    });
  }

  get config(): Readonly<RoomConfig> {
    return this.#config;
  }

  /** Those who joined, by their key, in the order in which they came. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  /** Nobody is here or about to come. */
  get deserted(): boolean {
    return this.#members.size === 0;
  }

  /** Who joined first of those who are here. */
  get creator(): Participant | undefined {
    return this.#participants.values().next().value;
  }

  /** Of everybody, those whose INVITE is being answered included. */
  *endpointIds(): Iterable<string> {
    for (const participant of this.#members.values()) yield* participant.endpoints.keys();
  }

  get title(): string {
    return this.#config.title ?? (/^[^:]*:([^@;?]*)@/.exec(this.uri)?.[1] || this.uri);
  }

  get maxParticipants(): number {
    const { maxParticipants } = this.#options.limits;
    return Math.min(this.#config.maxParticipants ?? maxParticipants, maxParticipants);
  }

  /** What the switch has to know. */
  get media(): RoomMedia {
    return { uri: this.uri, rules: rulesOf(this.#config) };
  }

  /** Takes another configuration; those whom it changes, as they were. */
  configured(config: Readonly<RoomConfig>): Changed[] {
    return this.revise(() => {
      this.#config = config;
      this.moderation.configured(config);
      return this.nicknames.configured();
    });
  }

  /**
   * Something is decided anew; those whom it changes, as they were.
   *
   * @param change returns the keys of those whom it changes in what their role does not tell
   */
  revise(change: () => ReadonlySet<string> | void): Changed[] {
    const before = [...this.#participants.values()].map((participant) => {
      const { role, mayWrite, nickname } = participant;
      return { participant, role, mayWrite, nickname };
    });
    const others = change() ?? new Set();
    const changed = before.filter(
      ({ participant: now, role, mayWrite }) => now.role !== role || now.mayWrite !== mayWrite || others.has(now.key),
    );
    for (const { participant } of changed) participant.touch();
    this.#watchers.review();
    this.changed();
    return changed;
  }

  /** Whether somebody moderates the room. */
  moderates(identity: Identity): boolean {
    return this.moderation.moderates(identity);
  }

  /** A place for a joiner, or the error that refuses it. Others see nothing before `connected`. */
  admit(asked: JoinRequest, owner: EndpointOwner, id: string): Admission {
    const { allowAnonymous, pseudonymous, simultaneousAccess } = this.#config;
    const mustAnswer = this.moderation.checkJoin(asked);
    // 3323-4.2-01: "A room that bans anonymous members answers 433".
    if (asked.identity.anonymous && !allowAnonymous) throw refusal.anonymous(this.uri);
    const hiddenByRoom = pseudonymous && !asked.identity.anonymous;
    const identity = hiddenByRoom ? hidden(asked.identity) : asked.identity;
    const participant = this.#member(identity) ?? this.#newParticipant(identity);
    const replaces = replacedBy(this.uri, simultaneousAccess, participant.endpoints.values());
    const { maxEndpointsPerParticipant } = this.#options.limits;
    if (participant.endpoints.size >= maxEndpointsPerParticipant) {
      throw refusal.endpoints(this.uri, maxEndpointsPerParticipant);
    }
    this.#members.set(participant.key, participant);
    const { fromUris, toUris } = this.#addresses.admit(identity, participant);
    const entity = participant.nextEndpointEntity();
    const request = { ...asked, identity };
    const endpoint = new Endpoint({ id, entity, fromUris, toUris, request, owner, hiddenByRoom });
    participant.add(endpoint);
    endpoint.asked = mustAnswer;
    return { participant, endpoint, replaces, mustAnswer };
  }

  /** An endpoint of the participant joined; true when it is the first one. */
  connected(participant: Participant): boolean {
    participant.touch();
    const first = !this.#participants.has(participant.key);
    this.#participants.set(participant.key, participant);
    this.roster.came(participant);
    this.changed();
    return first;
  }

  /** Takes the endpoint out; true when others see its participant leave by that. */
  remove(participant: Participant, endpoint: Endpoint, how: EndReason): boolean {
    const shown = participant.user('others');
    this.nicknames.release(endpoint.id);
    const lastOne = participant.endpoints.size === 1;
    if (lastOne) {
      this.#addresses.release(participant);
      this.#members.delete(participant.key);
    }
    participant.remove(endpoint.id);
    // An INVITE that came to nothing leaves no trace.
    if (!endpoint.connectedAt) return false;
    const left = !participant.present;
    if (left) {
      this.#participants.delete(participant.key);
      this.#watchers.left(endpoint.caller, how === 'booted');
      this.#showDeparted(participant, { shown, endpoint: endpoint.entity, how });
    }
    this.changed();
    return left;
  }

  #showDeparted(participant: Participant, facts: { shown: User; endpoint: string; how: EndReason }): void {
    const { clock } = this.#options;
    this.roster.left(participant, { ...facts, at: new Date(clock.now()) });
    this.#departedTimer ??= clock.after(DEPARTED_SHOWN, () => {
      this.#departedTimer = null;
      this.roster.forgetDeparted();
      this.changed();
    });
  }

  /** The participant wrote to everybody. */
  spoke(participant: Participant): void {
    if (this.roster.spoke(participant)) this.changed();
  }

  /** Something that others see changed. */
  changed(): void {
    this.roster.changed();
    this.#watchers.changed();
  }

  /** Whether somebody is in the room, about to be, or was made its moderator by the operator. */
  knows(identity: Identity): boolean {
    if (this.moderation.roles.isTrusted(identity)) return true;
    const member = this.#members.get(participantKey(identity));
    if (member) return !member.asked;
    if (identity.anonymous) return false;
    const owner = this.#addresses.find(identity.uri);
    if (owner && !owner.anonymous) return !owner.asked;
    const disguised = this.#members.get(participantKey(hidden(identity)));
    return [...(disguised?.endpoints.values() ?? [])].some(({ hiddenByRoom, asked }) => hiddenByRoom && !asked);
  }

  /** He is being asked for the password, and is told nothing until he knows it. */
  #isAsked(identity: Identity): boolean {
    const keys = [identity, hidden(identity)].map(participantKey);
    return keys.some((key) => this.#members.get(key)?.asked) && !this.isIn(identity);
  }

  /** Whether somebody is in the room. */
  isIn(identity: Identity): boolean {
    return this.#member(identity)?.present ?? false;
  }

  /** Who belongs to the room, connected or not, by URI. */
  get members(): ReadonlyMap<string, Member> {
    const members = [...this.#participants.values()].map((participant): [string, Member] => {
      const first = [...participant.endpoints.values()].find(({ connectedAt }) => connectedAt !== null);
      const { uri, name: displayName, moderator } = participant;
      const since = first?.connectedAt ?? new Date(this.#options.clock.now());
      const nothing = { invitedBy: null, outcome: null, removedBy: null };
      return [uri, { uri, displayName, standing: 'connected', moderator, since, ...nothing }];
    });
    return new Map(members);
  }

  /** @throws ChatroomsError with `sipStatus` 403 or 480 */
  checkWatch(request: WatchRequest): void {
    this.#watchers.check(request);
  }

  /** @throws ChatroomsError with `sipStatus` 403 or 480 */
  subscribe(request: WatchRequest, subscriber: Subscriber): Subscription {
    return this.#watchers.subscribe(request, subscriber);
  }

  /** Somebody who joined, by a URI that others see or by nickname; the URI goes first, as anybody may pick it as nickname. */
  find(nickOrUri: string): Participant | undefined {
    const found = this.#addresses.find(nickOrUri) ?? this.#members.get(this.nicknames.holderOf(nickOrUri) ?? '');
    return found?.present ? found : undefined;
  }

  /** It is there for others from now on; without this call nothing has to be closed. */
  opened(): void {
    this.nicknames.open();
  }

  /** Everybody is about to be removed. */
  closing(): void {
    this.#watchers.closing();
  }

  /** Everybody was removed before. */
  closed(): void {
    this.#departedTimer?.cancel();
    this.moderation.close();
    this.#watchers.closed();
    this.nicknames.close();
  }

  #member(identity: Identity): Participant | undefined {
    const key = participantKey(identity);
    const member = this.#members.get(key);
    if (member || identity.anonymous) return member;
    // The same person may have come with the tel URI first and the SIP URI now (IDN-02).
    const owner = this.#addresses.find(identity.uri);
    // A URI that somebody hides behind is not to be taken over.
    if (owner?.anonymous) throw refusal.identity(identity.uri);
    return owner;
  }

  #newParticipant(identity: Identity): Participant {
    const uriKey = cpimUriKey(identity.uri);
    // Its messages would look like those of the room.
    if (uriKey === null || uriKey === this.#key) throw refusal.identity(identity.uri);
    const limit = this.maxParticipants;
    if (this.#members.size >= limit) throw refusal.full(this.uri, limit);
    const facts = {
      nicknameOf: (endpoint: string): string | null => this.nicknames.of(endpoint),
      roleOf: (of: Identity): Role => this.moderation.roleOf(of),
      isMuted: (whom: Participant): boolean => this.moderation.isMuted(whom),
    };
    if (!identity.anonymous) {
      return new Participant({ key: uriKey, uri: identity.uri, anonymousName: null, ...facts });
    }
    // 3323-4.1-02: a unique alias for the roster.
    const { uri, name } = this.#addresses.nextAnonymous();
    // Two callers of whom nobody knows anything are two people.
    const key = isTraceable(identity) ? participantKey(identity) : `anonymous #${++this.#untraceable}`;
    return new Participant({ key, uri, anonymousName: name, ...facts });
  }
}
