/** The composition root: couples focus, switch and transports. It alone sees every folder. */
import {
  type Declarations,
  declarationsOf,
  Focus,
  type FocusAdjustments,
  type FocusOptions,
  SavedRooms,
} from './focus/index.js';
import type { EndpointMedia, Intake } from './focus-switch.js';
import type { LocalSession } from './sdp/index.js';
import { LocalPlane } from './media/local-plane.js';
import type { MediaPlane, MediaStats, SessionEnds } from './media/media-plane.js';
import {
  type Listening,
  MAX_MESSAGE_SIZE,
  type MsrpLimits,
  type MsrpOptions,
  type TlsOptions,
} from './media/options.js';
import { WorkersPlane } from './media/workers/workers-plane.js';
import { type LoadReading, Overload, type OverloadLevel } from './overload/overload.js';
import { type Probe, ProcessProbe } from './overload/probe.js';
import { SqliteStore } from './store/sqlite.js';
import { addressComparison, hostsIn, type SameHost } from './transport/same-host.js';
import type { UpgradeRequest } from './transport/ws-upgrades.js';
import type { CreateServer } from './transport/tcp.js';
import type { TlsCredentials } from './transport/tls-credentials.js';
import { type Clock, systemClock } from './util/clock.js';
import { LimitReports } from './util/limit-reports.js';
import { type Logger, silent } from './util/log.js';
import { newSessionId } from './msrp/index.js';

export type { LoadReading, OverloadLevel } from './overload/overload.js';
export { type DelayReading, type Probe, ProcessProbe } from './overload/probe.js';
export type { MediaStats, SessionEnds } from './media/media-plane.js';
export type {
  Address,
  MsrpLimits,
  Listening,
  MsrpOptions,
  SharedWsOptions,
  TlsOptions,
  WebSocketOptions,
} from './media/options.js';
export type { KeptMessage } from './store/message-log.js';
export type { UpgradeRequest } from './transport/ws-upgrades.js';
export type { CreateServer } from './transport/tcp.js';

export interface ChatServerOptions extends Omit<FocusOptions, 'clock' | 'log'> {
  msrp: MsrpOptions;
  /** Threads that MSRP runs in; 1 for this one. @defaultValue 1 */
  workers?: number;
  /** Ports between a listener of one of several workers and that of the next. @defaultValue 10 */
  workerPortStep?: number;
  /** Milliseconds that the event loop may be late, the mean of a second, before less is taken in. @defaultValue 500 */
  maxLoopDelay?: number | undefined;
  /** Octets of memory that the process may need; 80 % of it, and less is taken in. @defaultValue no bound */
  maxMemory?: number | undefined;
  /** @defaultValue of this process */
  /** Told when overload begins, becomes another, or is over. @defaultValue nobody is told */
  loaded?: (level: OverloadLevel) => void;
  probe?: (() => Probe) | undefined;
  /** What MSRP over TCP runs over, in one thread. @defaultValue the sockets of Node */
  createServer?: CreateServer | undefined;
  clock?: Clock;
  log?: Logger;
  /** Directory in which rooms are kept that outlive the process. @defaultValue none: they do not */
  data?: string;
}

/** What of it can change while the server runs; what is left out has its default again. */
export interface Adjustments extends FocusAdjustments {
  msrp: MsrpLimits;
  maxLoopDelay?: number | undefined;
  maxMemory?: number | undefined;
}

/** What there is at the moment, and what congestion came to since the start. */
export interface ServerStats extends MediaStats {
  /** Each counted once a room. */
  participants: number;
  /** Times that rooms could not be saved. */
  saveFailures: number;
  /** Times that what was said in rooms could not be saved. */
  historyFailures: number;
  /** How often each limit was reached, by the name of its option; those that were not are not here. */
  limited: Readonly<Record<string, number>>;
  load: LoadReading;
  /** Times that there was more to do than could be done in time, or to keep than there is room for. */
  overloads: number;
}

const INTAKE: Readonly<Record<OverloadLevel, Intake>> = { none: 'all', shedding: 'small', full: 'none' };
const IDLE: LoadReading = { level: 'none', delay: { mean: 0, p99: 0, max: 0 }, rss: 0, needed: 0 };
/** Milliseconds between two looks whether all is said. */
const LOOK = 20;

export class ChatServer {
  readonly focus: Focus;
  /** What went beyond the limits. */
  readonly limits: LimitReports;
  readonly #plane: MediaPlane;
  #options: ChatServerOptions;
  #saved: SavedRooms | undefined;
  #overload: Overload | undefined;
  #draining = false;
  /** Who wants what connections carry to be told. */
  #onlookers = 0;

  constructor(options: ChatServerOptions) {
    const { clock = systemClock, log = silent, msrp, workers = 1, workerPortStep: portStep, createServer } = options;
    this.#options = options;
    this.limits = new LimitReports({ clock, log });
    const limited: LimitReports['exceeded'] = (report, times) => this.limits.exceeded(report, times);
    const plane = { clock, log, msrp, limited };
    this.#plane =
      workers === 1 ? new LocalPlane({ ...plane, createServer }) : new WorkersPlane({ ...plane, workers, portStep });
    this.focus = new Focus({ ...options, clock, log, limited }, this.#plane.control);
    this.#plane.events = this.focus;
  }

  get #maxMessageSize(): number {
    return this.#options.msrp.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  /**
   * Goes on with other limits and rooms, for what comes from now on; nobody who is in is sent away.
   *
   * @throws ChatroomsError as `Focus.checkAdjust`; nothing was changed then
   */
  adjust({ msrp, limits, rooms, maxLoopDelay, maxMemory }: Adjustments): void {
    const before = this.#options;
    this.focus.checkAdjust({ limits, rooms });
    this.#options = { ...before, msrp: { ...before.msrp, ...msrp }, limits, rooms, maxLoopDelay, maxMemory };
    this.#plane.adjust(msrp);
    this.#overload?.adjust({ maxDelay: maxLoopDelay, maxMemory });
    this.#saved?.reconfigured(Object.keys(rooms?.static ?? {}));
    this.focus.adjust({ limits, rooms });
  }

  /** Counted anew at every call. */
  get stats(): ServerStats {
    let participants = 0;
    for (const room of this.focus.rooms.values()) participants += room.participants.size;
    return {
      ...this.#plane.stats,
      participants,
      saveFailures: this.#saved?.failures ?? 0,
      historyFailures: this.#saved?.historyFailures ?? 0,
      load: this.#overload?.reading ?? IDLE,
      overloads: this.#overload?.began ?? 0,
      limited: this.limits.totals,
    };
  }

  /** Those who are inside need all there is: nobody else is to be let in. */
  get overloaded(): boolean {
    return (this.#overload?.level ?? 'none') !== 'none';
  }

  /**
   * Starts the MSRP listeners. Rejects with Node's error, its `listener` saying which, when a port cannot be had, and with
   * a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE` when the certificate cannot be used; then nothing listens.
   */
  async listen(): Promise<Listening> {
    try {
      const listening = await this.#plane.listen();
      this.#watchLoad();
      return listening;
    } catch (error) {
      this.#saved?.close();
      throw error;
    }
  }

  #watchLoad(): void {
    const { clock = systemClock, log = silent, maxLoopDelay: maxDelay, maxMemory, probe } = this.#options;
    const own = probe?.() ?? new ProcessProbe();
    this.#overload = new Overload({
      clock,
      log,
      maxDelay,
      maxMemory,
      probe: {
        delay: () => {
          const delay = own.delay();
          return { ...delay, mean: Math.max(delay.mean, this.#plane.delay) };
        },
        // Of other threads it knows only what is resident.
        memory: () => {
          const memory = own.memory();
          return { ...memory, heapUsed: memory.heapUsed + this.#plane.memory };
        },
        collect: () => own.collect(),
        close: () => own.close(),
      },
      changed: (level) => {
        if (!this.#draining) this.#plane.control.limitIntake(INTAKE[level]);
        this.#options.loaded?.(level);
      },
    });
  }

  /**
   * Takes no joins and no messages from now on, and resolves when those that were taken have been answered by everybody who
   * reads, at the latest after `patience` ms: what was acknowledged is not lost with the server. Written is not enough: a
   * BYE has a connection of its own, and who reads it first closes the other with what is unread in it.
   */
  async drain(patience: number): Promise<void> {
    const { clock = systemClock } = this.#options;
    this.#draining = true;
    this.focus.drain();
    this.#plane.control.limitIntake('none');
    for (let waited = 0; waited < patience && !this.#settled; waited += LOOK) {
      await new Promise<void>((resolve) => void clock.after(LOOK, resolve));
    }
  }

  get #settled(): boolean {
    const { control } = this.#plane;
    // All are asked at each look: workers answer before the next one.
    const settled = [...this.focus.rooms.keys()].map((uri) => control.isSettled?.(uri) ?? true);
    return settled.every(Boolean);
  }

  /**
   * Brings back the rooms that were kept, and keeps those there will be; before anybody asks for one. Idempotent.
   *
   * @throws ChatroomsError `CHAT_ERR_STORE` when they cannot be read, or nothing can be written
   */
  restore(): void {
    const { clock = systemClock, log = silent, data, rooms } = this.#options;
    if (data === undefined || this.#saved) return;
    const { focus } = this;
    const store = new SqliteStore(data, log);
    this.#saved = new SavedRooms({ focus, store, clock, log, configured: Object.keys(rooms?.static ?? {}) });
    this.#saved.restore();
  }

  /**
   * Reads the certificate and key files again; connections there are keep what they have. Rejects with a ChatroomsError
   * `CHAT_ERR_TLS_CERTIFICATE`, and the certificate there was stays in use.
   *
   * @param files where they are from now on; null for nowhere, so that one is made. @defaultValue where they were
   */
  async reloadCertificate(files?: TlsOptions['files'] | null): Promise<void> {
    await this.#plane.reloadCertificate(files);
  }

  /** Our side of a new session in `room` (7701-4-01), with a session-id of its own (4975-8.2-01). */
  localSession(room: string): Omit<LocalSession, 'originId' | 'previous'> {
    const ends = this.#plane.ends(room);
    return {
      sessionId: newSessionId(),
      ...ends,
      ...(ends.tls && { fingerprint: this.fingerprint }),
      forceTls: this.focus.configOf(room).tls === 'required',
      cema: this.#options.msrp.cema ?? false,
      maxSize: this.#maxMessageSize,
      ...this.declarations(room),
    };
  }

  /** Other ends for a session in `room` whose own are no more; null while they serve. */
  moved(room: string, ends: SessionEnds): SessionEnds | null {
    return this.#plane.moved(room, ends);
  }

  /**
   * Our session `uri` is being offered. What the peer says in it before its answer is here waits for the session, for 10 s
   * at most (RFC 3264 §5.1); to be called no later than the offer is sent. Returns what withdraws it: when the session is
   * there that has no effect, else those who wait hear 481.
   */
  announce(uri: string): () => void {
    return this.#plane.announce(uri);
  }

  /** What our SDP in `room` says of its policy at the moment. */
  declarations(room: string): Declarations {
    return declarationsOf(this.focus.configOf(room));
  }

  /**
   * 6714-4.4-01: how hosts are compared while this SDP is looked at, its names resolved; undefined without CEMA. Never
   * rejects.
   */
  async sameHost(sdp: string): Promise<SameHost | undefined> {
    const { clock = systemClock, msrp } = this.#options;
    if (!msrp.cema) return undefined;
    return addressComparison(hostsIn(sdp), { clock, resolve: msrp.resolve });
  }

  /** Takes over what asks an HTTP server of somebody else for MSRP over WebSocket, and answers it. */
  upgrade(asked: UpgradeRequest): void {
    this.#plane.upgrade(asked);
  }

  /** Of the certificate that connections get from now on; undefined without TLS. */
  get fingerprint(): LocalSession['fingerprint'] {
    return this.#plane.credentials?.fingerprints;
  }

  /** What TLS shows, and whom it believes; undefined without TLS, and before `listen`. */
  get credentials(): TlsCredentials | undefined {
    return this.#plane.credentials;
  }

  /**
   * A message of the room itself or of a program: a complete message/cpim body to some of its endpoints. Returns to how
   * many it goes.
   */
  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    return this.#plane.control.send(room, body, recipients);
  }

  /** Octets that wait for an endpoint; undefined where only its congestion is told of. */
  pendingBytes(endpoint: string): number | undefined {
    return this.#plane.control.pendingBytes?.(endpoint);
  }

  /**
   * What the MSRP connections of worker threads carry is told on the channels of this thread too (lib/util/channels.ts), from
   * the first `true` until as many `false`.
   */
  tellOctets(on: boolean): void {
    this.#onlookers += on ? 1 : -1;
    if (this.#onlookers === (on ? 1 : 0)) this.#plane.control.tellOctets?.(on);
  }

  /** Ends every room, flushes and closes. */
  async close(): Promise<void> {
    this.focus.shutdown();
    this.#overload?.close();
    this.#saved?.close();
    await this.#plane.close();
    this.limits.close();
  }
}

// What the SIP face and the program exchange with the focus; they import nothing below this file.
export { MAX_MESSAGE_SIZE } from './media/options.js';
export { AddressRanges, readBlock } from './transport/address-ranges.js';
export { isUriPattern, sameDeclarations } from './focus/index.js';
export type { Confirm } from './focus-switch.js';
export type { SendRates } from './switch/rate.js';
export type { CongestionTotals, SwitchLoad } from './switch/switch.js';
export type { TrafficTotals } from './switch/traffic.js';
export type { SeatTrace } from './util/channels.js';
export type { HistogramData } from './util/histogram.js';
export { FAN_OUT_BOUNDS } from './switch/traffic.js';
export type {
  Act,
  Actor,
  AuditEntry,
  Ban,
  Declarations,
  Delivered,
  DocumentKind,
  Endpoint,
  EndpointHandle,
  EndpointOwner,
  EndReason,
  FanoutPolicy,
  Focus,
  Identity,
  InvitationOwner,
  InviteeHandle,
  InviteOutcome,
  InviteRequest,
  JoinRequest,
  LeaveDetails,
  Member,
  MemberSnapshot,
  Notification,
  Participant,
  LegKind,
  PeerProfile,
  Role,
  Room,
  RoomConfig,
  RoomConfigChange,
  RoomCreation,
  RoomOrigin,
  RoomSnapshot,
  RoomGate,
  RosterPolicy,
  Sender,
  Standing,
  Subscriber,
  Subscription,
  WatchRequest,
} from './focus/index.js';
