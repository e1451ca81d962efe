import { randomInt } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { ChatServer, type RoomConfigChange, type RoomOrigin } from '../lib/chat-server.js';
import { tagOf } from '../lib/embedded-drachtio/message/index.js';
import { type Clock, systemClock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import type { Logger } from '../lib/util/log.js';
import { inTime } from './admission.js';
import type { Face, OpenDialog } from './face.js';
import type { Ground } from './ground.js';
import { ALLOW, header, isRefusal, warning } from './sip/header-values.js';
import { warningText } from './sip/warning-text.js';
import { firstDomain, mayBeCalled, requireServed, type Target, targetOf } from './sip/interception.js';
import { Factory } from './factory/factory.js';
import { Authenticator } from './identity/authenticator.js';
import { Challenge } from './identity/digest/challenge.js';
import { Calls } from './invite/calls.js';
import { handleInvite } from './invite/invite.js';
import { Audio } from './media/audio.js';
import { DialOut } from './invitations/dial-out.js';
import type { Invitations } from './invitations/invitations.js';
import { OfferTurns } from './invite/offer-turns.js';
import { joinRate } from './limits/in-force.js';
import { JoinLimit } from './limits/join-limit.js';
import { reportRefusal } from './limits/refusals.js';
import { msrpRefusals, refusals } from './limits/refused.js';
import type { ChatroomSettings, RoomOptions } from './options/options.js';
import { parseRoomOptions } from './options/parse-options.js';
import { MessageGate } from './message-gate.js';
import { addresses } from './options/msrp-addresses.js';
import { handleOptions } from './sip/options-request.js';
import { Pending } from './pending.js';
import { adjustmentsOf } from './reload/adjustments.js';
import { Referrals } from './refer/referrals.js';
import { type RoomUri, roomFrom } from './sip/room-uri.js';
import type { Room } from './rooms-api.js';
import { RoomFacades } from './rooms/room-facades.js';
import { asError } from './drachtio/drachtio-error.js';
import { taggedContact } from './handset/feature-tags.js';
import { focusContact, SrfAdapter } from './drachtio/srf-adapter.js';
import type { ControlSocket, SipRequest, SipResponse, SrfLike } from './drachtio/srf-types.js';
import { handleRegister, type RegisterOptions } from './registration/register.js';
import { Users } from './registration/users.js';
import type { ChatroomsStats, ServerEvents } from './server-events.js';
import { Subscriptions } from './subscribe/subscribe.js';

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
  readonly calls: Calls;
  readonly users: Users;
  readonly #factory: Factory;
  #settings: ChatroomSettings;
  #joins: JoinLimit | undefined;
  readonly #events: EventEmitter<ServerEvents>;
  readonly #rooms: RoomFacades;
  #listening: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #drained = false;

  constructor(
    settings: ChatroomSettings,
    events: EventEmitter<ServerEvents>,
    { clock = systemClock, probe, createServer }: Ground = {},
  ) {
    this.#settings = settings;
    this.clock = clock;
    this.log = settings.logger;
    this.#events = events;
    this.audio = settings.audio && new Audio(settings.audio, { clock, log: this.log });
    this.authenticator = new Authenticator(settings, clock);
    const { msrp, ...adjustments } = this.#adjustments(settings);
    const sessionMatch = settings.interop.strict ? 'uri' : settings.msrp.sessionMatch;
    this.chat = new ChatServer({
      clock,
      log: this.log,
      ...adjustments,
      msrp: { ...settings.msrp, ...msrp, sessionMatch },
      probe,
      createServer,
      workers: settings.workers,
      workerPortStep: settings.workerPortStep,
      ...(settings.data !== 'memory' && { data: settings.data }),
      // A frame that drachtio-server cannot read is never sent (DRA-G1).
      mayNotify: () => this.adapter.isFree,
      loaded: (level) => void events.emit('overload', level),
      gate: new MessageGate(this),
      maxDocumentSize: () => {
        const { maxDocumentSize = Number.POSITIVE_INFINITY } = this.settings.limits;
        return Math.min(maxDocumentSize, this.adapter.maxBody);
      },
    });
    const refused = refusals(events, clock, this.log);
    this.calls = new Calls({ clock, log: this.log, newId: () => this.chat.focus.newEndpointId(), refused });
    this.adapter = new SrfAdapter({
      clock,
      log: this.log,
      answers: this.calls,
      reconnected: (lost) => this.#reconnected(lost),
    });
    this.#joins = this.#joinLimit();
    this.subscriptions = new Subscriptions(this);
    this.#factory = new Factory(this);
    this.referrals = new Referrals(this);
    this.users = new Users(clock, {
      online: (user) => {
        this.log.debug({ user: user.uri, expires: user.expires }, 'user online');
        events.emit('user:online', user);
      },
      offline: (user, reason) => {
        this.log.debug({ user: user.uri, reason }, 'user offline');
        events.emit('user:offline', user, { reason });
      },
    });
    this.invitations = new DialOut(this);
    this.#rooms = new RoomFacades(this, events);
    this.chat.focus.on('refused', msrpRefusals(events, clock, this.log));
    this.chat.limits.on('limit', (event) => void events.emit('limit', event));
  }

  get settings(): ChatroomSettings {
    return this.#settings;
  }

  #adjustments(settings: ChatroomSettings): ReturnType<typeof adjustmentsOf> {
    return adjustmentsOf(settings, (name, config) => this.#servedUri(name, config, settings).uri);
  }

  #joinLimit(): JoinLimit | undefined {
    const rate = joinRate(this.settings);
    const reply: Face['adapter']['reply'] = (...answer) => this.adapter.reply(...answer);
    const trusts = (address: string): boolean => this.trusts(address);
    return rate && new JoinLimit({ clock: this.clock, rate, limits: this.chat.limits, trusts, reply });
  }

  /**
   * Goes on with other settings, all or nothing; of what cannot change they say what holds. Rejects with a ChatroomsError:
   * `CHAT_ERR_DRAINING`, `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_DOMAIN`, `CHAT_ERR_ROOM_EXISTS`, `CHAT_ERR_TOO_MANY_ROOMS`,
   * `CHAT_ERR_CREDENTIAL_SOURCE`, `CHAT_ERR_TLS_CERTIFICATE`.
   */
  async adjust(settings: ChatroomSettings): Promise<void> {
    if (this.closing) throw stopping();
    const adjustments = this.#adjustments(settings);
    // Before anything else is touched; it is looked at again below, as rooms may come meanwhile.
    this.chat.focus.checkAdjust(adjustments);
    const identity = await this.authenticator.prepare(settings);
    const before = this.#settings;
    try {
      await this.chat.reloadCertificate(settings.msrp.tls?.files ?? null);
      // The gate looks at them.
      this.#settings = settings;
      this.chat.adjust(adjustments);
    } catch (error) {
      this.#settings = before;
      identity.cancel();
      throw error;
    }
    identity.commit();
    if (!isDeepStrictEqual(joinRate(before), joinRate(settings))) this.#joins = this.#joinLimit();
  }

  trusts(address: string): boolean {
    return this.authenticator.trusts(address);
  }

  /** What there is at the moment, and what was counted since the start. */
  get stats(): ChatroomsStats {
    return { ...this.chat.stats, sip: { ...this.calls.totals, dialogs: this.dialogs.size } };
  }

  get draining(): boolean {
    return this.#closed !== undefined;
  }

  originOf(room: RoomUri): RoomOrigin | null {
    return this.chat.focus.room(room.uri)?.origin ?? null;
  }

  /** By URI. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms.all;
  }

  room(nameOrUri: string): Room | undefined {
    const found = this.chat.focus.room(this.roomUri(nameOrUri).uri);
    return found && this.#rooms.of(found);
  }

  /** @throws ChatroomsError `CHAT_ERR_ROOM_UNKNOWN` */
  existing(nameOrUri: string): Room {
    const room = this.room(nameOrUri);
    if (room) return room;
    throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `There is no room ${nameOrUri}; create it first.`);
  }

  create(nameOrUri: string, options: RoomOptions = {}): Room {
    this.requireOpen();
    const config = parseRoomOptions(options, this.settings.msrp.tls !== undefined);
    return this.#rooms.of(this.chat.focus.create(this.#servedUri(nameOrUri, config, this.settings).uri, config));
  }

  /** @throws ChatroomsError `CHAT_ERR_ROOM_URI`, or `CHAT_ERR_ROOM_DOMAIN` where nobody could call the room */
  #servedUri(nameOrUri: string, { aliases = [] }: RoomConfigChange, settings: ChatroomSettings): RoomUri {
    const room = this.roomUri(nameOrUri);
    requireServed(room, aliases, settings);
    return room;
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

  async listen(): Promise<void> {
    this.requireOpen();
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /** @throws ChatroomsError `CHAT_ERR_DRAINING` once it was closed: what would be opened now nobody would close */
  requireOpen(): void {
    if (this.draining) throw stopping();
  }

  async #listen(): Promise<void> {
    // FAC-14: before anything waits, so that nobody finds his room missing.
    this.chat.restore();
    this.#warnOfUnserved();
    await this.authenticator.open();
    const { others, ...first } = await this.chat.listen();
    // SDP-13: from the first call on.
    await this.audio?.start();
    this.#events.emit('listening', { ...addresses(first), ...(others && { others: others.map(addresses) }) });
  }

  /** Rooms that were kept while `domain` was another one: they are there, but nobody comes to them. */
  #warnOfUnserved(): void {
    const lost = [...this.chat.focus.rooms.values()].filter(
      ({ uri, config }) => !mayBeCalled(this.roomUri(uri), config.aliases, this.settings),
    );
    if (lost.length > 0)
      this.log.warn({ rooms: lost.length, first: lost[0].uri }, 'saved rooms in no domain of option domain');
  }

  /** No joins are taken any more, or nobody is to be in. */
  get closing(): boolean {
    return this.#drained;
  }

  /** 503 to joins; resolves when the last of those who are in has left, at the latest after `timeout` ms. */
  async drain(timeout: number): Promise<void> {
    this.#takeNoMore();
    await this.dialogs.gone(this.clock, timeout);
  }

  #takeNoMore(): void {
    if (this.#drained) return;
    this.#drained = true;
    this.chat.focus.drain();
    this.#events.emit('draining');
  }

  /** 503 to joins, BYE to participants, the end of subscriptions; then the MSRP side closes. */
  close(timeout = DRAIN_TIMEOUT): Promise<void> {
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  async #close(timeout: number): Promise<void> {
    this.#takeNoMore();
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
    const target = await targetOf(req, this.settings, {
      find: (uri) => this.chat.focus.room(uri)?.uri,
      inTime: (answer) => inTime(this.clock, answer),
    });
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
    if (target.is === 'unknown') {
      // Rooms end while it drains, which is not to be taken for there being none: another server may have it, or this one soon.
      if (this.#drained && SHED.has(req.method)) return this.#shed(req, res);
      return this.adapter.reply(req, res, 404);
    }
    if (this.chat.overloaded && SHED.has(req.method)) return this.#shed(req, res);
    if (this.#drained && req.method === 'INVITE') return this.#shed(req, res);
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
    if (error instanceof Challenge && error.sipStatus !== undefined) {
      return this.adapter.reply(req, res, error.sipStatus, { headers: error.headers, error });
    }
    if (error instanceof ChatroomsError && isRefusal(error.sipStatus)) {
      reportRefusal(this, req, error);
      const text = warningText(error, this.settings.profile);
      const headers: Record<string, string> = text === null ? {} : { Warning: warning(roomHost(req), text) };
      if (error.sipStatus === 503) headers['Retry-After'] = '10';
      this.adapter.reply(req, res, error.sipStatus, { headers, error });
      return;
    }
    this.log.error({ method: req.method, callId: req.get('Call-ID'), error: asError(error).stack }, 'unexpected');
    this.adapter.reply(req, res, 500, { error: { message: asError(error).message } });
  }

  #reconnected(lost: ReadonlySet<ControlSocket>): void {
    this.log.warn({ dialogs: this.dialogs.size }, 'ending the dialogs of the lost control connection');
    // Before the rooms end that nobody is in any more, and with them their subscriptions.
    this.subscriptions.abandoned(lost);
    this.referrals.abandoned(lost);
    for (const dialog of this.dialogs) dialog.abandoned(lost);
  }
}

const stopping = (): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_DRAINING', 'The server is about to stop.', { sipStatus: 503 });

const roomHost = (req: SipRequest): string => /@([\w.-]+)/.exec(req.uri)?.[1] ?? 'chatroom';
