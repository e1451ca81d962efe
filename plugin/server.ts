import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type AuditEntry,
  ChatServer,
  type Listening,
  type Probe,
  type Room as FocusRoom,
  type RoomOrigin,
} from '../lib/chat-server.js';
import { tagOf } from '../lib/embedded-drachtio/message/index.js';
import { type Clock, systemClock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import type { SeenMessage } from '../lib/focus-switch.js';
import type { LimitEvent } from '../lib/util/limit-reports.js';
import type { Logger } from '../lib/util/log.js';
import type { Face, OpenDialog } from './face.js';
import { ALLOW, header, isRefusal, warning } from './header-values.js';
import { warningText } from './warning-text.js';
import { firstDomain, type Target, targetOf } from './interception.js';
import { Factory } from './factory/factory.js';
import { Authenticator } from './identity/authenticator.js';
import { Challenge } from './identity/digest/challenge.js';
import { handleInvite } from './invite/invite.js';
import { Audio } from './media/audio.js';
import { DialOut } from './invitations/dial-out.js';
import type { Invitations } from './invitations/invitations.js';
import { OfferTurns } from './invite/offer-turns.js';
import { focusLimits, joinRate, msrpLimits } from './limits/in-force.js';
import { JoinLimit } from './limits/join-limit.js';
import { reportRefusal } from './limits/refusals.js';
import type { ChatroomSettings, RoomOptions } from './options.js';
import { parseRoomOptions } from './parse-options.js';
import { MessageGate } from './message-gate.js';
import { handleOptions } from './options-request.js';
import { Pending } from './pending.js';
import { Referrals } from './refer/referrals.js';
import { type RoomUri, roomFrom } from './room-uri.js';
import { type ChatMessage, chatMessage, type Participant, type Room, RoomFacade } from './rooms-api.js';
import { asError } from './drachtio/drachtio-error.js';
import { taggedContact } from './handset/feature-tags.js';
import { focusContact, SrfAdapter } from './drachtio/srf-adapter.js';
import type { ControlSocket, SipRequest, SipResponse, SrfLike } from './drachtio/srf-types.js';
import { handleRegister, type RegisterOptions } from './registration/register.js';
import { type OnlineUser, Users } from './registration/users.js';
import { Subscriptions } from './subscribe/subscribe.js';

/** Where MSRP listens: `HOST:PORT`, `msrps` where TLS is spoken, `ws` and `wss` over WebSocket. */
export interface MsrpAddresses {
  msrp: string;
  msrps?: string;
  ws?: string;
  wss?: string;
}

export interface ServerEvents {
  /** MSRP listens. */
  listening: [MsrpAddresses & { others?: readonly MsrpAddresses[] }];
  roomCreated: [Room];
  roomClosed: [Room];
  join: [Room, Participant];
  leave: [Room, Participant, { reason: string }];
  message: [Room, ChatMessage];
  nickname: [Room, Participant, { old?: string; new?: string }];
  /** Somebody moderated, or tried to. */
  audit: [Room, AuditEntry];
  /** Limits were reached: told at once, and then at most once a second for the same limit, room, participant and source. */
  limit: [LimitEvent];
  /** Somebody registered, who was not before (`registrations`). */
  'user:online': [OnlineUser];
  /** Nothing is left of his registrations. */
  'user:offline': [OnlineUser, { reason: 'unregistered' | 'expired' }];
}

/** Methods a request of which may be for a room. */
export const METHODS = ['invite', 'subscribe', 'refer', 'options', 'message', 'publish'] as const;

/** Milliseconds that BYEs may take when the server stops. */
const DRAIN_TIMEOUT = 5_000;

/** How much of it may pass before the MSRP connections close. */
const BYE_SHARE = 0.6;

/** Requests outside of a dialog that bring us more to do. */
const SHED: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER']);

/** Seconds after which those may come again that an overloaded server refuses. */
const MIN_RETRY_AFTER = 5;
const MAX_RETRY_AFTER = 15;

/** Of that, how long messages that were taken may take to be written. */
const SETTLE_SHARE = 0.2;

/** The focus of all rooms as a SIP user agent, and the rooms as programs see them. */
export class Server implements Face {
  readonly settings: ChatroomSettings;
  readonly chat: ChatServer;
  readonly adapter: SrfAdapter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dialogs = new Pending<OpenDialog>();
  readonly subscriptions: Subscriptions;
  readonly referrals: Referrals;
  readonly authenticator: Authenticator;
  readonly offerTurns = new OfferTurns();
  readonly audio: Audio | undefined;
  readonly invitations: Invitations;
  readonly users: Users;
  readonly #factory: Factory;
  readonly #joins: JoinLimit | undefined;
  readonly #events: EventEmitter<ServerEvents>;
  readonly #rooms = new Map<string, RoomFacade>();
  #listening: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #watching = false;

  constructor(
    settings: ChatroomSettings,
    events: EventEmitter<ServerEvents>,
    clock: Clock = systemClock,
    probe?: () => Probe,
  ) {
    this.settings = settings;
    this.clock = clock;
    this.log = settings.logger;
    this.#events = events;
    this.audio = settings.audio && new Audio(settings.audio, { clock, log: this.log });
    this.authenticator = new Authenticator(settings, clock);
    const { maxDocumentSize, maxLoopDelay, maxMemory } = settings.limits;
    const staticRooms = Object.entries(settings.rooms.static).map(([name, config]) => [this.roomUri(name).uri, config]);
    const { strict } = settings.interop;
    const lenientMessageId = settings.interop.lenientMessageId && !strict;
    const sessionMatch = strict ? 'uri' : settings.msrp.sessionMatch;
    this.chat = new ChatServer({
      clock,
      log: this.log,
      msrp: { ...settings.msrp, ...msrpLimits(settings), sessionMatch, lenientMessageId },
      maxLoopDelay,
      maxMemory,
      probe,
      workers: settings.workers,
      workerPortStep: settings.workerPortStep,
      rooms: { ...settings.rooms, static: Object.fromEntries(staticRooms) },
      limits: focusLimits(settings),
      ...(settings.data !== 'memory' && { data: settings.data }),
      // A frame that drachtio-server cannot read is never sent (DRA-G1).
      mayNotify: () => this.adapter.isFree,
      gate: new MessageGate(this),
      maxDocumentSize: () => Math.min(maxDocumentSize ?? Number.POSITIVE_INFINITY, this.adapter.maxBody),
    });
    this.adapter = new SrfAdapter({ clock, log: this.log, reconnected: (lost) => this.#reconnected(lost) });
    const rate = joinRate(settings);
    const reply: Face['adapter']['reply'] = (...answer) => this.adapter.reply(...answer);
    const trusts = (address: string): boolean => this.trusts(address);
    this.#joins = rate && new JoinLimit({ clock, rate, limits: this.chat.limits, trusts, reply });
    this.subscriptions = new Subscriptions(this);
    this.#factory = new Factory(this);
    this.referrals = new Referrals(this);
    this.users = new Users(clock, {
      online: (user) => {
        this.log.info({ user: user.uri, expires: user.expires }, 'user online');
        events.emit('user:online', user);
      },
      offline: (user, reason) => {
        this.log.info({ user: user.uri, reason }, 'user offline');
        events.emit('user:offline', user, { reason });
      },
    });
    this.invitations = new DialOut(this);
    for (const room of this.chat.focus.rooms.values()) this.#facade(room);
    this.#relayEvents();
  }

  trusts(address: string): boolean {
    return this.authenticator.trusts(address);
  }

  get draining(): boolean {
    return this.#closed !== undefined;
  }

  originOf(room: RoomUri): RoomOrigin | null {
    return this.chat.focus.room(room.uri)?.origin ?? null;
  }

  /** By URI. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  room(nameOrUri: string): Room | undefined {
    const found = this.chat.focus.room(this.roomUri(nameOrUri).uri);
    return found && this.#facade(found);
  }

  /** @throws ChatroomsError `CHAT_ERR_ROOM_UNKNOWN` */
  existing(nameOrUri: string): Room {
    const room = this.room(nameOrUri);
    if (room) return room;
    throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `There is no room ${nameOrUri}; create it first.`);
  }

  create(nameOrUri: string, options: RoomOptions = {}): Room {
    const config = parseRoomOptions(options, this.settings.msrp.tls !== undefined);
    return this.#facade(this.chat.focus.create(this.roomUri(nameOrUri).uri, config));
  }

  /** @throws ChatroomsError `CHAT_ERR_ROOM_URI` for a name that cannot be in a URI */
  roomUri(nameOrUri: string): RoomUri {
    const domain = firstDomain(this.settings.domain);
    const room = roomFrom(nameOrUri, domain ?? '');
    if (!room || room.domain === '') {
      const fix = domain === undefined ? 'with a function as domain, give the whole URI' : 'write sip:NAME@domain';
      throw new ChatroomsError('CHAT_ERR_ROOM_URI', `${JSON.stringify(nameOrUri)} names no room; ${fix}.`);
    }
    return room;
  }

  /** drachtio middleware: takes what is for our rooms, leaves the rest to `next`. */
  handle(req: SipRequest, res: SipResponse, next: (error?: unknown) => void): void {
    this.adapter.adopt(req.srf);
    // The rejection of an async handler would leave the request unanswered (drachtio.md §16).
    this.#dispatch(req, res, next).catch((error: unknown) => this.#failed(req, res, error));
  }

  attach(srf: SrfLike): void {
    this.adapter.adopt(srf);
    const watched = this.settings.registrations === false ? [] : ['register'];
    // drachtio-srf asks for them in this order: who is sent `METHODS` is sent all.
    for (const method of [...watched, ...METHODS]) {
      srf.use(method, (req, res, next) => {
        const nextLayer = (error?: unknown): void => void next(error);
        this.handle(req as unknown as SipRequest, res as unknown as SipResponse, nextLayer);
      });
    }
  }

  listen(): Promise<void> {
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  async #listen(): Promise<void> {
    // FAC-14: before anything waits, so that nobody finds his room missing.
    this.chat.restore();
    await this.authenticator.open();
    const { others, ...first } = await this.chat.listen();
    // SDP-13: from the first call on.
    await this.audio?.start();
    this.#events.emit('listening', { ...addresses(first), ...(others && { others: others.map(addresses) }) });
  }

  /** 503 to joins, BYE to participants, the end of subscriptions; then the MSRP side closes. */
  close(timeout = DRAIN_TIMEOUT): Promise<void> {
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  async #close(timeout: number): Promise<void> {
    this.chat.focus.drain();
    // `draining` becomes true with the assignment in `close`, before the dialogs hear of their end.
    await Promise.resolve();
    await this.chat.drain(timeout * SETTLE_SHARE);
    const listened = this.#listening?.then(
      () => true,
      () => false,
    );
    this.chat.focus.shutdown();
    for (const dialog of this.dialogs) dialog.stopping();
    this.subscriptions.endAll('deactivated');
    this.referrals.endAll('deactivated');
    this.users.close();
    const patience = timeout * BYE_SHARE;
    await Promise.all([this.dialogs.gone(this.clock, patience), this.adapter.idle(patience), this.audio?.close()]);
    if (await listened) await this.chat.close();
    await this.authenticator.close();
  }

  async #dispatch(req: SipRequest, res: SipResponse, next: (error?: unknown) => void): Promise<void> {
    if (this.subscriptions.inOwnDialog(req, res) || this.referrals.inOwnDialog(req, res)) return;
    if (req.method === 'REGISTER') return this.#register(req, res, next);
    const target = await targetOf(req, this.settings, { find: (uri) => this.chat.focus.room(uri)?.uri });
    if (target.is === 'foreign') return next();
    // IDN-13: drachtio hands the requests of dead dialogs over as new ones.
    if (tagOf(header(req, 'To', 't')) !== undefined) return this.adapter.reply(req, res, 481);
    await this.#answer(req, res, target);
  }

  /** CAP-04, SAF-07: taken only where registrations are. */
  #register(req: SipRequest, res: SipResponse, next: () => void): void {
    const { users, adapter } = this;
    const { registrations: mode } = this.settings;
    const reply: RegisterOptions['reply'] = (...answer) => adapter.reply(...answer);
    handleRegister({ mode, users, trusts: (address) => this.trusts(address), reply }, req, res, next);
  }

  async #answer(req: SipRequest, res: SipResponse, target: Exclude<Target, { is: 'foreign' }>): Promise<void> {
    if (target.is === 'unknown') return this.adapter.reply(req, res, 404);
    if (this.chat.overloaded && SHED.has(req.method)) return this.#shed(req, res);
    if (req.method === 'INVITE' && this.#joins?.admits(req, res) === false) return;
    if (target.is === 'factory') return this.#factory.handle(req, res, target.factory);
    const { room } = target;
    switch (req.method) {
      case 'INVITE':
        return handleInvite(this, req, res, room);
      case 'SUBSCRIBE':
        if (this.draining) return this.adapter.reply(req, res, 503);
        return this.subscriptions.create(req, res, room, this.#contact(req, room));
      case 'REFER':
        return this.referrals.create(req, res, room, this.#contact(req, room));
      case 'OPTIONS':
        return handleOptions(this, req, res, { room, contact: this.#contact(req, room) });
      default:
        // CAP-04: page mode messages do not reach a room, nor does what is published.
        return this.adapter.reply(req, res, 405, { headers: { Allow: ALLOW } });
    }
  }

  /** RFC 3261 §21.5.4: "temporarily unable to process the request due to a temporary overloading". */
  #shed(req: SipRequest, res: SipResponse): void {
    this.log.debug({ method: req.method, callId: req.get('Call-ID') }, 'shed');
    // Not all at once.
    const headers = { 'Retry-After': String(randomInt(MIN_RETRY_AFTER, MAX_RETRY_AFTER + 1)) };
    this.adapter.reply(req, res, 503, { headers });
  }

  #contact(req: SipRequest, room: RoomUri): string {
    return taggedContact(focusContact(req, room, this.settings.contactHost), this.settings.profile);
  }

  #failed(req: SipRequest, res: SipResponse, error: unknown): void {
    const callId = req.get('Call-ID');
    if (error instanceof Challenge && error.sipStatus !== undefined) {
      this.log.debug({ method: req.method, callId, status: error.sipStatus }, 'challenged');
      return this.adapter.reply(req, res, error.sipStatus, { headers: error.headers });
    }
    if (error instanceof ChatroomsError && isRefusal(error.sipStatus)) {
      this.log.info({ method: req.method, callId, status: error.sipStatus, code: error.code }, error.message);
      reportRefusal(this, req, error);
      const text = warningText(error, this.settings.profile);
      const headers: Record<string, string> = text === null ? {} : { Warning: warning(roomHost(req), text) };
      if (error.sipStatus === 503) headers['Retry-After'] = '10';
      this.adapter.reply(req, res, error.sipStatus, { headers });
      return;
    }
    this.log.error({ method: req.method, callId, error: asError(error).stack }, 'unexpected');
    this.adapter.reply(req, res, 500);
  }

  #reconnected(lost: ReadonlySet<ControlSocket>): void {
    this.log.warn({ dialogs: this.dialogs.size }, 'ending the dialogs of the lost control connection');
    // Before the rooms end that nobody is in any more, and with them their subscriptions.
    this.subscriptions.abandoned(lost);
    this.referrals.abandoned(lost);
    for (const dialog of this.dialogs) dialog.abandoned(lost);
  }

  #facade(room: FocusRoom): RoomFacade {
    const known = this.#rooms.get(room.uri);
    if (known) return known;
    const facade = new RoomFacade(this, room);
    onListenersChange(facade, 'message', (added) => this.#watchMessages(added));
    this.#rooms.set(room.uri, facade);
    return facade;
  }

  #relayEvents(): void {
    const { focus } = this.chat;
    const events = this.#events;
    focus.on('roomCreated', (room) => void events.emit('roomCreated', this.#facade(room)));
    focus.on('roomClosed', (room, reason) => {
      const facade = this.#facade(room);
      this.#rooms.delete(room.uri);
      this.#watchMessages();
      facade.emit('closed', reason);
      events.emit('roomClosed', facade);
    });
    focus.on('join', (room, member) => {
      const facade = this.#facade(room);
      const participant = facade.participant(member);
      facade.emit('join', participant);
      events.emit('join', facade, participant);
    });
    focus.on('leave', (room, member, { reason }) => {
      const facade = this.#facade(room);
      const participant = facade.participant(member);
      facade.emit('leave', participant, { reason });
      events.emit('leave', facade, participant, { reason });
    });
    focus.on('nickname', (room, member, change) => {
      const facade = this.#facade(room);
      const participant = facade.participant(member);
      facade.emit('nickname', participant, change);
      events.emit('nickname', facade, participant, change);
    });
    focus.on('configured', (room, { subject }) => {
      const facade = this.#facade(room);
      facade.emit('config', room.config);
      if (room.config.subject !== subject) facade.emit('subject', room.config.subject);
    });
    focus.on('audit', (room, entry) => {
      this.#onAudit(entry);
      const facade = this.#facade(room);
      facade.emit('audit', entry);
      events.emit('audit', facade, entry);
    });
    this.chat.limits.on('limit', (event) => void events.emit('limit', event));
    onListenersChange(events, 'message', (added) => this.#watchMessages(added));
  }

  /** A log that cannot be written does not undo the act, nor keep it from the listeners. */
  #onAudit(entry: AuditEntry): void {
    try {
      this.settings.onAudit?.(entry);
    } catch (error) {
      this.log.error({ error: asError(error).stack }, 'onAudit failed');
    }
  }

  /** Only while somebody listens: the switch collects and copies whole messages for it. */
  #watchMessages(added = false): void {
    const wanted =
      added ||
      this.#events.listenerCount('message') > 0 ||
      [...this.#rooms.values()].some((room) => room.listenerCount('message') > 0);
    if (wanted === this.#watching) return;
    this.#watching = wanted;
    if (wanted) this.chat.focus.on('message', this.#message);
    else this.chat.focus.off('message', this.#message);
  }

  readonly #message = (seen: SeenMessage): void => {
    const facade = this.#rooms.get(seen.room);
    if (!facade || facade.listenerCount('message') + this.#events.listenerCount('message') === 0) return;
    const message = chatMessage(seen);
    facade.emit('message', message);
    this.#events.emit('message', facade, message);
  };
}

/**
 * Calls `action` with true before a listener of `event` is added and with false after one was removed. Node's events of
 * that kind stand in no map of events, so the type of the emitter does not know them.
 */
function onListenersChange(emitter: object, event: string, action: (added: boolean) => void): void {
  const on = (name: string, listener: (name: string | symbol) => void): void => {
    EventEmitter.prototype.on.call(emitter, name, listener);
  };
  const adding = (name: string | symbol): void => {
    if (name === event) action(true);
  };
  const removed = (name: string | symbol): void => {
    if (name === event) action(false);
    // removeAllListeners() takes these away too, and itself last.
    if (name === 'newListener') queueMicrotask(install);
  };
  const install = (): void => {
    on('newListener', adding);
    on('removeListener', removed);
    action(false);
  };
  install();
}

const addresses = ({ tcp, tls, ws, wss }: Listening): MsrpAddresses => ({
  msrp: hostAndPort(tcp),
  ...(tls && { msrps: hostAndPort(tls) }),
  ...(ws && { ws: hostAndPort(ws) }),
  ...(wss && { wss: hostAndPort(wss) }),
});

const hostAndPort = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const roomHost = (req: SipRequest): string => /@([\w.-]+)/.exec(req.uri)?.[1] ?? 'chatroom';
