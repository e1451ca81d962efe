import { cpimUriKey } from '../cpim/index.js';
import { type SeatTrace, traceJoin } from '../util/channels.js';
import type { Gate, SwitchControl } from '../focus-switch.js';
import { Deletion } from './deletion.js';
import { gateOf } from './gate.js';
import type { InviteeHandle, InviteRequest } from './members/invitee.js';
import { begin } from './members/inviting.js';
import type { Invitation } from './members/member-record.js';
import type { RoomOrigin } from './members/origin.js';
import type { Consequence } from './members/quiet.js';
import type { RoomSnapshot } from './members/snapshot.js';
import type { Act, Actor, AuditEntry } from './moderation/acts.js';
import { mayAct } from './moderation/rights.js';
import { Moderator } from './moderation/moderator.js';
import { NicknameScopes } from './nicknames/scopes.js';
import { type FocusAdjustments, type FocusOptions, type FocusSettings, limitsOf, settings } from './options.js';
import { Pacer } from './roster/pacer.js';
import type { Participant } from './participant.js';
import { identityOf } from './person.js';
import { configured, redeclares, type RoomConfig, type RoomConfigChange } from './policy.js';
import { rearrange, type Rearrangement } from './rearrangement.js';
import { refusal } from './refusal.js';
import { Room } from './room.js';
import type { RoomOptions } from './room-options.js';
import { Rooms } from './rooms.js';
import { ALWAYS_THERE, RoomConfigs } from './room-configs.js';
import { Settling } from './settling.js';
import { SeatHandle, Seats } from './seats.js';
import { SwitchSide } from './switch-side.js';
import type {
  EndpointHandle,
  EndpointOwner,
  Identity,
  JoinRequest,
  Subscriber,
  Subscription,
  WatchRequest,
} from './types.js';

/**
 * The control plane of all rooms (RFC 4353 focus): admits and removes, keeps nicknames and rosters, tells subscribers,
 * and instructs the switch. Knows no SIP: a SIP face calls `join` and `subscribe` and answers what it is told.
 */
export class Focus extends SwitchSide {
  /** Asked about messages before the switch passes them on. */
  readonly gate: Gate | undefined;
  readonly #options: FocusOptions;
  readonly #settings: FocusSettings;
  readonly #control: SwitchControl;
  #configs: RoomConfigs;
  readonly #nicknameScopes: NicknameScopes;
  readonly #rooms = new Rooms();
  readonly #deletion: Deletion;
  readonly #settling: Settling;
  readonly #moderator: Moderator;
  protected readonly seats: Seats;
  readonly #pacer: Pacer;
  #endpointCount = 0;
  #draining = false;
  #stopping = false;

  /**
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI` or `CHAT_ERR_ROOM_EXISTS` when a static room has no valid URI of its own
   */
  constructor(options: FocusOptions, control: SwitchControl) {
    super(options, control);
    this.#options = options;
    this.#settings = settings(options);
    this.#pacer = new Pacer({ clock: options.clock, isFree: options.mayNotify });
    this.#control = control;
    this.#settling = new Settling({ clock: options.clock, isSettled: ({ uri }) => control.isSettled?.(uri) ?? true });
    this.#deletion = new Deletion({ clock: options.clock, close: (room, reason) => this.#close(room, reason) });
    this.#moderator = new Moderator({
      clock: options.clock,
      eject: (room, { key }, reason, by) => void this.eject(room.uri, key, reason, by),
      expel: (room, target, reason, by) => this.#expel(room, target, reason, by),
      close: (room, reason) => this.#close(room, reason),
      configure: (room, change) => this.#configure(room, change),
      revise: (room, change) => this.seats.tell(room, room.revise(change)),
      audit: (room, entry) => this.#audit(room, entry),
      tooManyBans: ({ uri }) => options.limited?.({ limit: 'maxBans', room: uri }),
    });
    this.seats = new Seats({
      ...this.#settings,
      clock: options.clock,
      log: options.log,
      control,
      deletion: this.#deletion,
      left: (room) => this.#rooms.isClosing(room) || this.#moderator.left(room),
      tell: (name, ...args) => void this.emit(name, ...args),
      guarded: (who, call) => this.guarded(who, call),
    });
    this.gate = gateOf(options.gate, this.seats);
    this.#nicknameScopes = new NicknameScopes(options.clock);
    this.#configs = new RoomConfigs(options.rooms);
    for (const uri of this.#configs.uris) this.create(uri);
  }

  /** By the comparison form of their URI, without aliases. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms.all;
  }

  /** By its URI, or by an alias (PBX-02). */
  room(uri: string): Room | undefined {
    return this.#rooms.find(uri);
  }

  /** An id for an endpoint that is about to ask for its place: what is said of it before can be told by it too. */
  newEndpointId(): string {
    return `e${++this.#endpointCount}`;
  }

  /** The configuration of a room, or the one it would have if somebody created it by joining. */
  configOf(uri: string): Readonly<RoomConfig> {
    return this.room(uri)?.config ?? this.#configs.of(uri);
  }

  /** The server stops: rooms that close now come again with the next one. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Creates a room that lives until it is closed.
   *
   * @param origin of a room that an INVITE to the factory makes; it does not wait for its first participant: have the
   * creator join at once, or close it
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_EXISTS`, `CHAT_ERR_TOO_MANY_ROOMS`
   */
  create(uri: string, config: RoomConfigChange = {}, origin: RoomOrigin | null = null): Room {
    const key = cpimUriKey(uri);
    if (key === null) throw refusal.roomUri(uri);
    if (this.#rooms.find(uri)) throw refusal.roomExists(uri);
    const settled = this.#configs.of(uri, origin ? { deletion: 'empty' } : ALWAYS_THERE, config);
    const room = this.#newRoom(uri, key, settled, origin);
    if (origin) room.moderation.createdBy(identityOf(origin.creator));
    else this.#deletion.created(room);
    this.#open(room, key);
    return room;
  }

  /**
   * Brings a room back as a snapshot has it (BYE-14); of one that the configuration names, only who belongs to it.
   *
   * @throws ChatroomsError as `create`
   */
  restore(snapshot: RoomSnapshot): Room {
    const { uri, config, origin } = snapshot;
    const room = this.room(uri) ?? this.create(uri, config, origin);
    room.restore(snapshot);
    return room;
  }

  /** The room whose INVITEs have this Contribution-ID (FAC-15). */
  roomByContribution(id: string): Room | undefined {
    return this.#rooms.ofContribution(id);
  }

  /**
   * FAC-16: the room that somebody means who calls the factory with this Contribution-ID; he is to join it, and those in
   * `absent` are to be invited. Undefined when there is none, so that it is to be created.
   *
   * @throws ChatroomsError `CHAT_ERR_NOT_A_MEMBER` (403) when there is one he does not belong to
   */
  restart(id: string, identity: Identity): Room | undefined {
    return this.#rooms.restart(id, identity);
  }

  /**
   * Changes what a room permits; those who are in stay. False when there is no such room. What SDP says of it is offered
   * anew to everybody (7701-8-08).
   *
   * @throws ChatroomsError `CHAT_ERR_ROOM_EXISTS` when an alias names another room, `CHAT_ERR_ROOM_URI`
   */
  configure(uri: string, change: RoomConfigChange): boolean {
    const room = this.room(uri);
    if (!room) return false;
    this.#configure(room, change);
    this.#moderator.note(room, null, 'configure', { allowed: true, detail: { options: Object.keys(change) } });
    return true;
  }

  /**
   * Goes on with other limits, and with other configurations of rooms: those named anew are made, those there are change,
   * none is closed. Who is in stays, also where fewer might come in now.
   *
   * @throws ChatroomsError as `checkAdjust`; nothing was changed then
   */
  adjust(adjustments: FocusAdjustments): void {
    const { freed, changes, made } = this.#rearrangement(adjustments);
    const { limits, rooms } = adjustments;
    Object.assign(this.#settings.limits, limitsOf(limits));
    this.#settings.create = rooms?.create ?? 'anyone';
    this.#configs = new RoomConfigs(rooms);
    for (const [room, change] of freed) this.configure(room.uri, change);
    for (const [room, change] of changes) this.configure(room.uri, change);
    for (const uri of made) this.create(uri);
  }

  /**
   * Whether that can be done.
   *
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_EXISTS` when two rooms would have one name,
   * `CHAT_ERR_TOO_MANY_ROOMS`
   */
  checkAdjust(adjustments: FocusAdjustments): void {
    this.#rearrangement(adjustments);
  }

  #rearrangement({ limits, rooms }: FocusAdjustments): Rearrangement {
    const { maxRooms } = limitsOf(limits);
    return rearrange(this.#rooms.all, [this.#configs, new RoomConfigs(rooms)], maxRooms);
  }

  /** Removes everybody, ends the subscriptions and deletes the room (7701-5.3-01). False when there is no such room. */
  close(uri: string, reason: string): boolean {
    const room = this.room(uri);
    if (!room || this.#rooms.isClosing(room)) return false;
    this.#moderator.note(room, null, 'close', { allowed: true, detail: { reason } });
    this.#close(room, reason);
    return true;
  }

  /** Takes no joins from now on (503); those who are in stay. */
  drain(): void {
    this.#draining = true;
  }

  /** Closes every room; the end. Members stay members. */
  shutdown(): void {
    this.drain();
    this.#stopping = true;
    this.emit('stopping');
    this.#settling.flush();
    for (const room of this.#rooms.all.values()) this.#close(room, 'the server stops');
  }

  /**
   * Prepares a place for an endpoint: the room exists and can be subscribed to from here on, and others see the
   * participant once `connect` was called.
   *
   * @throws ChatroomsError with `sipStatus` 403 (banned, locked, not on the list, wrong password, no usable identity), 404
   * (no such room), 433 (anonymity not allowed), 480 (too many rooms), 486 (room or participant full) or 503 (about to stop)
   */
  join(request: JoinRequest, owner: EndpointOwner): EndpointHandle {
    return this.#join(request, owner, null);
  }

  /**
   * Whether `join` would let somebody in, at the moment (CAP-01).
   *
   * @throws ChatroomsError as `join`
   */
  checkJoin(request: JoinRequest): void {
    if (this.#draining) throw refusal.draining();
    const room = this.room(request.room);
    if (room) this.#rooms.existing(request.room).checkJoin(request);
    else if (this.#settings.create === 'nobody') throw refusal.unknownRoom(request.room);
  }

  #join(request: JoinRequest, owner: EndpointOwner, invitation: Invitation | null): EndpointHandle {
    return traceJoin(request, () => this.#admit(request, owner, invitation));
  }

  #admit(request: JoinRequest, owner: EndpointOwner, invitation: Invitation | null): EndpointHandle {
    if (this.#draining) throw refusal.draining();
    const key = cpimUriKey(request.room);
    const existing = this.room(request.room);
    if (key === null || (existing && this.#rooms.isClosing(existing))) throw refusal.unknownRoom(request.room);
    const room = existing ?? this.#newRoomOfJoiner(request, key);
    const admission = room.admit(request, owner, request.endpoint ?? this.newEndpointId(), invitation);
    if (!existing) room.moderation.createdBy(request.identity);
    const seat = this.seats.take(room, admission, request);
    this.#deletion.expecting(room);
    if (!existing) this.#open(room, key);
    return new SeatHandle(this.seats, seat);
  }

  /**
   * Somebody is invited: others see so from here on, until the handle is told what came of it. Whether he who asks for it
   * may is another question: `checkInvite`.
   *
   * @throws ChatroomsError with `sipStatus` 403 (locked; no URI to invite; left for good, and `automatic`), 404 (no such
   * room), 486 (full) or 503 (about to stop)
   */
  invite(request: InviteRequest): InviteeHandle {
    if (this.#draining) throw refusal.draining();
    const room = this.#rooms.existing(request.room);
    const { identity, by, automatic = false } = request;
    // REF-14: who may kick may take that back.
    room.moderation.invite(identity, !automatic && (by === null || room.moderates(by)));
    const handle = begin(room.invitations, request, {
      join: (asked, owner, invitation) => this.#join(asked, owner, invitation),
      ended: () => this.#deletion.left(room, false),
    });
    if (handle.state === 'new') this.#deletion.expecting(room);
    if (!automatic) this.#moderator.note(room, by, 'invite', { allowed: true, target: identity.uri });
    return handle;
  }

  /**
   * Whether so many more people have a place (JOIN-06, FAC-11, REF-11): those who are in, invited or members have theirs.
   *
   * @throws ChatroomsError with `sipStatus` 404 or 486
   */
  checkSpace(roomUri: string, count: number): void {
    this.#rooms.existing(roomUri).headcount.checkSpace(count);
  }

  /**
   * Whether somebody may have others invited (REF-09).
   *
   * @throws ChatroomsError with `sipStatus` 403 or 404
   */
  checkInvite(roomUri: string, by: Actor): void {
    const room = this.#rooms.existing(roomUri);
    const { invite } = room.config;
    if (by === null || room.moderates(by) || (invite === 'participants' && room.isIn(by))) return;
    this.#moderator.note(room, by, 'invite', { allowed: false });
    throw refusal.forbidden(room.uri, 'invite');
  }

  /**
   * An act of moderation.
   *
   * @throws ChatroomsError with `sipStatus` 403 (not permitted, `CHAT_ERR_FORBIDDEN`) or 404 (no such room or participant)
   */
  moderate(roomUri: string, act: Act, actor: Actor): void {
    const room = this.#rooms.existing(roomUri);
    this.#moderator.act(room, act, actor);
  }

  /** Whether somebody may do that to somebody, for who has to know before he does anything (REF-08); not written down. */
  permits(roomUri: string, act: Act, actor: Actor): boolean {
    const room = this.room(roomUri);
    return room !== undefined && mayAct(room, act, actor, ('target' in act && room.find(act.target)) || null);
  }

  /**
   * Watches a room; the full document is sent before this returns (4575-4.4-01).
   *
   * @throws ChatroomsError with `sipStatus` 403 (may not watch), 404 (no such room, 4353-5.4-01) or 480 (too many subscribers)
   */
  subscribe(roomUri: string, request: WatchRequest, subscriber: Subscriber): Subscription {
    return this.#rooms.existing(roomUri).subscribe(request, subscriber);
  }

  /**
   * Whether somebody may watch a room, at the moment.
   *
   * @throws ChatroomsError as `subscribe` does
   */
  checkWatch(roomUri: string, request: WatchRequest): void {
    this.#rooms.existing(roomUri).checkWatch(request);
  }

  /**
   * Removes a participant with all endpoints; false when there is none with that key (see `findParticipant`).
   *
   * @param by who did it, for the roster (DOC-23); null for the program
   */
  eject(roomUri: string, participantKey: string, reason: string, by: Actor = null): boolean {
    const participant = this.room(roomUri)?.participants.get(participantKey);
    if (!participant) return false;
    for (const id of participant.endpoints.keys()) this.seats.endTelling(id, { how: 'booted', by }, reason);
    return true;
  }

  /**
   * Removes somebody who is in, being invited, or a member who is away (REF-12); false when there is nobody of that
   * nickname or URI.
   */
  remove(roomUri: string, nickOrUri: string, reason: string, by: Actor = null): boolean {
    const participant = this.findParticipant(roomUri, nickOrUri);
    if (participant) return this.eject(roomUri, participant.key, reason, by);
    const room = this.room(roomUri);
    return room !== undefined && this.#expel(room, nickOrUri, reason, by);
  }

  #expel(room: Room, uri: string, reason: string, by: Actor): boolean {
    const expelled = room.invitations.expel(uri, reason, by);
    if (expelled) this.#deletion.left(room, false);
    return expelled;
  }

  /** An endpoint goes, as its participant asked for otherwise than by BYE; false when it had gone. */
  dismiss(endpoint: string, reason: string): boolean {
    const known = this.seats.get(endpoint) !== undefined;
    this.seats.endTelling(endpoint, { how: 'departed' }, reason);
    return known;
  }

  /** For who looks on: those who are in rooms, or on their way. */
  get seated(): Iterable<SeatTrace> {
    return this.seats.traced;
  }

  /** Somebody who is in the room, by nickname or by a URI under which others see him. */
  findParticipant(roomUri: string, nickOrUri: string): Participant | undefined {
    return this.room(roomUri)?.find(nickOrUri);
  }

  // Rooms.

  #newRoomOfJoiner({ room: uri, creates }: JoinRequest, key: string): Room {
    if (this.#settings.create === 'nobody' && !creates) throw refusal.unknownRoom(uri);
    return this.#newRoom(uri, key, this.#configs.of(uri, creates?.config), creates?.origin);
  }

  #newRoom(uri: string, key: string, config: RoomConfig, origin: RoomOrigin | null = null): Room {
    const { maxRooms } = this.#settings.limits;
    if (this.#rooms.all.size >= maxRooms) throw refusal.rooms(maxRooms);
    this.#rooms.checkAliases(uri, config.aliases);
    const options: RoomOptions<Room> = {
      ...this.#settings,
      clock: this.#options.clock,
      log: this.#options.log,
      pacer: this.#pacer,
      nicknameScopes: this.#nicknameScopes,
      limited: this.#options.limited,
      callOff: (owner, reason) => this.guarded('owner of an invitation', () => owner.cancelled(reason)),
      changedDurably: (room) => void this.emit('changedDurably', room),
      recorded: (room) => void this.emit('recorded', room),
      quiet: (room, consequence) => this.#quiet(room, consequence),
      muteEnded: (room) =>
        this.seats.tell(
          room,
          room.revise(() => room.moderation.mutes.expire()),
        ),
    };
    return new Room(uri, key, config, options, origin);
  }

  #configure(room: Room, change: RoomConfigChange): void {
    const { config } = room;
    if (change.aliases) this.#rooms.checkAliases(room.uri, change.aliases);
    const changed = room.configured(configured(config, change));
    if (change.aliases) this.#rooms.rename(room);
    this.#control.updateRoom(this.mediaOf(room));
    this.seats.tell(room, changed);
    // Those whose INVITE is being answered too: what they are told may be what was.
    for (const id of redeclares(config, room.config) ? room.endpointIds() : []) {
      this.guarded('owner of an endpoint', () => this.seats.get(id)?.endpoint.owner.redeclared());
    }
    this.emit('configured', room, config);
    this.#deletion.configured(room, config.deletion);
  }

  #audit(room: Room, entry: AuditEntry): void {
    // The line has a time of its own.
    const { time: _time, ...said } = entry;
    this.#options.log.info(said, 'audit');
    this.emit('audit', room, entry);
  }

  #open(room: Room, key: string): void {
    this.#rooms.add(room, key);
    room.opened();
    this.#control.openRoom(this.mediaOf(room));
    this.#options.log.info({ room: room.uri }, 'room created');
    this.emit('roomCreated', room);
  }

  /** BYE-09: stop admission, and let messages finish that have begun, unless the server stops. */
  #close(room: Room, reason: string): void {
    if (!this.#rooms.closing(room)) return;
    if (this.#stopping) this.#end(room, reason);
    else this.#settling.wait(room, () => this.#end(room, reason));
  }

  /** BYE-09: take invitations back, remove everybody, end subscriptions; only then the URI is free again. */
  #end(room: Room, reason: string): void {
    room.closing();
    room.invitations.callOff(reason);
    const how = this.#stopping && room.config.membership ? 'disconnected' : 'booted';
    for (const id of room.endpointIds()) this.seats.endTelling(id, { how }, reason);
    this.#deletion.closed(room);
    room.closed();
    this.#control.closeRoom(room.uri);
    this.#rooms.delete(room);
    this.#options.log.info({ room: room.uri, reason }, 'room closed');
    this.emit('roomClosed', room, reason);
  }

  #quiet(room: Room, consequence: Consequence): void {
    // FAC-23.
    if (consequence === 'expired') return this.#close(room, 'nobody came or wrote any more');
    // BYE-07: "BYE without Reason, group kept".
    for (const id of room.endpointIds()) this.seats.endTelling(id, { how: 'idle' }, 'nobody wrote');
  }
}
