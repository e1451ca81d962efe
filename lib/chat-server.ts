/** The composition root: couples focus, switch and transports. It alone sees every folder. */
import { type Declarations, declarationsOf, Focus, type FocusOptions, SavedRooms } from './focus/index.js';
import type { EndpointMedia } from './focus-switch.js';
import type { LocalSession } from './sdp/index.js';
import type { SlowReaderPolicy } from './switch/congestion.js';
import type { SendRates } from './switch/rate.js';
import { ChatSwitch, type CongestionTotals, type SwitchLoad } from './switch/switch.js';
import { SqliteStore } from './store/sqlite.js';
import { DiskSpool } from './transport/disk-spool.js';
import { reachableHost } from './transport/reachable.js';
import { addressComparison, hostsIn, type Resolve, type SameHost } from './transport/same-host.js';
import type { HandshakeLimits } from './transport/handshakes.js';
import { MsrpServer, type MsrpServerOptions } from './transport/msrp-server.js';
import { TcpListener } from './transport/tcp.js';
import { TlsListener } from './transport/tls.js';
import { TlsCredentials } from './transport/tls-credentials.js';
import { WsListener } from './transport/ws.js';
import type { Door, Listener } from './transport/transport.js';
import { type Clock, systemClock } from './util/clock.js';
import { type LimitReport, LimitReports } from './util/limit-reports.js';
import { type Logger, silent } from './util/log.js';
import { newSessionId, type SessionMatch } from './msrp/index.js';

export interface Address {
  host: string;
  port: number;
}

/** MSRP over TLS. */
export interface TlsOptions {
  /** Where to listen; port 0 takes a free one. */
  listen: Address;
  /** PEM files; without them a self-signed certificate is made at start. */
  files?: { cert: string; key: string };
  /** PEM file of further CAs that those we connect to may have their certificate from. */
  ca?: string;
  /** OpenSSL list of cipher suites. @defaultValue AEAD suites of TLS 1.2 and 1.3 */
  ciphers?: string;
}

/** MSRP over WebSocket (RFC 7977). */
export interface WebSocketOptions {
  /** Where to listen; port 0 takes a free one. */
  listen: Address;
  /** Where peers connect to. @defaultValue `MsrpOptions.advertise`, and the port listened on */
  advertise?: Address;
  /** Origins of the pages let in, like `https://chat.example.com`. @defaultValue any */
  origins?: readonly string[];
}

/** Where MSRP listens. */
export interface Listening {
  tcp: Address;
  tls?: Address;
  ws?: Address;
  wss?: Address;
}

export interface MsrpOptions {
  /** Where to listen for MSRP over TCP; port 0 takes a free one. */
  listen: Address;
  /** Host written into `a=path`. @defaultValue the address listened on; for a wildcard the machine's first address */
  advertise?: string;
  /** MSRP over TLS beside it. @defaultValue none */
  tls?: TlsOptions;
  /**
   * MSRP over plain WebSocket: with `advertise` behind something that ends TLS there, without it for this machine alone
   * (7977-5.1-02). @defaultValue none
   */
  ws?: WebSocketOptions;
  /** MSRP over WebSocket with the certificate of `tls`, without which it is not opened. @defaultValue none */
  wss?: WebSocketOptions;
  /** How a To-Path finds its session. @defaultValue `'uri'` */
  sessionMatch?: SessionMatch;
  /** Sessions may be anchored at a middlebox: RFC 6714. @defaultValue `false` */
  cema?: boolean;
  /** For CEMA, which compares hosts by address. @defaultValue the resolver of the system */
  resolve?: Resolve;
  /** Octets of the largest message taken; also written as `a=max-size`. @defaultValue 10485760 (P-LIM-06) */
  maxMessageSize?: number;
  /** Octets that may wait for one slow reader. @defaultValue 16777216 */
  maxPendingBytes?: number;
  /** Octets that messages on their way may hold in memory, for all readers. @defaultValue 268435456 */
  maxTotalPendingBytes?: number;
  /** Messages of one session that have begun and not ended. @defaultValue 32 (P-RX-02) */
  maxPartialMessages?: number;
  /** Octets that the unfinished messages of all sessions may hold. @defaultValue 268435456 (P-RX-02) */
  maxPartialBytes?: number;
  /** How fast a participant may send. @defaultValue as fast as he can */
  rates?: SendRates | undefined;
  /** Connections at once. @defaultValue 10000 */
  maxConnections?: number;
  /** Those on which no session is bound yet; the oldest of more are closed. @defaultValue 1000 */
  maxUnboundConnections?: number;
  /** The same from one address, or one /64 of IPv6. @defaultValue no other limit */
  maxUnboundPerAddress?: number | undefined;
  /** Sessions bound to one connection, as relays have them. @defaultValue 1000 */
  maxSessionsPerConnection?: number;
  /** Header lines of a frame. @defaultValue 64 (P-LIM-02) */
  maxHeaderLines?: number;
  /**
   * What becomes of messages for a reader with 80 % of that waiting: `drop` none is delivered, and it is told how many
   * when it has caught up; `skip-large` only small ones are; `disconnect` ends it with BYE at once. @defaultValue 'drop'
   */
  slowReader?: SlowReaderPolicy;
  /** A reader in that state for so many ms gets BYE, and so does one that takes nothing at all. @defaultValue 180000 */
  congestionTimeout?: number;
  /** Octets of the temporary files that keep large messages for slow readers; 0 for none. @defaultValue 4294967296 */
  maxSpoolBytes?: number;
  /** Where those files are. @defaultValue the system's directory for temporary files */
  spoolDirectory?: string;
  /** Take a Message-ID of up to 64 characters. @defaultValue `false` */
  lenientMessageId?: boolean;
}

export interface ChatServerOptions extends Omit<FocusOptions, 'clock' | 'log'> {
  msrp: MsrpOptions;
  clock?: Clock;
  log?: Logger;
  /** Directory in which rooms are kept that outlive the process. @defaultValue none: they do not */
  data?: string;
}

/** What there is at the moment, and what congestion came to since the start. */
export interface ServerStats extends SwitchLoad {
  /** Each counted once a room. */
  participants: number;
  /** MSRP connections. */
  connections: number;
  /** MSRP sessions, bound to one of them or not. */
  sessions: number;
  congestion: CongestionTotals;
  /** Times that rooms could not be saved. */
  saveFailures: number;
  /** How often each limit was reached, by the name of its option; those that were not are not here. */
  limited: Readonly<Record<string, number>>;
}

/** P-LIM-06. */
const MAX_MESSAGE_SIZE = 10_485_760;
/** More than come back at once when a network does, and few enough to hold. */
const MAX_UNBOUND = 1000;
/** A WebSocket message is a chunk, of at most the largest message, and octets of what stands around that. */
const MAX_HEAD = 65_536;
/** */
const LONG_MESSAGE_ID = 64;

export class ChatServer {
  readonly focus: Focus;
  /** What went beyond the limits. */
  readonly limits: LimitReports;
  readonly #switch: ChatSwitch;
  readonly #msrp: MsrpServer;
  readonly #options: ChatServerOptions;
  #listening: Listening | undefined;
  #credentials: TlsCredentials | undefined;
  #saved: SavedRooms | undefined;

  constructor(options: ChatServerOptions) {
    const { clock = systemClock, log = silent } = options;
    const { maxSpoolBytes, spoolDirectory } = options.msrp;
    this.#options = options;
    this.limits = new LimitReports({ clock, log });
    const limited = (report: LimitReport): void => this.limits.exceeded(report);
    const clientContext = (): TlsCredentials['client'] | undefined => this.#credentials?.client;
    const { maxConnections, maxUnboundPerAddress: perAddress, sessionMatch } = options.msrp;
    this.#msrp = new MsrpServer({
      clock,
      log,
      clientContext,
      sessionMatch,
      connection: connectionLimits(options.msrp),
      maxConnections,
      unbound: { all: options.msrp.maxUnboundConnections ?? MAX_UNBOUND, perAddress },
      limited,
    });
    this.#switch = new ChatSwitch({
      clock,
      log,
      transport: this.#msrp,
      maxMessageSize: this.#maxMessageSize,
      maxPendingBytes: options.msrp.maxPendingBytes,
      maxTotalPendingBytes: options.msrp.maxTotalPendingBytes,
      maxPartialMessages: options.msrp.maxPartialMessages,
      maxPartialBytes: options.msrp.maxPartialBytes,
      rates: options.msrp.rates,
      slowReader: options.msrp.slowReader,
      congestionTimeout: options.msrp.congestionTimeout,
      spool:
        maxSpoolBytes === 0 ? undefined : new DiskSpool({ directory: spoolDirectory, maxBytes: maxSpoolBytes, log }),
    });
    this.focus = new Focus({ ...options, clock, log, limited }, this.#switch);
    this.#switch.events = this.focus;
  }

  get #maxMessageSize(): number {
    return this.#options.msrp.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  /** Counted anew at every call. */
  get stats(): ServerStats {
    let participants = 0;
    for (const room of this.focus.rooms.values()) participants += room.participants.size;
    const { load, congestion } = this.#switch;
    const saveFailures = this.#saved?.failures ?? 0;
    const { connections, sessions } = this.#msrp;
    return {
      ...load,
      participants,
      connections,
      sessions: sessions.size,
      congestion: { ...congestion },
      saveFailures,
      limited: this.limits.totals,
    };
  }

  /**
   * Starts the MSRP listeners. Rejects with Node's error, its `listener` saying which, when a port cannot be had, and with
   * a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE` when the certificate cannot be used; then nothing listens.
   */
  async listen(): Promise<Listening> {
    const { clock = systemClock, log = silent, msrp } = this.#options;
    try {
      const listening: Listening = { tcp: await this.#open('tcp', (door) => new TcpListener(msrp.listen, door)) };
      if (msrp.tls) {
        const { listen } = msrp.tls;
        const options = { clock, log, credentials: await this.#openCredentials(msrp.tls), ...this.#handshakes };
        listening.tls = await this.#open('tls', (door) => new TlsListener(listen, door, options));
      }
      if (msrp.ws) listening.ws = await this.#openWebSocket('ws', msrp.ws);
      if (msrp.wss && this.#credentials) {
        listening.wss = await this.#openWebSocket('wss', msrp.wss, this.#credentials);
      }
      this.#listening = listening;
      return listening;
    } catch (error) {
      this.#credentials?.close();
      this.#saved?.close();
      await this.#msrp.close();
      throw error;
    }
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

  async #open(listener: keyof Listening, create: (door: Door) => Listener): Promise<Address> {
    try {
      return await this.#msrp.listen(create);
    } catch (error) {
      throw Object.assign(error as Error, { listener });
    }
  }

  /** Who has not even finished his handshake is as good as one who has not said whom he means. */
  get #handshakes(): HandshakeLimits {
    const { maxUnboundConnections: maxHandshakes, maxUnboundPerAddress: maxHandshakesPerAddress } = this.#options.msrp;
    return { maxHandshakes, maxHandshakesPerAddress };
  }

  #openWebSocket(
    name: 'ws' | 'wss',
    { listen, origins, advertise }: WebSocketOptions,
    credentials?: TlsCredentials,
  ): Promise<Address> {
    const { clock = systemClock } = this.#options;
    const maxPayload = this.#maxMessageSize + MAX_HEAD;
    const tlsElsewhere = advertise !== undefined;
    const options = { clock, maxPayload, origins, credentials, tlsElsewhere, ...this.#handshakes };
    return this.#open(name, (door) => new WsListener(listen, door, options));
  }

  async #openCredentials({ listen, files, ca, ciphers }: TlsOptions): Promise<TlsCredentials> {
    const { clock = systemClock, log = silent } = this.#options;
    const hosts = [this.#advertised(listen)];
    this.#credentials = await TlsCredentials.open({ clock, log, files, ca, ciphers, hosts });
    return this.#credentials;
  }

  /**
   * Reads the certificate and key files again; connections there are keep what they have. Rejects with a ChatroomsError
   * `CHAT_ERR_TLS_CERTIFICATE`, and the certificate there was stays in use.
   */
  async reloadCertificate(): Promise<void> {
    await this.#credentials?.reload();
  }

  /** What peers are to connect to, of an address listened on. */
  #advertised({ host }: Address): string {
    return unbracketed(this.#options.msrp.advertise ?? reachableHost(host));
  }

  /** Our side of a new session in `room` (7701-4-01), with a session-id of its own (4975-8.2-01). */
  localSession(room: string): Omit<LocalSession, 'originId' | 'previous'> {
    if (!this.#listening) throw new Error('not listening');
    const { tcp, tls } = this.#listening;
    const advertised = (address: Address): Address => ({ host: this.#advertised(address), port: address.port });
    return {
      sessionId: newSessionId(),
      tcp: advertised(tcp),
      ...(tls && { tls: advertised(tls), fingerprint: this.fingerprint }),
      ...this.#webSockets(),
      forceTls: this.focus.configOf(room).tls === 'required',
      cema: this.#options.msrp.cema ?? false,
      maxSize: this.#maxMessageSize,
      ...this.declarations(room),
    };
  }

  /**
   * Our session `uri` is being offered. What the peer says in it before its answer is here waits for the session, for 10 s
   * at most (RFC 3264 §5.1); to be called no later than the offer is sent. Returns what withdraws it: when the session is
   * there that has no effect, else those who wait hear 481.
   */
  announce(uri: string): () => void {
    return this.#msrp.sessions.announce(uri);
  }

  /** What our SDP in `room` says of its policy at the moment. */
  declarations(room: string): Declarations {
    return declarationsOf(this.focus.configOf(room));
  }

  /** Our ends for peers that open a WebSocket. */
  #webSockets(): Pick<LocalSession, 'ws' | 'plainWs'> {
    const { ws, wss } = this.#options.msrp;
    const bound = this.#listening;
    return {
      ...(bound?.wss && { ws: wss?.advertise ?? { host: this.#advertised(bound.wss), port: bound.wss.port } }),
      ...(bound?.ws && (ws?.advertise ? { ws: { ...ws.advertise, tlsElsewhere: true } } : { plainWs: bound.ws })),
    };
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
    return this.#credentials?.fingerprints;
  }

  /**
   * A message of the room itself or of a program: a complete message/cpim body to some of its endpoints. Returns to how
   * many it goes.
   */
  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    return this.#switch.send(room, body, recipients);
  }

  /** Ends every room, flushes and closes. */
  async close(): Promise<void> {
    this.focus.shutdown();
    this.#saved?.close();
    this.#credentials?.close();
    await this.#msrp.close();
    this.limits.close();
  }
}

function connectionLimits(msrp: MsrpOptions): NonNullable<MsrpServerOptions['connection']> {
  const { lenientMessageId, maxHeaderLines, maxSessionsPerConnection } = msrp;
  return {
    limits: {
      ...(lenientMessageId && { messageIdLength: LONG_MESSAGE_ID }),
      ...(maxHeaderLines !== undefined && { headerLines: maxHeaderLines }),
    },
    ...(maxSessionsPerConnection !== undefined && { maxSessions: maxSessionsPerConnection }),
  };
}

/** In SDP an IPv6 address stands without brackets, in a URI it gets them (4975-6-03). */
const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

// What the SIP face and the program exchange with the focus; they import nothing below this file.
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
