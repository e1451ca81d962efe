import { cpimUriKey } from '../cpim/index.js';
import type { RoomMedia } from '../focus-switch.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { replacedBy, sameDevice } from './access.js';
import { Addresses, isTraceable } from './addresses.js';
import { Endpoint } from './endpoint.js';
import { checkDoor } from './members/door.js';
import { belongs, disconnectionMethod, type Ending, reasonText } from './members/ending.js';
import type { InvitationOwner, InviteeHandle, InviteRequest, Member } from './members/invitee.js';
import { memberList } from './members/list.js';
import type { Address, Invitation, MemberRecord } from './members/member-record.js';
import { Membership } from './members/membership.js';
import type { RoomOrigin } from './members/origin.js';
import { Quiet } from './members/quiet.js';
import type { RoomSnapshot } from './members/snapshot.js';
import type { NicknameScopes } from './nicknames/scopes.js';
import { Nicknames } from './nicknames/nicknames.js';
import type { Pacer } from './roster/pacer.js';
import { Participant } from './participant.js';
import { isAmong, participantKey, uriKeys } from './person.js';
import { type FocusLimits, type RoomConfig, rulesOf } from './policy.js';
import { hidden } from './pseudonym.js';
import { refusal } from './refusal.js';
import { Roster } from './roster/roster.js';
import { Watchers } from './roster/watchers.js';
import type {
  EndpointOwner,
  Identity,
  InviteOutcome,
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
  /** Tells the owner of an invitation that it is called off. */
  callOff: (owner: InvitationOwner, reason: string) => void;
  /** What its snapshot holds changed. */
  changedDurably: (room: Room) => void;
  /** Nobody wrote for `idleTimeout`; or nobody came either, for `groupTtl`. */
  quiet: (room: Room, what: 'idle' | 'expired') => void;
}

/** A joiner's place in a room. */
export interface Admission {
  participant: Participant;
  endpoint: Endpoint;
  /** Endpoints of the participant that are to end once the session of this one is there. */
  replaces: readonly Endpoint[];
}

/** Milliseconds for which somebody who left is shown so. */
const DEPARTED_SHOWN = 30_000;

/** One chat room: who is in it, under which names, and who watches. It decides; the focus carries out. */
export class Room {
  /** As it was first written, without parameters: `entity` of the roster. */
  readonly uri: string;
  readonly nicknames: Nicknames;
  readonly roster: Roster;
  /** What the INVITE that made the room said of it (FAC-15); null when no INVITE to the factory did. */
  readonly origin: RoomOrigin | null;
  readonly #key: string;
  readonly #options: RoomOptions;
  readonly #watchers: Watchers;
  readonly #addresses: Addresses;
  readonly #membership: Membership;
  readonly #quiet: Quiet;
  /** Those whose INVITE is being answered included: they count for the limits. */
  readonly #members = new Map<string, Participant>();
  readonly #participants = new Map<string, Participant>();
  #config: Readonly<RoomConfig>;
  #moderators: ReadonlySet<string>;
  #untraceable = 0;
  #departedTimer: Timer | null = null;
  #hadMinimum = false;

  constructor(
    uri: string,
    key: string,
    config: Readonly<RoomConfig>,
    options: RoomOptions,
    origin: RoomOrigin | null = null,
  ) {
    this.uri = uri;
    this.origin = origin;
    this.#key = key;
    this.#config = config;
    this.#moderators = uriKeys(config.moderators);
    this.#addresses = new Addresses(key);
    this.#options = options;
    const { clock, nicknameScopes: scopes } = options;
    this.#membership = new Membership({
      lasting: () => this.#config.membership,
      now: () => new Date(clock.now()),
      addressOf: (identity) =>
        identity.anonymous ? this.#nextAnonymous() : { uri: identity.uri, anonymousName: null },
      changed: () => this.changedDurably(),
    });
    this.#quiet = new Quiet({ clock, rule: () => this.#quietRule() });
    this.nicknames = new Nicknames({ clock, policy: () => this.#config, scopes, room: key });
    this.roster = new Roster({
      uri,
      title: () => this.title,
      config: () => this.#config,
      maxParticipants: () => this.maxParticipants,
      participants: this.#participants,
      invitees: this.#membership,
    });
    this.#watchers = new Watchers({
      ...options,
      uri,
      config: () => this.#config,
      roster: this.roster,
      knows: (identity) => this.knows(identity),
      moderates: (identity) => this.moderates(identity),
    });
  }

  get config(): Readonly<RoomConfig> {
    return this.#config;
  }

  /** Those who joined, by their key, in the order in which they came. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  /** Nobody is here or about to come, and nobody belongs to it (FAC-22). */
  get deserted(): boolean {
    return this.#members.size === 0 && this.#membership.absent === 0;
  }

  /** Those who are being invited are the only ones, and it is nobody's group: who called them is gone (BYE-15). */
  get forsaken(): boolean {
    const isGroup = this.#config.membership && this.#membership.begun;
    return this.#members.size === 0 && this.#membership.size > 0 && !isGroup;
  }

  /** JOIN-06: people who are in, about to be, invited or members. */
  get headcount(): number {
    return this.#members.size + this.#membership.absent;
  }

  /** BYE-08: there were enough members, and are not any more. */
  get isShort(): boolean {
    const { minMembers } = this.#config;
    return minMembers !== null && this.#hadMinimum && this.headcount < minMembers;
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
  configured(
    config: Readonly<RoomConfig>,
  ): { participant: Participant; moderator: boolean; nickname: string | null }[] {
    const before = [...this.#participants.values()].map((participant) => {
      const { moderator, nickname } = participant;
      return { participant, moderator, nickname };
    });
    this.#config = config;
    this.#moderators = uriKeys(config.moderators);
    const renamed = this.nicknames.configured();
    const changed = before.filter(
      ({ participant, moderator }) => participant.moderator !== moderator || renamed.has(participant.key),
    );
    for (const { participant } of changed) participant.touch();
    this.#membership.configured(this.#participants.values());
    this.#quiet.review();
    this.#watchers.review();
    this.changed();
    this.changedDurably();
    return changed;
  }

  /** GDM-05: whether somebody made the room: by the factory, or else by joining first of those who are here. */
  isCreator(identity: Identity): boolean {
    if (this.origin) return isAmong(uriKeys([this.origin.creator]), identity);
    return this.creator !== undefined && this.#member(this.#seenAs(identity)) === this.creator;
  }

  /** Whether somebody moderates the room. */
  moderates(identity: Identity): boolean {
    return isAmong(this.#moderators, identity);
  }

  /**
   * A place for a joiner, or the error that refuses it. Others see nothing before `connected`.
   *
   * @param invitation the one that the joiner accepted
   */
  admit(asked: JoinRequest, owner: EndpointOwner, id: string, invitation: Invitation | null = null): Admission {
    const { allowAnonymous, simultaneousAccess } = this.#config;
    const identity = this.#seenAs(asked.identity);
    const hiddenByRoom = identity !== asked.identity;
    const known = this.#member(identity);
    const record = invitation?.record ?? this.#membership.find(identity);
    this.#checkDoor(asked, known, record, invitation !== null);
    // 3323-4.2-01: "A room that bans anonymous members answers 433".
    if (asked.identity.anonymous && !allowAnonymous) throw refusal.anonymous(this.uri);
    const participant = known ?? this.#newParticipant(identity, record);
    const { instance = null } = asked;
    const replaces = replacedBy(this.uri, simultaneousAccess, participant.endpoints.values(), instance);
    const { maxEndpointsPerParticipant } = this.#options.limits;
    // JOIN-08: one of them leaves for it.
    if (participant.endpoints.size - Math.min(replaces.length, 1) >= maxEndpointsPerParticipant) {
      throw refusal.endpoints(this.uri, maxEndpointsPerParticipant);
    }
    this.#members.set(participant.key, participant);
    if (record && !record.participant) this.#membership.admitted(participant, record);
    if (invitation) invitation.endpoint = id;
    const { fromUris, toUris } = this.#addresses.admit(identity, participant);
    const succeeds = sameDevice(replaces, instance).findLast(({ connectedAt }) => connectedAt !== null);
    const entity = succeeds?.entity ?? participant.nextEndpointEntity();
    const method = invitation ? 'dialed-out' : asked.method;
    const referred = invitation?.record.referred;
    const request = { ...asked, identity, method };
    const endpoint = new Endpoint({ id, entity, fromUris, toUris, request, owner, hiddenByRoom, referred, succeeds });
    participant.add(endpoint);
    return { participant, endpoint, replaces };
  }

  /** An endpoint of the participant joined; true when it is the first one. */
  connected(participant: Participant, endpoint: Endpoint): boolean {
    participant.touch();
    const first = !this.#participants.has(participant.key);
    this.#participants.set(participant.key, participant);
    const inVain = this.#membership.connected(participant, endpoint.identity, endpoint.id);
    this.#counted();
    this.roster.came(participant.uri);
    this.#quiet.happened();
    if (first && this.#participants.size === 1) this.#quiet.review();
    this.changed();
    if (inVain) this.#tellCalledOff(inVain, 'he joined by himself');
    return first;
  }

  /** Takes the endpoint out; true when others see its participant leave by that. */
  remove(participant: Participant, endpoint: Endpoint, { how, cause = null, by = null }: Ending): boolean {
    const shown = participant.user('others');
    const remover = this.#shownAs(by);
    const record = this.#membership.of(participant);
    this.nicknames.release(endpoint.id);
    let staysMember = false;
    if (participant.endpoints.size === 1) {
      this.#addresses.release(participant);
      this.#members.delete(participant.key);
      staysMember = this.#membership.left(participant, how, cause, remover);
    }
    participant.remove(endpoint.id);
    // An INVITE that came to nothing leaves no trace, but that of who was invited.
    if (!endpoint.connectedAt) {
      const invitation = record?.invitation;
      if (invitation?.endpoint === endpoint.id) this.unreached(invitation, null);
      return false;
    }
    const left = !participant.present;
    if (left) {
      this.#participants.delete(participant.key);
      this.#watchers.left(endpoint.caller, how === 'booted');
      const method = disconnectionMethod(how, staysMember);
      const facts = { shown, endpoint: endpoint.entity, method, at: new Date(this.#options.clock.now()) };
      const reason = cause ? reasonText(cause) : undefined;
      this.roster.left(participant, { ...facts, reason, by: remover ?? undefined });
      this.#showDeparted();
      if (this.#participants.size === 0) {
        this.#quiet.happened();
        this.#quiet.review();
      }
    }
    this.changed();
    return left;
  }

  #showDeparted(): void {
    this.#departedTimer ??= this.#options.clock.after(DEPARTED_SHOWN, () => {
      this.#departedTimer = null;
      this.roster.forgetDeparted();
      this.changed();
    });
  }

  /**
   * Somebody is to be invited (REF-10): the invitation, or where he is already.
   *
   * @throws ChatroomsError with `sipStatus` 403 (locked, no URI to invite, or he left for good) or 486 (full)
   */
  invite({
    identity: asked,
    by,
    owner,
    automatic,
  }: InviteRequest): Invitation | Exclude<InviteeHandle['state'], 'new'> {
    const identity = this.#seenAs(asked);
    if (this.#member(identity)) return 'present';
    const record = this.#membership.find(identity);
    if (record?.invitation) return 'dialing';
    const isMember = record !== undefined && belongs(record.standing);
    // INV-18: "a member who left for good is never dialled again automatically".
    if (automatic && record && !isMember) throw refusal.leftForGood(this.uri);
    const mayAdd = !this.#config.locked || isMember || by === null || this.moderates(by);
    if (!mayAdd) throw refusal.locked(this.uri);
    this.#checkAddress(identity);
    if (!isMember) this.checkSpace(1);
    const invitation = this.#membership.invite(identity, this.#shownAs(by), owner);
    this.#counted();
    this.roster.came(invitation.record.address.uri);
    this.changed();
    return invitation;
  }

  /** 180 from who is being invited. */
  ringing(invitation: Invitation): void {
    if (this.#membership.alerting(invitation)) this.changed();
  }

  /** An invitation came to nothing; false when that was known. */
  unreached(invitation: Invitation, outcome: InviteOutcome | null): boolean {
    const shown = this.#membership.unreached(invitation, outcome);
    if (!shown) return false;
    this.roster.unreachable(shown);
    this.#showDeparted();
    this.#lostSight(invitation.record);
    this.changed();
    return true;
  }

  /** Takes back all invitations that are under way. */
  callOff(reason: string): void {
    for (const record of this.#membership.ringing) this.#callOff(record, reason);
    this.changed();
  }

  #callOff(record: MemberRecord, reason: string): void {
    const invitation = this.#membership.callOff(record);
    if (!invitation) return;
    this.#lostSight(record);
    // Who has accepted has an endpoint, and is told by that.
    if (invitation.endpoint === null) this.#tellCalledOff(invitation, reason);
  }

  #tellCalledOff({ owner }: Invitation, reason: string): void {
    if (owner) this.#options.callOff(owner, reason);
  }

  /** SUB-08: who may watch as he is invited, may not when he is not any more. */
  #lostSight({ identity }: MemberRecord): void {
    this.#watchers.left(identity, false);
    if (identity.anonymous) this.#watchers.left({ ...identity, anonymous: false }, false);
  }

  /** Somebody who is not in does not belong to the room any more; false when he did not. */
  expel(uri: string, reason: string, by: Identity | null): boolean {
    const record = this.#membership.addressed(uri);
    if (!record || record.participant || !belongs(record.standing)) return false;
    const remover = this.#shownAs(by);
    this.#callOff(record, reason);
    this.#membership.expel(record, remover);
    this.#lostSight(record);
    this.changed();
    return true;
  }

  /** JOIN-06, FAC-11. @throws ChatroomsError with `sipStatus` 486 when so many more people have no place */
  checkSpace(count: number): void {
    const limit = this.maxParticipants;
    if (this.headcount + count > limit) throw refusal.full(this.uri, limit);
  }

  /** The participant wrote to everybody. */
  spoke(participant: Participant): void {
    this.#quiet.happened();
    if (this.roster.spoke(participant)) this.changed();
  }

  /** What a snapshot holds changed. */
  changedDurably(): void {
    this.#options.changedDurably(this);
  }

  /** Something that others see changed. */
  changed(): void {
    this.roster.changed();
    this.#watchers.changed();
  }

  /** Whether somebody is in the room, about to be, invited, a member of it (SUB-08), or moderates it. */
  knows(identity: Identity): boolean {
    if (this.moderates(identity) || this.#members.has(participantKey(identity))) return true;
    if (this.invited(identity)) return true;
    if (identity.anonymous) return false;
    if (this.#addresses.find(identity.uri)?.anonymous === false) return true;
    const disguised = this.#members.get(participantKey(hidden(identity)));
    return [...(disguised?.endpoints.values() ?? [])].some(({ hiddenByRoom }) => hiddenByRoom);
  }

  /** Whether somebody is in the room. */
  isIn(identity: Identity): boolean {
    return this.#member(identity)?.present ?? false;
  }

  /** Whether somebody is being invited, or belongs to the room, connected or not. */
  invited(identity: Identity): boolean {
    const record = this.#membership.find(this.#seenAs(identity));
    return record !== undefined && belongs(record.standing);
  }

  /** Who belongs to the room, connected or not, or did so, by URI; without `membership` who is in or being invited. */
  get members(): ReadonlyMap<string, Member> {
    const now = new Date(this.#options.clock.now());
    return memberList(this.#participants.values(), this.#membership, (identity) => this.moderates(identity), now);
  }

  /** Members whom an INVITE may bring back (FAC-16): who left for good is not among them, nor is who is being invited. */
  get absent(): Identity[] {
    const records = [...this.#membership.records];
    return records.flatMap(({ identity, standing, participant, invitation }) =>
      belongs(standing) && !participant && !invitation ? identity : [],
    );
  }

  get snapshot(): RoomSnapshot {
    const { uri, config, origin } = this;
    const { snapshot: members } = this.#membership;
    return { version: 1, uri, config, origin, members, bans: [], quietSince: this.#quiet.since };
  }

  /** Takes back who belonged to it. */
  restore({ members, quietSince }: RoomSnapshot): void {
    this.#membership.restore(members);
    this.#counted();
    this.#quiet.happened(quietSince);
    this.#quiet.review();
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
    this.#quiet.stop();
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

  /** In a room that hides everybody, who somebody is there. */
  #seenAs(identity: Identity): Identity {
    return this.#config.pseudonymous && !identity.anonymous ? hidden(identity) : identity;
  }

  /** By which others know somebody who acts; null for nobody in particular (DOC-23: "hidden if anonymous"). */
  #shownAs(by: Identity | null): string | null {
    if (by === null) return null;
    const seen = this.#seenAs(by);
    const participant = this.#members.get(participantKey(seen));
    if (participant || seen.anonymous) return participant?.uri ?? null;
    return this.#addresses.find(by.uri)?.uri ?? by.uri;
  }

  #checkDoor(
    { identity, instance = null }: JoinRequest,
    known: Participant | undefined,
    record: MemberRecord | undefined,
    invited: boolean,
  ): void {
    const room = this.uri;
    const config = this.#config;
    const present = known?.present ?? false;
    const isSame = sameDevice([...(known?.endpoints.values() ?? [])], instance).length > 0;
    const isOpen = this.origin === null || this.isCreator(identity) || this.moderates(identity);
    const closed = config.membership && !isOpen;
    checkDoor({ room, config, record, invited, present, sameDevice: isSame, closed });
  }

  #checkAddress({ uri }: Identity): string {
    const key = cpimUriKey(uri);
    // Its messages would look like those of the room.
    if (key === null || key === this.#key) throw refusal.identity(uri);
    return key;
  }

  #nextAnonymous(): Address {
    for (;;) {
      const { uri, name: anonymousName } = this.#addresses.nextAnonymous();
      // That of a member who is away.
      if (!this.#membership.isAddress(uri)) return { uri, anonymousName };
    }
  }

  /** Somebody is new here. */
  #counted(): void {
    const { minMembers } = this.#config;
    if (minMembers !== null && !this.#hadMinimum) this.#hadMinimum = this.headcount >= minMembers;
  }

  #quietRule(): { limit: number; then: () => void } | null {
    const { idleTimeout, membership, groupTtl } = this.#config;
    const { quiet } = this.#options;
    if (this.#participants.size > 0) {
      return idleTimeout === null ? null : { limit: idleTimeout, then: () => quiet(this, 'idle') };
    }
    return membership && groupTtl !== null ? { limit: groupTtl, then: () => quiet(this, 'expired') } : null;
  }

  #newParticipant(identity: Identity, record: MemberRecord | undefined): Participant {
    const uriKey = this.#checkAddress(identity);
    if (!record || !belongs(record.standing)) this.checkSpace(1);
    const facts = {
      nicknameOf: (endpoint: string): string | null => this.nicknames.of(endpoint),
      moderates: (of: Identity): boolean => this.moderates(of),
    };
    if (!identity.anonymous) {
      return new Participant({ key: uriKey, uri: identity.uri, anonymousName: null, ...facts });
    }
    // 3323-4.1-02: a unique alias for the roster.
    const { uri, anonymousName } = this.#anonymousAddress(record);
    // Two callers of whom nobody knows anything are two people.
    const key = isTraceable(identity) ? participantKey(identity) : `anonymous #${++this.#untraceable}`;
    return new Participant({ key, uri, anonymousName, ...facts });
  }

  /** A member who hides keeps his URI (4575-4.5-01). */
  #anonymousAddress(record: MemberRecord | undefined): Address {
    const { address } = record ?? {};
    return address?.anonymousName && !this.#addresses.find(address.uri) ? address : this.#nextAnonymous();
  }
}
