/** Listeners, connections and switch in this thread. */
import type { Bus } from '../cluster/bus.js';
import type { SwitchEvents } from '../focus-switch.js';
import { ChatSwitch, type SwitchLimits } from '../switch/switch.js';
import type { Certificate, CertificateFiles } from '../transport/certificate.js';
import { ConnectPolicy } from '../transport/connect-policy.js';
import { DiskSpool, type DiskSpoolBounds } from '../transport/disk-spool.js';
import { MsrpServer, type MsrpServerLimits } from '../transport/msrp-server.js';
import { type CreateServer, TcpListener } from '../transport/tcp.js';
import { TlsCredentials } from '../transport/tls-credentials.js';
import { TlsListener } from '../transport/tls.js';
import type { Door, Listener } from '../transport/transport.js';
import { WsListener } from '../transport/ws.js';
import { SharedWsListener } from '../transport/ws-shared.js';
import type { UpgradeRequest } from '../transport/ws-upgrades.js';
import type { Clock } from '../util/clock.js';
import type { HandshakeLimits } from '../util/handshakes.js';
import type { LimitReport } from '../util/limit-reports.js';
import { isOwnPage, type PageHeaders } from '../util/page-origin.js';
import { refuseUpgrade } from '../util/refuse-upgrade.js';
import type { Logger } from '../util/log.js';
import type { MediaPlane, MediaStats, SessionEnds } from './media-plane.js';
import {
  type Address,
  type BehindWsOptions,
  type Listening,
  MAX_MESSAGE_SIZE,
  type MsrpLimits,
  type MsrpOptions,
  SHARED_DEFAULTS,
  type SharedWsOptions,
  type TlsOptions,
  type WebSocketOptions,
} from './options.js';
import { advertisedHost, ownEnds } from './own-ends.js';
import { peerBehind } from './workers/tunnel.js';

/** A WebSocket message is a chunk, of at most the largest message, and octets of what stands around that. */
const MAX_HEAD = 65_536;
/** */
const LONG_MESSAGE_ID = 64;

export interface LocalPlaneOptions {
  clock: Clock;
  log: Logger;
  msrp: MsrpOptions;
  /** Shown instead of what `msrp.tls.files` name. @defaultValue that, or one made at start */
  certificate?: Pick<Certificate, 'cert' | 'key'>;
  /** Told of what went beyond the limits of connections; of what participants do the focus is told. @defaultValue nobody is */
  limited?: (report: LimitReport) => void;
  /** What `msrp.listen` runs over. @defaultValue the sockets of Node */
  createServer?: CreateServer | undefined;
  /** To the switches that share its rooms. @defaultValue there are none */
  bus?: Bus;
}

export class LocalPlane implements MediaPlane {
  readonly #options: LocalPlaneOptions;
  readonly control: ChatSwitch;
  readonly #msrp: MsrpServer;
  readonly #policy: ConnectPolicy;
  readonly #spool: DiskSpool;
  readonly #handshakes: HandshakeLimits = {};
  #limits: MsrpLimits;
  #ends: SessionEnds | undefined;
  #credentials: TlsCredentials | undefined;
  #shared: SharedWsListener | undefined;

  constructor(options: LocalPlaneOptions) {
    const { clock, log, msrp } = options;
    const { sessionMatch } = msrp;
    this.#options = options;
    this.#limits = msrp;
    Object.assign(this.#handshakes, handshakeLimits(msrp));
    this.#spool = new DiskSpool({ ...spoolBounds(msrp), log });
    const clientContext = (): TlsCredentials['client'] | undefined => this.#credentials?.client;
    this.#policy = new ConnectPolicy(msrp.connect);
    const { bus, limited } = options;
    this.#msrp = new MsrpServer({
      clock,
      log,
      clientContext,
      policy: this.#policy,
      sessionMatch,
      ...serverLimits(msrp),
      limited,
    });
    this.control = new ChatSwitch({
      clock,
      log,
      transport: this.#msrp,
      ...switchLimits(msrp, this.#spool),
      bindSource: msrp.bindSource,
      bus,
    });
  }

  adjust(limits: MsrpLimits): void {
    this.#limits = limits;
    this.#policy.adjust(limits.connect);
    Object.assign(this.#handshakes, handshakeLimits(limits));
    this.#spool.adjust(spoolBounds(limits));
    this.#msrp.adjust(serverLimits(limits));
    this.control.adjust(switchLimits(limits, this.#spool));
  }

  get events(): SwitchEvents {
    return this.control.events;
  }

  set events(events: SwitchEvents) {
    this.control.events = events;
  }

  get #maxMessageSize(): number {
    return this.#limits.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  readonly #maxPayload = (): number => this.#maxMessageSize + MAX_HEAD;

  /** What runs in this thread is as late as it. */
  get delay(): number {
    return 0;
  }

  get memory(): number {
    return 0;
  }

  get stats(): MediaStats {
    const { load, congestion, traffic } = this.control;
    const { connections, sessions, octets, refused: refusedRequests } = this.#msrp;
    const counted = { congestion: { ...congestion }, traffic, octets: { ...octets }, refusedRequests };
    return { ...load, connections, sessions: sessions.size, ...counted };
  }

  async listen(): Promise<Listening> {
    const { clock, log, msrp, createServer } = this.#options;
    try {
      const tcp = await this.#open('tcp', (door) => new TcpListener(msrp.listen, door, createServer));
      const listening: Listening = { tcp };
      if (msrp.tls) {
        const { listen } = msrp.tls;
        const options = { clock, log, credentials: await this.#openCredentials(msrp.tls) };
        listening.tls = await this.#open('tls', (door) => new TlsListener(listen, door, options, this.#handshakes));
      }
      if (msrp.ws) listening.ws = await this.#openWebSocket('ws', msrp.ws);
      if (msrp.wss && this.#credentials) {
        listening.wss = await this.#openWebSocket('wss', msrp.wss, this.#credentials);
      }
      if (msrp.behindWs) listening.behindWs = await this.#openBehind(msrp.behindWs);
      if (msrp.sharedWs) listening.sharedWs = await this.#shareWebSocket(msrp.sharedWs);
      const ends = ownEnds(msrp, listening);
      this.#policy.listening([ends.tcp, ends.tls].flatMap((end) => end?.host ?? []));
      this.#ends = ends;
      return listening;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #open(listener: keyof Listening, create: (door: Door) => Listener): Promise<Address> {
    try {
      return await this.#msrp.listen(create);
    } catch (error) {
      throw Object.assign(error as Error, { listener });
    }
  }

  #openWebSocket(
    name: 'ws' | 'wss',
    { listen, origins, advertise }: WebSocketOptions,
    credentials?: TlsCredentials,
  ): Promise<Address> {
    const { clock } = this.#options;
    const tlsElsewhere = advertise !== undefined;
    const options = { clock, maxPayload: this.#maxPayload, origins, credentials, tlsElsewhere };
    return this.#open(name, (door) => new WsListener(listen, door, options, this.#handshakes));
  }

  /** Where its connections come from was looked at before they got here. */
  #openBehind({ listen, origins }: BehindWsOptions): Promise<Address> {
    const options = {
      clock: this.#options.clock,
      maxPayload: this.#maxPayload,
      peerOf: peerBehind,
      admitsPage: (headers: PageHeaders) => isOwnPage(headers, origins),
    };
    // All of them come from the main thread.
    const { maxUnboundConnections: maxHandshakes } = this.#options.msrp;
    return this.#open('behindWs', (door) => new WsListener(listen, door, options, { maxHandshakes }));
  }

  #shareWebSocket({ advertise, origins }: SharedWsOptions): Promise<Address> {
    const options = { clock: this.#options.clock, maxPayload: this.#maxPayload, origins };
    return this.#open('sharedWs', (door) => {
      this.#shared = new SharedWsListener(advertise(), door, options);
      return this.#shared;
    });
  }

  upgrade(asked: UpgradeRequest): void {
    if (this.#shared) this.#shared.take(asked);
    else refuseUpgrade(asked.socket, '404 Not Found', 'no MSRP over WebSocket here');
  }

  async #openCredentials({ listen, files, ca, ciphers }: TlsOptions): Promise<TlsCredentials> {
    const { clock, log, certificate, msrp } = this.#options;
    const hosts = [advertisedHost(msrp, listen)];
    this.#credentials = await TlsCredentials.open({ clock, log, certificate, files, ca, ciphers, hosts });
    return this.#credentials;
  }

  async reloadCertificate(files?: CertificateFiles | null): Promise<void> {
    await this.#credentials?.reload(files);
  }

  /** Connections from now on get this one. */
  replaceCertificate(certificate: Pick<Certificate, 'cert' | 'key'>): void {
    this.#credentials?.replace(certificate);
  }

  get credentials(): TlsCredentials | undefined {
    return this.#credentials;
  }

  ends(): SessionEnds {
    if (!this.#ends) throw new Error('not listening');
    return this.#ends;
  }

  moved(): null {
    return null;
  }

  announce(uri: string): () => void {
    return this.#msrp.sessions.announce(uri);
  }

  async close(): Promise<void> {
    this.#credentials?.close();
    await this.#msrp.close();
  }
}

const spoolBounds = ({ maxSpoolBytes, spoolDirectory }: MsrpLimits): DiskSpoolBounds => ({
  maxBytes: maxSpoolBytes,
  directory: spoolDirectory,
});

/** Who has not even finished his handshake is as good as one who has not said whom he means. */
const handshakeLimits = ({ maxUnboundConnections, maxUnboundPerAddress }: MsrpLimits): HandshakeLimits => ({
  maxHandshakes: maxUnboundConnections,
  maxHandshakesPerAddress: maxUnboundPerAddress,
});

const switchLimits = (limits: MsrpLimits, spool: DiskSpool): SwitchLimits => ({
  maxMessageSize: limits.maxMessageSize ?? MAX_MESSAGE_SIZE,
  largeMessage: limits.largeMessage,
  maxPendingBytes: limits.maxPendingBytes,
  maxTotalPendingBytes: limits.maxTotalPendingBytes,
  maxPartialMessages: limits.maxPartialMessages,
  maxPartialBytes: limits.maxPartialBytes,
  rates: limits.rates,
  slowReader: limits.slowReader,
  congestionTimeout: limits.congestionTimeout,
  spool: limits.maxSpoolBytes === 0 ? undefined : spool,
});

function serverLimits(limits: MsrpLimits): MsrpServerLimits {
  const { maxConnections, maxUnboundConnections, maxUnboundPerAddress: perAddress } = limits;
  const all = maxUnboundConnections ?? SHARED_DEFAULTS.maxUnboundConnections;
  return { connection: connectionLimits(limits), maxConnections, unbound: { all, perAddress } };
}

function connectionLimits(msrp: MsrpLimits): NonNullable<MsrpServerLimits['connection']> {
  const { lenientMessageId, maxHeaderLines, maxSessionsPerConnection } = msrp;
  return {
    limits: {
      ...(lenientMessageId && { messageIdLength: LONG_MESSAGE_ID }),
      ...(maxHeaderLines !== undefined && { headerLines: maxHeaderLines }),
    },
    ...(maxSessionsPerConnection !== undefined && { maxSessions: maxSessionsPerConnection }),
  };
}
