import { cpimUriKey } from '../cpim/index.js';
import type { LossReason, SwitchControl, SwitchEvents } from '../focus-switch.js';
import type { NegotiatedSession } from '../sdp/index.js';
import { Deletion } from './deletion.js';
import { FocusEmitter } from './focus-emitter.js';
import { welcome } from './greeting.js';
import type { InviteeHandle, InviteRequest } from './invitee.js';
import type { Act, Actor, AuditEntry } from './moderation/acts.js';
import { Door } from './moderation/door.js';
import { mayAct } from './moderation/rights.js';
import { Moderator } from './moderation/moderator.js';
import { NicknameScopes } from './nicknames/scopes.js';
import { type FocusOptions, type FocusSettings, settings } from './options.js';
import { Pacer } from './roster/pacer.js';
import type { Participant } from './participant.js';
import { configured, redeclares, type RoomConfig, type RoomConfigChange } from './policy.js';
import { refusal } from './refusal.js';
import { type Changed, Room } from './room.js';
import { RoomConfigs } from './room-configs.js';
import { rescued, type Seat, tellRights } from './seat.js';
import type {
  EndpointHandle,
  EndpointOwner,
  EndReason,
  JoinRequest,
  Subscriber,
  Subscription,
  WatchRequest,
} from './types.js';

export type { FocusEvents, FocusOptions, LeaveDetails } from './options.js';

/**
 * The control plane of all rooms (RFC 4353 focus): admits and removes, keeps nicknames and rosters, tells subscribers,
 * and instructs the switch. Knows no SIP: a SIP face calls `join` and `subscribe` and answers what it is told.
 */
export class Focus extends FocusEmitter implements SwitchEvents {
  readonly #options: FocusOptions;
  readonly #settings: FocusSettings;
  readonly #control: SwitchControl;
  readonly #configs: RoomConfigs;
  readonly #nicknameScopes: NicknameScopes;
  readonly #rooms = new Map<string, Room>();
  readonly #closing = new Set<Room>();
  readonly #deletion: Deletion;
  readonly #moderator: Moderator;
  /** By endpoint id. */
  readonly #seats = new Map<string, Seat>();
  readonly #pacer: Pacer;
  #endpointCount = 0;
  #draining = false;

  /**
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI` or `CHAT_ERR_ROOM_EXISTS` when a static room has no valid URI of its own
   */
  constructor(options: FocusOptions, control: SwitchControl) {
    super(options.log);
    this.#options = options;
    this.#settings = settings(options);
    this.#pacer = new Pacer({ clock: options.clock, isFree: options.mayNotify });
    this.#control = control;
    this.#deletion = new Deletion({ clock: options.clock, close: (room, reason) => this.#close(room, reason) });
    this.#moderator = new Moderator({
      clock: options.clock,
      eject: (room, { key }, reason) => void this.eject(room.uri, key, reason),
      close: (room, reason) => this.#close(room, reason),
      configure: (room, change) => this.#configure(room, change),
      revise: (room, change) => this.#tell(room, room.revise(change)),
      audit: (room, entry) => this.#audit(room, entry),
    });
    this.#nicknameScopes = new NicknameScopes(options.clock);
    this.#configs = new RoomConfigs(options.rooms);
    for (const uri of this.#configs.uris) this.create(uri);
  }

  /** By the comparison form of their URI. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  room(uri: string): Room | undefined {
    return this.#rooms.get(cpimUriKey(uri) ?? '');
  }

  /** The configuration of a room, or the one it would have if somebody created it by joining. */
  configOf(uri: string): Readonly<RoomConfig> {
    return this.room(uri)?.config ?? this.#configs.of(uri);
  }

  /**
   * Creates a room that lives until it is closed.
   *
   * @param creator moderates it, unless its configuration says who does (GDM-05)
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_EXISTS`, `CHAT_ERR_TOO_MANY_ROOMS`
   */
  create(uri: string, config: RoomConfigChange = {}, creator: Actor = null): Room {
    const key = cpimUriKey(uri);
    if (key === null) throw refusal.roomUri(uri);
    if (this.#rooms.has(key)) throw refusal.roomExists(uri);
    const room = this.#newRoom(uri, key, this.#configs.of(uri, { deletion: 'never' }, config));
    if (creator) room.moderation.createdBy(creator);
    this.#deletion.created(room);
    this.#open(room, key);
    return room;
  }

  /**
   * Changes what a room permits; those who are in stay. False when there is no such room. What SDP says of it is offered
   * anew to everybody (7701-8-08).
   */
  configure(uri: string, change: RoomConfigChange): boolean {
    const room = this.room(uri);
    if (!room) return false;
    this.#configure(room, change);
    this.#moderator.note(room, null, 'configure', { allowed: true, detail: { options: Object.keys(change) } });
    return true;
  }

  /** Removes everybody, ends the subscriptions and deletes the room (7701-5.3-01). False when there is no such room. */
  close(uri: string, reason: string): boolean {
    const room = this.room(uri);
    if (!room || this.#closing.has(room)) return false;
    this.#moderator.note(room, null, 'close', { allowed: true, detail: { reason } });
    this.#close(room, reason);
    return true;
  }

  /** Takes no joins from now on (503); those who are in stay. */
  drain(): void {
    this.#draining = true;
  }

  /** Closes every room; the end. */
  shutdown(): void {
    this.drain();
    for (const room of this.#rooms.values()) this.#close(room, 'the server stops');
  }

  /**
   * Prepares a place for an endpoint: the room exists and can be subscribed to from here on, and others see the
   * participant once `connect` was called.
   *
   * @throws ChatroomsError with `sipStatus` 403 (banned, locked, not on the list, wrong password, or no usable identity), 404 (no such room), 433 (anonymity not
   * allowed), 480 (too many rooms), 486 (room or participant full) or 503 (about to stop)
   */
  join(request: JoinRequest, owner: EndpointOwner): EndpointHandle {
    if (this.#draining) throw refusal.draining();
    const key = cpimUriKey(request.room);
    const existing = this.#rooms.get(key ?? '');
    if (key === null || (existing && this.#closing.has(existing))) throw refusal.unknownRoom(request.room);
    const room = existing ?? this.#newRoomOfJoiner(request.room, key);
    const admission = room.admit(request, owner, `e${++this.#endpointCount}`);
    const { endpoint } = admission;
    if (!existing) room.moderation.createdBy(request.identity);
    const seat: Seat = { room, ...admission, door: null, greeted: false, rights: null, grace: null };
    if (admission.mustAnswer) {
      seat.door = new Door(seat, request, {
        clock: this.#options.clock,
        control: this.#control,
        turnAway: (reason) => this.#endTelling(endpoint.id, 'booted', reason),
        letIn: () => this.#letIn(seat),
      });
    }
    this.#seats.set(endpoint.id, seat);
    this.#deletion.expecting(room);
    if (!existing) this.#open(room, key);
    return {
      id: endpoint.id,
      connect: (session) => this.#negotiated(seat, session),
      update: (session) => this.#negotiated(seat, session),
      leave: (how) => this.#end(seat, how, how),
    };
  }

  /**
   * Somebody is invited: others see so from here on.
   *
   * @throws ChatroomsError with `sipStatus` 404 (no such room) or 486 (full)
   */
  invite(request: InviteRequest): InviteeHandle {
    const room = this.room(request.room);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(request.room);
    const { identity, by } = request;
    // REF-14: "rcs groups for ever until re-added"; elsewhere only who may kick takes that back.
    room.moderation.invite(identity, by === null || room.config.membership || room.moderates(by));
    this.#moderator.note(room, by, 'invite', { allowed: true, target: identity.uri });
    return {
      state: room.isIn(request.identity) ? 'present' : 'new',
      ringing: () => {},
      join: (asked, owner) => this.join(asked, owner),
      ended: () => {},
    };
  }

  /**
   * Whether somebody may have others invited (REF-09).
   *
   * @throws ChatroomsError with `sipStatus` 403 or 404
   */
  checkInvite(roomUri: string, by: Actor): void {
    const room = this.room(roomUri);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(roomUri);
    const { invite } = room.config;
    const permitted = by === null || room.moderates(by) || (invite === 'participants' && room.isIn(by));
    if (permitted) return;
    this.#moderator.note(room, by, 'invite', { allowed: false });
    throw refusal.forbidden(room.uri, 'invite');
  }

  /**
   * An act of moderation.
   *
   * @throws ChatroomsError with `sipStatus` 403 (not permitted, `CHAT_ERR_FORBIDDEN`) or 404 (no such room or participant)
   */
  moderate(roomUri: string, act: Act, actor: Actor): void {
    const room = this.room(roomUri);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(roomUri);
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
    const room = this.room(roomUri);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(roomUri);
    return room.subscribe(request, subscriber);
  }

  /**
   * Whether somebody may watch a room, at the moment.
   *
   * @throws ChatroomsError as `subscribe` does
   */
  checkWatch(roomUri: string, request: WatchRequest): void {
    const room = this.room(roomUri);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(roomUri);
    room.checkWatch(request);
  }

  /** Removes a participant with all endpoints; false when there is none with that key (see `findParticipant`). */
  eject(roomUri: string, participantKey: string, reason: string): boolean {
    const participant = this.room(roomUri)?.participants.get(participantKey);
    if (!participant) return false;
    for (const id of participant.endpoints.keys()) this.#endTelling(id, 'booted', reason);
    return true;
  }

  /** Somebody who is in the room, by nickname or by a URI under which others see him. */
  findParticipant(roomUri: string, nickOrUri: string): Participant | undefined {
    return this.room(roomUri)?.find(nickOrUri);
  }

  // What the switch asks and tells.

  nickname(endpoint: string, nickname: string): number {
    const seat = this.#seats.get(endpoint);
    // The NICKNAME crossed the end of its session.
    if (!seat) return 481;
    if (seat.door) return 403;
    const { room, participant } = seat;
    // 7701-7.1-05: "Room policy without nicknames -> 403 (checked first)".
    if (!room.config.allowNicknames) return 403;
    const own = room.nicknames.of(endpoint);
    const shown = participant.nickname;
    // 7701-7.3-01: the empty string removes, also when none was set.
    if (nickname === '') room.nicknames.release(endpoint);
    else {
      const status = room.nicknames.claim(participant, endpoint, nickname);
      if (status !== 200) return status;
    }
    if (nickname !== '' || own !== null) participant.named(endpoint);
    if (room.nicknames.of(endpoint) !== own || participant.nickname !== shown) room.changed();
    this.#tellNickname(room, participant, shown);
    return 200;
  }

  spoke(endpoint: string): void {
    const seat = this.#seats.get(endpoint);
    seat?.room.spoke(seat.participant);
  }

  sessionBound(endpoint: string): void {
    const seat = this.#seats.get(endpoint);
    if (!seat) return;
    rescued(seat);
    if (seat.door) return seat.door.bound();
    this.#greet(seat);
    this.#replace(seat);
  }

  knock(endpoint: string, text: string): number {
    return this.#seats.get(endpoint)?.door?.answered(text) ?? 403;
  }

  #replace(seat: Seat): void {
    // Not sooner: a newcomer whose session never comes about leaves its participant what there was.
    const { replaces } = seat;
    seat.replaces = [];
    for (const { id } of replaces) this.#endTelling(id, 'departed', 'replaced by another endpoint');
  }

  congested(endpoint: string, congested: boolean, pendingBytes: number): void {
    const seat = this.#seats.get(endpoint);
    if (seat) this.emit('congestion', seat.room, seat.participant, { congested, pendingBytes });
  }

  sessionLost(endpoint: string, reason: LossReason): void {
    const seat = this.#seats.get(endpoint);
    if (!seat || seat.grace) return;
    const { lossGrace } = this.#settings;
    // P-CON-03: "keep the SIP dialog for a grace time to let the client re-INVITE, then BYE".
    if (reason === 'connection-lost' && lossGrace > 0 && !seat.door) {
      seat.endpoint.lost = true;
      seat.grace = this.#options.clock.after(lossGrace, () => this.#endTelling(endpoint, 'failed', reason));
    } else this.#endTelling(endpoint, 'failed', reason);
  }

  // Rooms.

  #newRoomOfJoiner(uri: string, key: string): Room {
    if (this.#settings.create === 'nobody') throw refusal.unknownRoom(uri);
    return this.#newRoom(uri, key, this.#configs.of(uri));
  }

  #newRoom(uri: string, key: string, config: RoomConfig): Room {
    const { maxRooms } = this.#settings.limits;
    if (this.#rooms.size >= maxRooms) throw refusal.rooms(maxRooms);
    const { clock, log } = this.#options;
    const shared = { clock, log, pacer: this.#pacer, nicknameScopes: this.#nicknameScopes };
    const muteEnded = (room: Room): void =>
      this.#tell(
        room,
        room.revise(() => room.moderation.mutes.expire()),
      );
    return new Room(uri, key, config, { ...this.#settings, ...shared, muteEnded });
  }

  #configure(room: Room, change: RoomConfigChange): void {
    const { config } = room;
    const changed = room.configured(configured(config, change));
    this.#control.updateRoom(room.media);
    this.#tell(room, changed);
    if (redeclares(config, room.config)) this.#redeclare(room);
    this.emit('configured', room, config);
    this.#deletion.configured(room, config.deletion);
  }

  /** Something was decided anew, and changed these. */
  #tell(room: Room, changed: readonly Changed[]): void {
    for (const { participant, nickname } of changed) {
      tellRights(participant, this.#seats, this.#control);
      this.#tellNickname(room, participant, nickname);
    }
  }

  /** An act of moderation, permitted or not: for the log, and for whoever keeps it. */
  #audit(room: Room, entry: AuditEntry): void {
    this.#options.log.info({ ...entry }, 'audit');
    this.emit('audit', room, entry);
  }

  #open(room: Room, key: string): void {
    this.#rooms.set(key, room);
    room.opened();
    this.#control.openRoom(room.media);
    this.#options.log.info({ room: room.uri }, 'room created');
    this.emit('roomCreated', room);
  }

  /** BYE-09: stop admission, remove everybody, end subscriptions; only then the URI is free again. */
  #close(room: Room, reason: string): void {
    if (this.#closing.has(room)) return;
    this.#closing.add(room);
    room.closing();
    for (const id of room.endpointIds()) this.#endTelling(id, 'booted', reason);
    this.#deletion.closed(room);
    room.closed();
    this.#control.closeRoom(room.uri);
    this.#rooms.delete(cpimUriKey(room.uri) ?? '');
    this.#closing.delete(room);
    this.#options.log.info({ room: room.uri, reason }, 'room closed');
    this.emit('roomClosed', room, reason);
  }

  // Endpoints.

  #negotiated(seat: Seat, session: NegotiatedSession): void {
    const { room, participant, endpoint } = seat;
    // The focus ended it while the answer or re-INVITE was under way; its owner knows.
    if (!this.#seats.has(endpoint.id)) return;
    const direction = endpoint.session?.peer.direction;
    const joining = endpoint.connectedAt === null;
    if (seat.door) return seat.door.arrived(session);
    if (joining) return this.#entered(seat, session);
    endpoint.updated(session);
    const media = endpoint.media(room.uri, participant);
    if (media) {
      seat.rights = media;
      rescued(seat);
      this.#control.updateEndpoint(media);
    }
    if (session.peer.direction !== direction) {
      participant.touch();
      room.changed();
    }
  }

  /** It is in the room from now on. */
  #entered(seat: Seat, session: NegotiatedSession): void {
    const { room, participant, endpoint } = seat;
    const { clock, log } = this.#options;
    const isKnown = endpoint.session !== null;
    endpoint.connected(session, new Date(clock.now()));
    const media = endpoint.media(room.uri, participant);
    if (media) {
      seat.rights = media;
      if (isKnown) this.#control.updateEndpoint(media);
      else this.#control.addEndpoint(media);
    }
    const { id: endpointId, callId } = endpoint;
    log.info({ room: room.uri, participant: participant.key, endpoint: endpointId, callId }, 'joined');
    this.#deletion.joined(room);
    if (room.connected(participant)) this.emit('join', room, participant);
    tellRights(participant, this.#seats, this.#control);
  }

  /** It has said the password. */
  #letIn(seat: Seat): void {
    const { session } = seat.endpoint;
    seat.door = null;
    if (session) this.#entered(seat, session);
    this.#greet(seat);
    this.#replace(seat);
  }

  /** Those whose INVITE is being answered too: what they are told may be what was. */
  #redeclare(room: Room): void {
    for (const id of room.endpointIds()) {
      this.guarded('owner of an endpoint', () => this.#seats.get(id)?.endpoint.owner.redeclared());
    }
  }

  #endTelling(endpointId: string, how: EndReason, reason: string): void {
    const seat = this.#seats.get(endpointId);
    if (!seat) return;
    this.#end(seat, how, reason, () =>
      this.guarded('owner of an endpoint', () => seat.endpoint.owner.ended(how, reason)),
    );
  }

  #end(seat: Seat, how: EndReason, reason: string, tell: () => void = () => {}): void {
    const { room, participant, endpoint } = seat;
    if (!this.#seats.delete(endpoint.id)) return;
    rescued(seat);
    seat.door?.close();
    // 4353-5.3-01: "In both cases stop delivery to and from it at once."
    if (endpoint.session) this.#control.removeEndpoint(endpoint.id);
    const shown = participant.nickname;
    const isCreator = room.creator === participant;
    const { moderator } = participant;
    const left = room.remove(participant, endpoint, how);
    const { id: endpointId, callId } = endpoint;
    this.#options.log.info({ room: room.uri, endpoint: endpointId, callId, how, reason }, 'endpoint ended');
    tell();
    if (left) this.emit('leave', room, participant, { how, reason });
    else if (participant.present) {
      tellRights(participant, this.#seats, this.#control);
      this.#tellNickname(room, participant, shown);
    }
    this.#deletion.left(room, left && isCreator);
    if (left && (isCreator || moderator) && !this.#closing.has(room)) this.#moderator.left(room);
  }

  #tellNickname(room: Room, participant: Participant, shown: string | null): void {
    const now = participant.nickname;
    if (now !== shown) this.emit('nickname', room, participant, { old: shown ?? undefined, new: now ?? undefined });
  }

  /** What the room has to say to a newcomer, once. */
  #greet(seat: Seat): void {
    const { room, participant, endpoint } = seat;
    const media = endpoint.media(room.uri, participant);
    if (seat.greeted || !media) return;
    seat.greeted = true;
    for (const body of welcome(room, { participant, endpoint, media }, new Date(this.#options.clock.now()))) {
      this.#control.send(room.uri, body, ({ id }) => id === endpoint.id);
    }
  }
}
