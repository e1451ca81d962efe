/** Listeners, connections and switch in this thread. */
import type { Bus } from '../cluster/bus.js';
import type { SwitchEvents } from '../focus-switch.js';
import type { LocalSession } from '../sdp/index.js';
import { ChatSwitch } from '../switch/switch.js';
import type { Certificate } from '../transport/certificate.js';
import { ConnectPolicy } from '../transport/connect-policy.js';
import { DiskSpool } from '../transport/disk-spool.js';
import type { HandshakeLimits } from '../transport/handshakes.js';
import { MsrpServer, type MsrpServerOptions } from '../transport/msrp-server.js';
import { TcpListener } from '../transport/tcp.js';
import { TlsCredentials } from '../transport/tls-credentials.js';
import { TlsListener } from '../transport/tls.js';
import type { Door, Listener } from '../transport/transport.js';
import { WsListener } from '../transport/ws.js';
import type { Clock } from '../util/clock.js';
import type { LimitReport } from '../util/limit-reports.js';
import type { Logger } from '../util/log.js';
import type { MediaPlane, MediaStats, SessionEnds } from './media-plane.js';
import {
  type Address,
  type Listening,
  MAX_MESSAGE_SIZE,
  type MsrpOptions,
  SHARED_DEFAULTS,
  type TlsOptions,
  type WebSocketOptions,
} from './options.js';
import { advertisedHost, ownEnds } from './own-ends.js';

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
  /** To the switches that share its rooms. @defaultValue there are none */
  bus?: Bus;
}

export class LocalPlane implements MediaPlane {
  readonly #options: LocalPlaneOptions;
  readonly control: ChatSwitch;
  readonly #msrp: MsrpServer;
  readonly #policy: ConnectPolicy;
  #ends: SessionEnds | undefined;
  #credentials: TlsCredentials | undefined;

  constructor(options: LocalPlaneOptions) {
    const { clock, log, msrp } = options;
    const { maxSpoolBytes, spoolDirectory, sessionMatch, maxConnections, maxUnboundPerAddress: perAddress } = msrp;
    this.#options = options;
    const clientContext = (): TlsCredentials['client'] | undefined => this.#credentials?.client;
    this.#policy = new ConnectPolicy(msrp.connect);
    const { bus, limited } = options;
    this.#msrp = new MsrpServer({
      clock,
      log,
      clientContext,
      policy: this.#policy,
      sessionMatch,
      connection: connectionLimits(msrp),
      maxConnections,
      unbound: { all: msrp.maxUnboundConnections ?? SHARED_DEFAULTS.maxUnboundConnections, perAddress },
      limited,
    });
    this.control = new ChatSwitch({
      clock,
      log,
      transport: this.#msrp,
      maxMessageSize: this.#maxMessageSize,
      largeMessage: msrp.largeMessage,
      maxPendingBytes: msrp.maxPendingBytes,
      maxTotalPendingBytes: msrp.maxTotalPendingBytes,
      maxPartialMessages: msrp.maxPartialMessages,
      maxPartialBytes: msrp.maxPartialBytes,
      rates: msrp.rates,
      slowReader: msrp.slowReader,
      bindSource: msrp.bindSource,
      congestionTimeout: msrp.congestionTimeout,
      bus,
      spool:
        maxSpoolBytes === 0 ? undefined : new DiskSpool({ directory: spoolDirectory, maxBytes: maxSpoolBytes, log }),
    });
  }

  get events(): SwitchEvents {
    return this.control.events;
  }

  set events(events: SwitchEvents) {
    this.control.events = events;
  }

  get #maxMessageSize(): number {
    return this.#options.msrp.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  /** What runs in this thread is as late as it. */
  get delay(): number {
    return 0;
  }

  get memory(): number {
    return 0;
  }

  get stats(): MediaStats {
    const { load, congestion } = this.control;
    const { connections, sessions } = this.#msrp;
    return { ...load, connections, sessions: sessions.size, congestion: { ...congestion } };
  }

  async listen(): Promise<Listening> {
    const { clock, log, msrp } = this.#options;
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
    const { clock } = this.#options;
    const maxPayload = this.#maxMessageSize + MAX_HEAD;
    const tlsElsewhere = advertise !== undefined;
    const options = { clock, maxPayload, origins, credentials, tlsElsewhere, ...this.#handshakes };
    return this.#open(name, (door) => new WsListener(listen, door, options));
  }

  async #openCredentials({ listen, files, ca, ciphers }: TlsOptions): Promise<TlsCredentials> {
    const { clock, log, certificate, msrp } = this.#options;
    const hosts = [advertisedHost(msrp, listen)];
    this.#credentials = await TlsCredentials.open({ clock, log, certificate, files, ca, ciphers, hosts });
    return this.#credentials;
  }

  async reloadCertificate(): Promise<void> {
    await this.#credentials?.reload();
  }

  /** Connections from now on get this one. */
  replaceCertificate(certificate: Pick<Certificate, 'cert' | 'key'>): void {
    this.#credentials?.replace(certificate);
  }

  get fingerprint(): LocalSession['fingerprint'] {
    return this.#credentials?.fingerprints;
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
