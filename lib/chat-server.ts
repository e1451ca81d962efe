/** The composition root: couples focus, switch and transports. It alone sees every folder. */
import { type Declarations, declarationsOf, Focus, type FocusOptions, SavedRooms } from './focus/index.js';
import type { EndpointMedia, Intake } from './focus-switch.js';
import type { LocalSession } from './sdp/index.js';
import { LocalPlane } from './media/local-plane.js';
import type { MediaPlane, MediaStats, SessionEnds } from './media/media-plane.js';
import { type Listening, MAX_MESSAGE_SIZE, type MsrpOptions } from './media/options.js';
import { WorkersPlane } from './media/workers/workers-plane.js';
import { type LoadReading, Overload, type OverloadLevel } from './overload/overload.js';
import { type Probe, ProcessProbe } from './overload/probe.js';
import { SqliteStore } from './store/sqlite.js';
import { addressComparison, hostsIn, type SameHost } from './transport/same-host.js';
import { type Clock, systemClock } from './util/clock.js';
import { LimitReports } from './util/limit-reports.js';
import { type Logger, silent } from './util/log.js';
import { newSessionId } from './msrp/index.js';

export type { Probe } from './overload/probe.js';
export type { SessionEnds } from './media/media-plane.js';
export type { Address, Listening, MsrpOptions, TlsOptions, WebSocketOptions } from './media/options.js';

export interface ChatServerOptions extends Omit<FocusOptions, 'clock' | 'log'> {
  msrp: MsrpOptions;
  /** Threads that MSRP runs in; 1 for this one. @defaultValue 1 */
  workers?: number;
  /** Ports between a listener of one of several workers and that of the next. @defaultValue 10 */
  workerPortStep?: number;
  /** Milliseconds that the event loop may be late, the mean of a second, before less is taken in. @defaultValue 500 */
  maxLoopDelay?: number;
  /** Octets of memory that the process may need; 80 % of it, and less is taken in. @defaultValue no bound */
  maxMemory?: number;
  /** @defaultValue of this process */
  probe?: () => Probe;
  clock?: Clock;
  log?: Logger;
  /** Directory in which rooms are kept that outlive the process. @defaultValue none: they do not */
  data?: string;
}

/** What there is at the moment, and what congestion came to since the start. */
export interface ServerStats extends MediaStats {
  /** Each counted once a room. */
  participants: number;
  /** Times that rooms could not be saved. */
  saveFailures: number;
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
  readonly #options: ChatServerOptions;
  #saved: SavedRooms | undefined;
  #overload: Overload | undefined;
  #draining = false;

  constructor(options: ChatServerOptions) {
    const { clock = systemClock, log = silent, msrp, workers = 1, workerPortStep: portStep } = options;
    this.#options = options;
    this.limits = new LimitReports({ clock, log });
    const limited: LimitReports['exceeded'] = (report, times) => this.limits.exceeded(report, times);
    const plane = { clock, log, msrp, limited };
    this.#plane = workers === 1 ? new LocalPlane(plane) : new WorkersPlane({ ...plane, workers, portStep });
    this.focus = new Focus({ ...options, clock, log, limited }, this.#plane.control);
    this.#plane.events = this.focus;
  }

  get #maxMessageSize(): number {
    return this.#options.msrp.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  /** Counted anew at every call. */
  get stats(): ServerStats {
    let participants = 0;
    for (const room of this.focus.rooms.values()) participants += room.participants.size;
    return {
      ...this.#plane.stats,
      participants,
      saveFailures: this.#saved?.failures ?? 0,
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
        close: () => own.close(),
      },
      changed: (level) => {
        if (!this.#draining) this.#plane.control.limitIntake(INTAKE[level]);
      },
    });
  }

  /**
   * Takes no joins and no messages from now on, and resolves when those that were taken have been written to everybody who
   * reads, at the latest after `patience` ms: what was acknowledged is not lost with the server.
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
   */
  async reloadCertificate(): Promise<void> {
    await this.#plane.reloadCertificate();
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

  /** Of the certificate that connections get from now on; undefined without TLS. */
  get fingerprint(): LocalSession['fingerprint'] {
    return this.#plane.fingerprint;
  }

  /**
   * A message of the room itself or of a program: a complete message/cpim body to some of its endpoints. Returns to how
   * many it goes.
   */
  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    return this.#plane.control.send(room, body, recipients);
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
export { AddressRanges, readBlock } from './transport/address-ranges.js';
export { isUriPattern, sameDeclarations } from './focus/index.js';
export type { SendRates } from './switch/rate.js';
export type {
  Act,
  Actor,
  AuditEntry,
  Ban,
  Declarations,
  Delivered,
  DocumentKind,
  EndpointHandle,
  EndpointOwner,
  EndReason,
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
