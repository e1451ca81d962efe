import { cpimUriKey } from '../cpim/index.js';
import type { Gate, LossReason, SeenMessage, SwitchControl, SwitchEvents } from '../focus-switch.js';
import type { NegotiatedSession } from '../sdp/index.js';
import { Emitter } from '../util/events.js';
import { Deletion } from './deletion.js';
import { gateOf } from './gate.js';
import { welcome } from './greeting.js';
import type { InviteeHandle, InviteRequest } from './invitee.js';
import type { Act, Actor } from './moderation.js';
import { NicknameScopes } from './nicknames/scopes.js';
import { type FocusEvents, type FocusOptions, type FocusSettings, settings } from './options.js';
import { Pacer } from './roster/pacer.js';
import type { Participant } from './participant.js';
import { configured, redeclares, type RoomConfig, type RoomConfigChange } from './policy.js';
import { refusal } from './refusal.js';
import { Room } from './room.js';
import { RoomConfigs } from './room-configs.js';
import { rescued, type Seat } from './seat.js';
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
export class Focus extends Emitter<FocusEvents> implements SwitchEvents {
  /** Asked about messages before the switch passes them on. */
  readonly gate: Gate | undefined;
  readonly #options: FocusOptions;
  readonly #settings: FocusSettings;
  readonly #control: SwitchControl;
  readonly #configs: RoomConfigs;
  readonly #nicknameScopes: NicknameScopes;
  readonly #rooms = new Map<string, Room>();
  readonly #closing = new Set<Room>();
  readonly #deletion: Deletion;
  /** By endpoint id. */
  readonly #seats = new Map<string, Seat>();
  readonly #pacer: Pacer;
  readonly #messageListeners = new Set<unknown>();
  #endpointCount = 0;
  #draining = false;

  /**
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI` or `CHAT_ERR_ROOM_EXISTS` when a static room has no valid URI of its own
   */
  constructor(options: FocusOptions, control: SwitchControl) {
    super();
    this.#options = options;
    this.#settings = settings(options);
    this.#pacer = new Pacer({ clock: options.clock, isFree: options.mayNotify });
    this.#control = control;
    this.gate = gateOf(options.gate, this.#seats);
    this.#deletion = new Deletion({ clock: options.clock, close: (room, reason) => this.#close(room, reason) });
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
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_EXISTS`, `CHAT_ERR_TOO_MANY_ROOMS`
   */
  create(uri: string, config: RoomConfigChange = {}): Room {
    const key = cpimUriKey(uri);
    if (key === null) throw refusal.roomUri(uri);
    if (this.#rooms.has(key)) throw refusal.roomExists(uri);
    const room = this.#newRoom(uri, key, this.#configs.of(uri, { deletion: 'never' }, config));
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
    const { config } = room;
    const changed = room.configured(configured(config, change));
    this.#control.updateRoom(room.media);
    for (const { participant, nickname } of changed) {
      this.#tellRole(room, participant);
      this.#tellNickname(room, participant, nickname);
    }
    if (redeclares(config, room.config)) this.#redeclare(room);
    this.emit('configured', room, config);
    this.#deletion.configured(room, config.deletion);
    return true;
  }

  /** Removes everybody, ends the subscriptions and deletes the room (7701-5.3-01). False when there is no such room. */
  close(uri: string, reason: string): boolean {
    const room = this.room(uri);
    if (!room || this.#closing.has(room)) return false;
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
   * @throws ChatroomsError with `sipStatus` 403 (locked, or no usable identity), 404 (no such room), 433 (anonymity not
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
    const seat: Seat = { room, ...admission, greeted: false, moderator: null, grace: null };
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
    if (!permitted) throw refusal.forbidden(room.uri, 'invite');
  }

  /**
   * An act of moderation.
   *
   * @throws ChatroomsError with `sipStatus` 403 (not permitted, `CHAT_ERR_FORBIDDEN`) or 404 (no such room or participant)
   */
  moderate(roomUri: string, act: Act, actor: Actor): void {
    const room = this.room(roomUri);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(roomUri);
    if (actor !== null && !room.moderates(actor)) throw refusal.forbidden(room.uri, act.act);
    if (act.act !== 'kick') throw refusal.forbidden(room.uri, act.act);
    const target = room.find(act.target);
    if (!target) throw refusal.nobody(room.uri, act.target);
    this.eject(room.uri, target.key, act.reason ?? 'Removed by moderator');
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

  /** An endpoint goes, as its participant asked for otherwise than by BYE; false when it had gone. */
  dismiss(endpoint: string, reason: string): boolean {
    const known = this.#seats.has(endpoint);
    this.#endTelling(endpoint, 'departed', reason);
    return known;
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
    this.#greet(seat);
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
    if (reason === 'connection-lost' && lossGrace > 0) {
      seat.endpoint.lost = true;
      seat.grace = this.#options.clock.after(lossGrace, () => this.#endTelling(endpoint, 'failed', reason));
    } else this.#endTelling(endpoint, 'failed', reason);
  }

  /** Undefined while nobody listens: then the switch need not collect messages. */
  get message(): ((message: SeenMessage) => void) | undefined {
    return this.#messageListeners.size > 0 ? (message) => void this.emit('message', message) : undefined;
  }

  override on<K extends keyof FocusEvents>(name: K, listener: (...args: FocusEvents[K]) => void): this {
    if (name === 'message') this.#messageListeners.add(listener);
    return super.on(name, listener);
  }

  override off<K extends keyof FocusEvents>(name: K, listener: (...args: FocusEvents[K]) => void): this {
    if (name === 'message') this.#messageListeners.delete(listener);
    return super.off(name, listener);
  }

  /** A listener that throws must not leave a room half changed. */
  protected override emit<K extends keyof FocusEvents>(name: K, ...args: FocusEvents[K]): boolean {
    let heard = false;
    this.#guarded(`listener of ${name}`, () => {
      heard = super.emit(name, ...args);
    });
    return heard;
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
    return new Room(uri, key, config, { ...this.#settings, ...shared });
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
    if (joining) endpoint.connected(session, new Date(this.#options.clock.now()));
    else endpoint.updated(session);
    const media = endpoint.media(room.uri, participant);
    if (media) seat.moderator = media.moderator;
    if (media && joining) this.#control.addEndpoint(media);
    else if (media) {
      rescued(seat);
      this.#control.updateEndpoint(media);
    }
    if (joining) {
      const { id: endpointId, callId } = endpoint;
      this.#options.log.info({ room: room.uri, participant: participant.key, endpoint: endpointId, callId }, 'joined');
      this.#deletion.joined(room);
      if (room.connected(participant)) this.emit('join', room, participant);
      this.#tellRole(room, participant);
    } else if (session.peer.direction !== direction) {
      participant.touch();
      room.changed();
    }
  }

  /** 7701-6.2-07: who moderates may decide who writes to whom. */
  #tellRole(room: Room, participant: Participant): void {
    const { moderator } = participant;
    for (const [id, endpoint] of participant.endpoints) {
      const seat = this.#seats.get(id);
      const media = endpoint.media(room.uri, participant);
      if (!seat || !media || seat.moderator === null || seat.moderator === moderator) continue;
      seat.moderator = moderator;
      this.#control.updateEndpoint(media);
    }
  }

  /** Those whose INVITE is being answered too: what they are told may be what was. */
  #redeclare(room: Room): void {
    for (const id of room.endpointIds()) {
      this.#guarded('owner of an endpoint', () => this.#seats.get(id)?.endpoint.owner.redeclared());
    }
  }

  #endTelling(endpointId: string, how: EndReason, reason: string): void {
    const seat = this.#seats.get(endpointId);
    if (!seat) return;
    this.#end(seat, how, reason, () =>
      this.#guarded('owner of an endpoint', () => seat.endpoint.owner.ended(how, reason)),
    );
  }

  #end(seat: Seat, how: EndReason, reason: string, tell: () => void = () => {}): void {
    const { room, participant, endpoint } = seat;
    if (!this.#seats.delete(endpoint.id)) return;
    rescued(seat);
    // 4353-5.3-01: "In both cases stop delivery to and from it at once."
    if (endpoint.connectedAt) this.#control.removeEndpoint(endpoint.id);
    const shown = participant.nickname;
    const isCreator = room.creator === participant;
    const left = room.remove(participant, endpoint, how);
    const { id: endpointId, callId } = endpoint;
    this.#options.log.info({ room: room.uri, endpoint: endpointId, callId, how, reason }, 'endpoint ended');
    tell();
    if (left) this.emit('leave', room, participant, { how, reason });
    else if (participant.present) {
      this.#tellRole(room, participant);
      this.#tellNickname(room, participant, shown);
    }
    this.#deletion.left(room, left && isCreator);
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

  #guarded(who: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error({ error }, `${who} failed`);
    }
  }
}
