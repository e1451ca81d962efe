/** The MSRP switch (RFC 7701 §6): rooms, endpoints and their sessions; requests go to handlers, copies to outboxes. */
import type { Bus } from '../cluster/bus.js';
import { localBus } from '../cluster/local.js';
import type {
  EndpointMedia,
  Intake,
  LossReason,
  RoomMedia,
  SessionUsage,
  SwitchControl,
  SwitchEvents,
} from '../focus-switch.js';
import { type Admission, type Binding, parseMsrpUri, type Sessions } from '../msrp/index.js';
import type { Target } from '../sdp/index.js';
import type { Driver } from '../transport/driver.js';
import type { ConnectFailure, ConnectTarget } from '../transport/transport.js';
import { type BindSource, expectedOnConnection, type Misfit, misfit } from '../transport/trust.js';
import { type Clock, stopwatch } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import type { Logger } from '../util/log.js';
import { Budget } from './budget.js';
import type { SwitchEndpoint } from './endpoint.js';
import type { SlowReaderPolicy } from './congestion.js';
import { FanOut } from './fan-out.js';
import { missedNotice } from './notice.js';
import { OtherSwitches } from './others/other-switches.js';
import { OUTBOX_DEFAULTS, type OutboxOptions } from './outbox.js';
import { deliverOwn } from './own-message.js';
import { Place, type PlaceHost, type PlaceOptions } from './place.js';
import { Memory } from './memory.js';
import { type SendRates, Shares, UNLIMITED } from './rate.js';
import { RefusalLog } from './refusal-log.js';
import { SwitchRoom } from './room.js';
import type { Spool } from './spool.js';
import { Traffic, type TrafficTotals } from './traffic.js';

/** Where connections come from and go to. */
export interface SwitchTransport {
  readonly sessions: Sessions;
  /** Calls either `connected` or `failed`, once. */
  connect(target: ConnectTarget, connected: (driver: Driver) => void, failed: (why: ConnectFailure) => void): void;
  driverOf(session: SwitchEndpoint['session']): Driver | undefined;
  /** The stream below a connection; undefined for one that is not of this transport. */
  streamOf?(connection: Binding): Driver['stream'] | undefined;
  /** Calls `action` once, when all that was written in this turn was handed to the sockets. @defaultValue it calls it at once */
  flushed?(action: () => void): void;
}

export interface SwitchOptions {
  clock: Clock;
  log: Logger;
  transport: SwitchTransport;
  /** Octets of the largest message. @defaultValue 10485760 (P-LIM-06) */
  maxMessageSize?: number;
  /** Octets that may wait for one session. @defaultValue 16777216 */
  maxPendingBytes?: number;
  /** Octets that messages on their way may hold in memory, for all sessions. @defaultValue 268435456 */
  maxTotalPendingBytes?: number;
  /** How fast a participant may send. @defaultValue as fast as he can */
  rates?: SendRates | undefined;
  /** What becomes of messages for a session that is congested. @defaultValue 'drop' */
  slowReader?: SlowReaderPolicy;
  /** A session congested for so many ms ends, and so does one that takes nothing of what waits. @defaultValue 180000 (MSRP-21) */
  congestionTimeout?: number;
  /** Where octets go that slow readers still need. @defaultValue nowhere: copies that lag too far are given up */
  spool?: Spool;
  /** Octets that may wait for a session before its senders are slowed down, and of a message in memory. @defaultValue 1048576 */
  window?: number;
  /** Octets that the unfinished messages of all sessions may hold. @defaultValue 268435456 (P-RX-02) */
  maxPartialBytes?: number;
  /** Messages of one session that have begun and not ended. @defaultValue 32 (P-RX-02) */
  maxPartialMessages?: number;
  /** Octets of the largest message while no large ones are taken in. @defaultValue 65536 */
  largeMessage?: number;
  /** The peer must bind its session within so many ms. @defaultValue 30000 (P-CON-01) */
  bindTimeout?: number;
  /** From where it may. @defaultValue 'any' */
  bindSource?: BindSource;
  /** Milliseconds with fractions, for how long copies take. @defaultValue of this process */
  stopwatch?: () => number;
  /** To other switches that share rooms with this one. @defaultValue there are none */
  bus?: Bus;
}

/** What of it can change while the switch runs; what is left out has its default again. */
export type SwitchLimits = Pick<
  SwitchOptions,
  | 'maxMessageSize'
  | 'largeMessage'
  | 'maxPendingBytes'
  | 'maxTotalPendingBytes'
  | 'maxPartialMessages'
  | 'maxPartialBytes'
  | 'rates'
  | 'slowReader'
  | 'congestionTimeout'
  | 'spool'
>;

const MAX_PARTIAL_BYTES = 268_435_456;
const MAX_TOTAL_PENDING_BYTES = 268_435_456;

/** On its way to another switch there may be so many times what may wait for one session: who sends is slowed down, or not heard there. */
const IN_FLIGHT = 4;

/** What there is in a switch. */
export interface SwitchLoad {
  rooms: number;
  endpoints: number;
  /** Endpoints that read too slowly (7701-6.4-01). */
  congested: number;
  /** Octets that wait for endpoints. */
  pendingOctets: number;
  /** Octets held by messages that are not complete. */
  partialOctets: number;
  /** How many of the endpoints are connected, by `tcp`, `tls`, `ws` or `wss`. */
  transports: Readonly<Record<string, number>>;
}

/** Counted since the start; they only grow. */
export interface CongestionTotals {
  /** Sessions marked as congested, each time they were. */
  marks: number;
  /** Copies not delivered, or not to their end, because the reader was behind. */
  dropped: number;
  /** Sessions ended because they were congested for too long. */
  ended: number;
  /** Messages that told a reader how many it missed. */
  notices: number;
}

export class ChatSwitch implements SwitchControl {
  /** The focus; set by the composition root. */
  events!: SwitchEvents;
  /** Told of the members that other switches have in the rooms of this one. */
  readonly others: OtherSwitches;
  #options: SwitchOptions;
  readonly #budget: Budget;
  readonly #memory: Memory;
  #shares: Shares | undefined;
  readonly #traffic = new Traffic();
  readonly #fanOut: FanOut;
  readonly #refusals: RefusalLog;
  readonly #congestion: CongestionTotals = { marks: 0, dropped: 0, ended: 0, notices: 0 };
  readonly #rooms = new Map<string, SwitchRoom>();
  readonly #entries = new Map<string, Place>();
  /** What all places in a room have in common. */
  readonly #placeOptions = new WeakMap<SwitchRoom, PlaceOptions>();
  readonly #host = this.#placeHost();
  /** Octets of the largest message taken. */
  #intake: Readonly<Record<Intake, number>>;
  #taking: Intake = 'all';

  constructor(options: SwitchOptions) {
    this.#options = options;
    this.#intake = intakeOf(options);
    this.#budget = new Budget(options.maxPartialBytes ?? MAX_PARTIAL_BYTES);
    this.#memory = new Memory(options.maxTotalPendingBytes ?? MAX_TOTAL_PENDING_BYTES);
    this.#shares = options.rates && new Shares(options.rates, options.clock);
    this.#refusals = new RefusalLog(options.clock, options.log);
    this.#fanOut = new FanOut({
      histogram: this.#traffic.fanOut,
      watch: options.stopwatch ?? stopwatch,
      flushed: (action) => (options.transport.flushed ? options.transport.flushed(action) : action()),
    });
    const { window, maxPendingBytes } = this.#outboxLimits;
    this.others = new OtherSwitches({
      bus: options.bus ?? localBus(),
      clock: options.clock,
      room: (uri) => this.#rooms.get(uri),
      content: { window, spool: options.spool, meter: this.#memory },
      maxWhole: maxPendingBytes,
      budget: this.#budget,
      fanOut: this.#fanOut,
      slowAbove: window * IN_FLIGHT,
      most: maxPendingBytes * IN_FLIGHT,
    });
  }

  /** Other limits, for what comes from now on; what waits stays, also where less may wait now. */
  adjust(limits: SwitchLimits): void {
    this.#options = { ...this.#options, ...limits };
    const { maxPartialBytes, maxTotalPendingBytes, rates, spool } = this.#options;
    this.#intake = intakeOf(this.#options);
    this.#budget.resize(maxPartialBytes ?? MAX_PARTIAL_BYTES);
    this.#memory.resize(maxTotalPendingBytes ?? MAX_TOTAL_PENDING_BYTES);
    if (this.#shares) this.#shares.adjust(rates ?? UNLIMITED);
    else if (rates) this.#limitRates(rates);
    for (const room of this.#rooms.values()) this.#adjustIn(room);
    const { window, maxPendingBytes: maxWhole } = this.#outboxLimits;
    this.others.adjust({ content: { window, spool, meter: this.#memory }, maxWhole, most: maxWhole * IN_FLIGHT });
  }

  #limitRates(rates: SendRates): void {
    const shares = new Shares(rates, this.#options.clock);
    this.#shares = shares;
    for (const place of this.#entries.values()) place.share(shares);
  }

  /** The places in a room, and their outboxes, look at the very objects. */
  #adjustIn(room: SwitchRoom): void {
    const known = this.#placeOptions.get(room);
    if (!known) return;
    const { outbox, send, ...rest } = this.#optionsIn(room);
    Object.assign(known.outbox, outbox);
    Object.assign(known.send, send);
    Object.assign(known, rest);
  }

  /** Octets in memory of messages that are passed on while they arrive, or wait. */
  get held(): number {
    return this.#memory.octets;
  }

  /** What there is at the moment. */
  get load(): SwitchLoad {
    let congested = 0;
    let pendingOctets = 0;
    const transports: Record<string, number> = {};
    for (const { endpoint } of this.#entries.values()) {
      const { connection } = endpoint.session;
      const kind = connection && this.#options.transport.streamOf?.(connection)?.kind;
      if (kind) transports[kind] = (transports[kind] ?? 0) + 1;
      if (endpoint.outbox.congested) congested++;
      pendingOctets += endpoint.outbox.pending;
    }
    const partialOctets = this.#budget.taken;
    const [rooms, endpoints] = [this.#rooms.size, this.#entries.size];
    return { rooms, endpoints, congested, pendingOctets, partialOctets, transports };
  }

  /** What congestion came to since the start (RFC 7701 §6.4). */
  get congestion(): Readonly<CongestionTotals> {
    return this.#congestion;
  }

  /** What went through since the start. */
  get traffic(): TrafficTotals {
    return this.#traffic.totals([...this.#entries.values()].map(({ endpoint }) => endpoint.usage));
  }

  limitIntake(intake: Intake): void {
    this.#taking = intake;
  }

  openRoom(room: RoomMedia): void {
    const open = new SwitchRoom(room);
    this.#rooms.set(room.uri, open);
    this.#placeOptions.set(open, this.#optionsIn(open));
  }

  updateRoom(room: RoomMedia): void {
    this.#rooms.get(room.uri)?.update(room.rules);
  }

  isSettled(uri: string): boolean {
    const room = this.#rooms.get(uri);
    if (!room) return true;
    const isQuiet = room.members.every(({ handlers, outbox }) => handlers.send.partial === 0 && outbox.isSettled);
    return isQuiet && this.others.isSettled(room);
  }

  closeRoom(uri: string): void {
    this.#rooms.delete(uri);
  }

  addEndpoint(media: EndpointMedia): void {
    const room = this.#rooms.get(media.room);
    if (!room)
      throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `Room ${media.room} is not open; call openRoom first.`);
    // It was at another switch before.
    this.others.remove(media.id);
    const entry = new Place(media, room, this.#host, this.#placeOptions.get(room) ?? this.#optionsIn(room));
    const { endpoint } = entry;
    this.#entries.set(media.id, entry);
    if (!endpoint.atDoor) room.add(endpoint);
    this.#await(entry);
  }

  updateEndpoint(media: EndpointMedia): void {
    const entry = this.#entries.get(media.id);
    if (!entry) return;
    const { endpoint, room } = entry;
    // No re-INVITE, only another role: neither a new binding nor more time for one.
    if (media.session === endpoint.media.session) {
      const comesIn = endpoint.atDoor && media.atDoor !== true;
      endpoint.describe(media);
      if (comesIn) room.add(endpoint);
      return;
    }
    const { connection } = endpoint.session;
    const moved =
      media.session.peer.path.join(' ') !== endpoint.session.remotePath.join(' ') ||
      // What the new SDP promises of the connection may not be true of the one there is.
      (connection !== null && this.#misfit(connection, media) !== null);
    if (moved) {
      endpoint.handlers.send.lost();
      endpoint.outbox.detach();
    }
    room.remove(endpoint);
    // Found by its local URI, which is about to change (4975-8.2-01).
    this.#options.transport.sessions.delete(endpoint.session);
    endpoint.describe(media);
    this.#options.transport.sessions.add(endpoint.session);
    if (!endpoint.atDoor) room.add(endpoint);
    // 4975-8.4-03: an unchanged path keeps the session; a new one, or a lost connection, needs a new binding (4975-5.4-09).
    if (!moved && endpoint.session.connection) return;
    endpoint.session.connection?.release(endpoint.session);
    this.#await(entry);
  }

  removeEndpoint(id: string, over?: (usage: SessionUsage | null) => void): void {
    const entry = this.#entries.get(id);
    if (!entry) return over?.(null);
    this.#entries.delete(id);
    entry.bindTimer?.cancel();
    const { endpoint, room, throttle } = entry;
    endpoint.removed = true;
    room.remove(endpoint);
    throttle.close();
    endpoint.handlers.pace?.close();
    endpoint.handlers.send.close();
    endpoint.handlers.nickname.close();
    endpoint.outbox.close();
    this.#options.transport.sessions.delete(endpoint.session);
    endpoint.session.connection?.release(endpoint.session);
    const { usage } = endpoint;
    this.#traffic.ended(usage);
    over?.(usage);
  }

  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    const open = this.#rooms.get(room);
    return open ? deliverOwn(open, body, this.#options.clock.now(), recipients) : 0;
  }

  tell(id: string, body: Buffer): void {
    const entry = this.#entries.get(id);
    if (entry) deliverOwn(entry.room, body, this.#options.clock.now(), () => true, [entry.endpoint]);
  }

  pendingBytes(id: string): number {
    return this.#entries.get(id)?.endpoint.outbox.pending ?? 0;
  }

  #placeHost(): PlaceHost {
    // By getter, because the composition root sets the events later.
    const events = (): SwitchEvents => this.events;
    return {
      get events() {
        return events();
      },
      admits: (id, connection) => this.#admits(id, connection),
      bound: (id) => this.#bound(id),
      lost: (id, reason) => this.#lost(id, reason),
      driverOf: (session) => {
        const found = this.#options.transport.driverOf(session);
        // Several sessions on one connection come from a relay: the others would wait too.
        return found?.connection.sessions.size === 1 ? found : undefined;
      },
      missed: ({ id, room }, count) => {
        this.#options.log.info({ endpoint: id, room: room.uri, count }, 'messages not delivered');
        const { clock } = this.#options;
        const notice = missedNotice(room.uri, count, clock.date());
        this.#congestion.notices += deliverOwn(room, notice, clock.now(), (member) => member.id === id);
      },
      congested: ({ id, room, endpoint }, on) => {
        const { pending } = endpoint.outbox;
        if (on) this.#congestion.marks++;
        if (on) this.events.limited?.(id, 'maxPendingBytes', null);
        this.#options.log.debug({ endpoint: id, room: room.uri, pending }, on ? 'congested' : 'no longer congested');
        this.events.congested?.(id, on, pending);
      },
      dropped: (count) => void (this.#congestion.dropped += count),
      limited: ({ id }, limit, status) => {
        // What is refused because there is too much to do is told otherwise.
        if (limit !== 'maxMessageSize' || this.#taking === 'all') this.events.limited?.(id, limit, status);
      },
    };
  }

  get #outboxLimits(): Omit<OutboxOptions, 'clock' | 'congestedMaxSize'> {
    const { maxPendingBytes, slowReader, congestionTimeout, window } = this.#options;
    return {
      maxPendingBytes: maxPendingBytes ?? OUTBOX_DEFAULTS.maxPendingBytes,
      responseTimeout: OUTBOX_DEFAULTS.responseTimeout,
      slowReader: slowReader ?? OUTBOX_DEFAULTS.slowReader,
      congestionTimeout: congestionTimeout ?? OUTBOX_DEFAULTS.congestionTimeout,
      window: window ?? OUTBOX_DEFAULTS.window,
      memory: this.#memory,
    };
  }

  #optionsIn(room: SwitchRoom): PlaceOptions {
    const { clock, spool, maxPartialMessages = 32 } = this.#options;
    const outbox = { clock, ...this.#outboxLimits, congestedMaxSize: () => room.rules.congestedMaxSize };
    const send: PlaceOptions['send'] = {
      maxSize: () => this.#intake[this.#taking],
      chunkTimeout: () => room.rules.chunkTimeout,
      maxPartial: maxPartialMessages,
      maxHeld: outbox.maxPendingBytes,
      budget: this.#budget,
    };
    const content = { window: outbox.window, spool, meter: this.#memory };
    const [traffic, fanOut, refusals] = [this.#traffic, this.#fanOut, this.#refusals];
    return { outbox, send, shares: this.#shares, content, others: this.others, traffic, fanOut, refusals };
  }

  /** Waits for the peer's binding request, or connects when that is our part. */
  #await(entry: Place): void {
    const { clock, bindTimeout = 30_000, transport } = this.#options;
    const { endpoint } = entry;
    transport.sessions.add(endpoint.session);
    entry.bindTimer?.cancel();
    entry.bindTimer = clock.after(bindTimeout, () => this.#lost(endpoint.id, 'not-bound'));
    const target = endpoint.media.session.connectTo;
    if (target) this.#connect(entry, target);
  }

  #misfit(connection: Binding, { session }: EndpointMedia): Misfit | null {
    const stream = this.#options.transport.streamOf?.(connection);
    return stream ? misfit(stream, session, this.#options.bindSource) : null;
  }

  /** A request of the peer is about to bind its session to a connection. */
  #admits(id: string, connection: Binding): Admission {
    const media = this.#entries.get(id)?.endpoint.media;
    const problem = media ? this.#misfit(connection, media) : null;
    if (problem !== 'certificate') return problem === null ? 'bind' : 'refuse';
    // 4975-14.4-01: "the endpoint MUST tear down the media session immediately".
    this.#lost(id, 'bad-certificate');
    return 'close';
  }

  #connect(entry: Place, { host, port, tls }: Target): void {
    const { endpoint } = entry;
    // Another re-INVITE may come, or the peer may connect first, before this attempt succeeds (P-CON-04).
    const path = endpoint.session.remotePath;
    const wanted = (): boolean =>
      !endpoint.removed && !endpoint.session.connection && endpoint.session.remotePath === path;
    const connected = (driver: Driver): void => {
      if (!wanted()) {
        // Others may have their sessions on it (4975-5.4-03).
        if (driver.connection.sessions.size === 0) driver.connection.close('idle');
        return;
      }
      entry.opened = true;
      driver.connection.bind(endpoint.session);
    };
    const failed = (why: ConnectFailure): void => {
      if (wanted()) this.#lost(endpoint.id, why);
    };
    const { session } = endpoint.media;
    const target: ConnectTarget = {
      host: unbracketed(host),
      port,
      tls,
      // 4975-5.4-12: the host of the URI, even where CEMA connects elsewhere (RFC 6714 §4).
      name: unbracketed(parseMsrpUri(path[0])?.host ?? host),
      fingerprint: expectedOnConnection(session),
    };
    this.#options.transport.connect(target, connected, failed);
  }

  #bound(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const driver = this.#options.transport.driverOf(entry.endpoint.session);
    entry.bindTimer?.cancel();
    entry.bindTimer = undefined;
    if (driver) entry.endpoint.outbox.attach(driver, entry.opened);
    entry.opened = false;
    this.events.sessionBound(id, driver && { transport: driver.stream.kind, remote: driver.stream.remote });
  }

  #lost(id: string, reason: LossReason): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const { endpoint, throttle } = entry;
    if (reason === 'congested') this.#congestion.ended++;
    entry.bindTimer?.cancel();
    throttle.close();
    endpoint.handlers.pace?.resume();
    // What of its message arrived so far stays: re-created in the same dialog, the session goes on with it
    // (4975-7.3.1-06); removed, it ends.
    endpoint.handlers.send.lost();
    endpoint.outbox.detach();
    // A session that failed on a live connection is not bound to it any more.
    endpoint.session.connection?.release(endpoint.session);
    this.#options.log.debug({ endpoint: id, room: entry.room.uri, reason }, 'MSRP session lost');
    this.events.sessionLost(id, reason);
  }
}

const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

const intakeOf = ({
  maxMessageSize: all = 10_485_760,
  largeMessage = 65_536,
}: SwitchOptions): Readonly<Record<Intake, number>> => ({ all, small: Math.min(all, largeMessage), none: 0 });
