import type { RoomMedia } from '../focus-switch.js';
import type { Timer } from '../util/clock.js';
import { replacedBy, sameDevice } from './access.js';
import { Addresses, isTraceable } from './addresses.js';
import { aliasUris } from './aliases.js';
import { Endpoint } from './endpoint.js';
import { checkDoor } from './members/door.js';
import { belongs, disconnectionMethod, type Ending, reasonText } from './members/ending.js';
import { nicknameReport } from './limit-report.js';
import { History } from './history.js';
import { Headcount } from './members/headcount.js';
import { Invitations } from './members/invitations.js';
import type { Member } from './members/invitee.js';
import { memberList } from './members/list.js';
import type { Invitation, MemberRecord } from './members/member-record.js';
import { MemberRecords } from './members/member-records.js';
import { Naming } from './members/naming.js';
import type { RoomOrigin } from './members/origin.js';
import { type Consequence, Quiet } from './members/quiet.js';
import type { RoomSnapshot } from './members/snapshot.js';
import { Nicknames } from './nicknames/nicknames.js';
import { Participant, type ParticipantHost } from './participant.js';
import { type Changed, changesBy } from './moderation/changes.js';
import { RoomModeration } from './moderation/room-moderation.js';
import { isAmong, participantKey, uriKeys } from './person.js';
import { type RoomConfig, rulesOf } from './policy.js';
import { hidden } from './pseudonym.js';
import { refusal } from './refusal.js';
import type { Admission, Reception, RoomOptions } from './room-options.js';
import { Roster } from './roster/roster.js';
import { Watchers } from './roster/watchers.js';
import type { EndpointOwner, Identity, JoinRequest, Subscriber, Subscription, WatchRequest } from './types.js';

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
  /** What the INVITE that made the room said of it (FAC-15); null when no INVITE to the factory did. */
  readonly origin: RoomOrigin | null;
  readonly invitations: Invitations;
  readonly headcount: Headcount;
  readonly history: History;
  /** When it came about in this process. */
  readonly createdAt: Date;
  readonly #options: RoomOptions<Room>;
  readonly #watchers: Watchers;
  readonly #addresses: Addresses;
  readonly #records: MemberRecords;
  readonly #naming: Naming;
  readonly #quiet: Quiet;
  /** Those whose INVITE is being answered included: they count for the limits. */
  readonly #members = new Map<string, Participant>();
  readonly #participants = new Map<string, Participant>();
  #config: Readonly<RoomConfig>;
  #untraceable = 0;
  #departedTimer: Timer | null = null;
  readonly #host: ParticipantHost = {
    nicknameOf: (endpoint) => this.nicknames.of(endpoint),
    roleOf: (identity) => this.moderation.roleOf(identity),
    mutedUntil: (participant) => this.moderation.mutedUntil(participant),
  };

  constructor(
    uri: string,
    key: string,
    config: Readonly<RoomConfig>,
    options: RoomOptions<Room>,
    origin: RoomOrigin | null = null,
  ) {
    this.uri = uri;
    this.origin = origin;
    this.createdAt = options.clock.date();
    this.#config = config;
    this.history = new History(config, { clock: options.clock, added: () => options.recorded(this) });
    this.moderation = new RoomModeration(config, { ...options, uri, muteEnded: () => options.muteEnded(this) });
    this.#addresses = new Addresses(key);
    this.#options = options;
    const { clock, nicknameScopes: scopes } = options;
    const shared = { uri, config: (): Readonly<RoomConfig> => this.#config };
    const joined = this.#members;
    this.#records = new MemberRecords({
      lasting: () => this.#config.membership,
      now: () => clock.date(),
      addressOf: (identity) => this.#naming.addressOf(identity),
      changed: () => this.changedDurably(),
    });
    const records = this.#records;
    const maxParticipants = (): number => this.maxParticipants;
    this.headcount = new Headcount({ ...shared, maxParticipants, joined, records });
    const isMembers = (of: string): boolean => records.isAddress(of);
    this.#naming = new Naming({ ...shared, roomKey: key, addresses: this.#addresses, joined, isMembers });
    const follows = (consequence: Consequence): void => options.quiet(this, consequence);
    this.#quiet = new Quiet({ ...shared, clock, participants: this.#participants, follows });
    const tooMany = (asking: string): void => options.limited?.(nicknameReport(uri, joined.get(asking)));
    this.nicknames = new Nicknames({ clock, policy: () => this.#config, scopes, room: key, tooMany });
    this.roster = new Roster({
      ...shared,
      title: () => this.title,
      maxParticipants,
      participants: this.#participants,
      invitees: records,
    });
    this.#watchers = new Watchers({
      ...options,
      ...shared,
      roster: this.roster,
      maxParticipants,
      participants: this.#participants,
      members: () => this.members,
      seenAs: (identity) => records.find(this.#naming.seenAs(identity))?.address.uri ?? this.#naming.shownAs(identity),
      knows: (identity) => this.knows(identity),
      isTrusted: (identity) => this.moderation.roles.isTrusted(identity),
      isBanned: (identity) => this.moderation.isBanned(identity),
      isWelcome: (identity) => this.moderation.isWelcome(identity),
      isAsked: (identity) => this.#isAsked(identity),
    });
    this.invitations = new Invitations({
      ...shared,
      records,
      headcount: this.headcount,
      naming: this.#naming,
      roster: this.roster,
      isJoined: (identity) => this.#member(identity) !== undefined,
      moderates: (identity) => this.moderates(identity),
      left: (identity) => this.#lostSight(identity),
      departed: () => this.#showDeparted(),
      changed: () => this.changed(),
      callOff: options.callOff,
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
    return this.headcount.total === 0;
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

  /** URIs of its other names (PBX-02). */
  get aliases(): readonly string[] {
    return aliasUris(this.uri, this.#config.aliases);
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
      this.history.configured(config);
      this.#records.configured(this.#participants.values());
      this.#quiet.review();
      return this.nicknames.configured();
    });
  }

  /**
   * Something is decided anew; those whom it changes, as they were.
   *
   * @param change returns the keys of those whom it changes in what their role does not tell
   */
  revise(change: () => ReadonlySet<string> | undefined): Changed[] {
    const changed = changesBy(change, this.#participants);
    for (const { participant } of changed) participant.touch();
    this.#watchers.review();
    this.changed();
    this.changedDurably();
    return changed;
  }

  /** GDM-05: whether somebody made the room: by the factory, or else by joining first of those who are here. */
  isCreator(identity: Identity): boolean {
    if (this.origin) return isAmong(uriKeys([this.origin.creator]), identity);
    const seen = this.#naming.seenAs(identity);
    const participant = this.#members.get(participantKey(seen)) ?? this.#addresses.find(seen.uri);
    return participant !== undefined && participant === this.creator;
  }

  /** Whether somebody moderates the room. */
  moderates(identity: Identity): boolean {
    return this.moderation.moderates(identity);
  }

  /**
   * A place for a joiner, or the error that refuses it. Others see nothing before `connected`.
   *
   * @param invitation the one that the joiner accepted
   */
  admit(asked: JoinRequest, owner: EndpointOwner, id: string, invitation: Invitation | null = null): Admission {
    const { identity, known, record, replaces, mustAnswer } = this.#received(asked, invitation);
    const hiddenByRoom = identity !== asked.identity;
    const participant = known ?? this.#newParticipant(identity, record);
    this.#members.set(participant.key, participant);
    if (record) this.#records.admitted(participant, record);
    if (invitation) invitation.endpoint = id;
    const { fromUris, toUris } = this.#addresses.admit(identity, participant);
    const succeeds = sameDevice(replaces, asked).findLast(({ connectedAt }) => connectedAt !== null);
    const since = succeeds?.joinedAt ?? undefined;
    const entity = succeeds?.entity ?? participant.nextEndpointEntity();
    const method = invitation ? 'dialed-out' : asked.method;
    const referred = invitation?.record.referred;
    const isAsAsked = identity === asked.identity && method === asked.method;
    const request = isAsAsked ? asked : { ...asked, identity, method };
    const { aliases } = this;
    const facts = { id, entity, fromUris, toUris, request, aliases, owner, hiddenByRoom, referred, since };
    const endpoint = new Endpoint(facts);
    endpoint.asked = mustAnswer;
    participant.add(endpoint);
    return { participant, endpoint, replaces, mustAnswer };
  }

  /** Whether `admit` would, at the moment. @throws ChatroomsError with `sipStatus` 403, 433 or 486 */
  checkJoin(asked: JoinRequest): void {
    this.#received(asked, null);
  }

  /** Who comes, and whose place he takes. */
  #received(asked: JoinRequest, invitation: Invitation | null): Reception {
    const { allowAnonymous, simultaneousAccess } = this.#config;
    const identity = this.#naming.seenAs(asked.identity, invitation?.record.identity);
    const known = this.#member(identity);
    const record = invitation?.record ?? this.#records.find(identity);
    const mustAnswer = this.#checkDoor(asked, known, record, invitation !== null);
    // 3323-4.2-01: "A room that bans anonymous members answers 433".
    if (asked.identity.anonymous && !allowAnonymous) throw refusal.anonymous(this.uri);
    const present = known?.endpoints ?? new Map<string, Endpoint>();
    if (!known) this.#checkNewcomer(identity, record);
    const replaces = replacedBy(this.uri, simultaneousAccess, present.values(), asked);
    const { maxEndpointsPerParticipant } = this.#options.limits;
    // JOIN-08: one of them leaves for it.
    if (present.size - Math.min(replaces.length, 1) >= maxEndpointsPerParticipant) {
      throw refusal.endpoints(this.uri, maxEndpointsPerParticipant);
    }
    return { identity, known, record, replaces, mustAnswer };
  }

  /** An endpoint of the participant joined; true when it is the first one. */
  connected(participant: Participant, endpoint: Endpoint): boolean {
    participant.touch();
    const first = !this.#participants.has(participant.key);
    this.#participants.set(participant.key, participant);
    participant.joinedAt ??= endpoint.joinedAt;
    const inVain = this.#records.connected(participant, endpoint.identity, endpoint.id);
    this.headcount.grew();
    this.roster.came(participant.uri);
    this.#quiet.happened();
    if (first && this.#participants.size === 1) this.#quiet.review();
    this.changed();
    if (inVain) this.invitations.superseded(inVain);
    return first;
  }

  /** Takes the endpoint out; true when others see its participant leave by that. */
  remove(participant: Participant, endpoint: Endpoint, { how, cause = null, by = null }: Ending): boolean {
    const shown = participant.user('others');
    const remover = this.#naming.shownAs(by);
    const record = this.#records.of(participant);
    this.nicknames.release(endpoint.id);
    this.roster.audio(endpoint.id, false);
    if (participant.endpoints.size === 1) {
      this.#addresses.release(participant);
      this.#members.delete(participant.key);
      this.#records.released(participant);
    }
    participant.remove(endpoint.id);
    // An INVITE that came to nothing leaves no trace, but that of who was invited.
    if (!endpoint.connectedAt) {
      const invitation = record?.invitation;
      if (invitation?.endpoint === endpoint.id) this.invitations.ended(invitation, null);
      return false;
    }
    const left = !participant.present;
    if (left) {
      this.#participants.delete(participant.key);
      const staysMember = record !== undefined && this.#records.left(record, how, cause, remover);
      this.#watchers.left(endpoint.caller, how === 'booted');
      const method = disconnectionMethod(how, staysMember);
      const facts = { shown, endpoint: endpoint.entity, method, at: this.#options.clock.date() };
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

  /** SUB-08: who may watch as he is invited, or a member, may not when he is not any more. */
  #lostSight(identity: Identity): void {
    this.#watchers.left(identity, false);
    if (identity.anonymous) this.#watchers.left({ ...identity, anonymous: false }, false);
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

  /** Whether somebody is in the room, about to be, invited, a member of it (SUB-08), or was made moderator by the operator. */
  knows(identity: Identity): boolean {
    if (this.moderation.roles.isTrusted(identity)) return true;
    if (this.#isAsked(identity)) return false;
    if (this.#members.has(participantKey(identity)) || this.invited(identity)) return true;
    if (identity.anonymous) return false;
    if (this.#addresses.find(identity.uri)?.anonymous === false) return true;
    const disguised = this.#members.get(participantKey(hidden(identity)));
    return [...(disguised?.endpoints.values() ?? [])].some(({ hiddenByRoom }) => hiddenByRoom);
  }

  /** He is being asked for the password, and is told nothing until he knows it. */
  #isAsked(identity: Identity): boolean {
    const found = [identity, hidden(identity)].map((as) => this.#members.get(participantKey(as)));
    const owner = identity.anonymous ? undefined : this.#addresses.find(identity.uri);
    const places = [...found, owner].filter((participant) => participant !== undefined);
    return places.length > 0 && places.every(({ asked }) => asked);
  }

  /** Whether somebody is in the room. */
  isIn(identity: Identity): boolean {
    return this.#member(identity)?.present ?? false;
  }

  /** Whether somebody is being invited, or belongs to the room, connected or not. */
  invited(identity: Identity): boolean {
    const record = this.#records.find(this.#naming.seenAs(identity));
    return record !== undefined && belongs(record.standing);
  }

  /** Who belongs to the room, connected or not, or did so, by URI; without `membership` who is in or being invited. */
  get members(): ReadonlyMap<string, Member> {
    const now = this.#options.clock.date();
    return memberList(this.#participants.values(), this.#records, (identity) => this.moderates(identity), now);
  }

  /** Members whom an INVITE may bring back (FAC-16): who left for good is not among them, nor is who is being invited. */
  get absent(): Identity[] {
    const records = [...this.#records.all];
    return records.flatMap(({ identity, standing, participant, invitation }) =>
      belongs(standing) && !participant && !invitation ? identity : [],
    );
  }

  /** What of it outlives the process. */
  snapshot(): RoomSnapshot {
    const { uri, config, origin } = this;
    const [members, bans] = [this.#records.snapshot, this.moderation.bans.list];
    return { version: 1, uri, config, origin, members, bans, quietSince: this.#quiet.since };
  }

  /** Takes back who belonged to it. */
  restore({ members, bans, quietSince }: RoomSnapshot): void {
    for (const ban of bans) this.moderation.bans.add(ban);
    this.#records.restore(members);
    this.headcount.grew();
    this.#quiet.resume(quietSince);
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

  /** True when he is to be asked for the password before anything else. */
  #checkDoor(
    asked: JoinRequest,
    known: Participant | undefined,
    record: MemberRecord | undefined,
    invited: boolean,
  ): boolean {
    const { uri: room, config } = this;
    const { identity } = asked;
    this.moderation.checkNotBanned(identity);
    const present = known?.present ?? false;
    const isSame = sameDevice([...(known?.endpoints.values() ?? [])], asked).length > 0;
    const isOpen = this.origin === null || this.isCreator(identity) || this.moderates(identity);
    const closed = config.membership && !isOpen;
    const owns = this.moderation.roleOf(identity) === 'owner';
    checkDoor({ room, config, record, invited, owns, present, sameDevice: isSame, closed });
    const isMember = invited || (record !== undefined && belongs(record.standing));
    return this.moderation.checkJoin(asked, isMember);
  }

  #checkNewcomer(identity: Identity, record: MemberRecord | undefined): void {
    this.#naming.check(identity);
    // A member has a place of his own, once.
    const hasPlace = record !== undefined && belongs(record.standing) && record.participant === null;
    if (!hasPlace) this.headcount.checkSpace(1);
  }

  #newParticipant(identity: Identity, record: MemberRecord | undefined): Participant {
    const uriKey = participantKey(identity);
    const { uri, anonymousName } = this.#naming.addressOf(identity, record?.address);
    if (!identity.anonymous) return new Participant({ key: uriKey, uri, anonymousName }, this.#host);
    // Two callers of whom nobody knows anything are two people.
    const key = isTraceable(identity) ? participantKey(identity) : `anonymous #${++this.#untraceable}`;
    return new Participant({ key, uri, anonymousName }, this.#host);
  }
}
