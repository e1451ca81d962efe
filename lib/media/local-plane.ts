/** Listeners, connections and switch in this thread. */
import type { Bus } from '../cluster/bus.js';
import type { SwitchEvents } from '../focus-switch.js';
import type { LocalSession } from '../sdp/index.js';
import { ChatSwitch } from '../switch/switch.js';
import type { Certificate } from '../transport/certificate.js';
import { ConnectPolicy } from '../transport/connect-policy.js';
import { DiskSpool } from '../transport/disk-spool.js';
import { MsrpServer } from '../transport/msrp-server.js';
import { TcpListener } from '../transport/tcp.js';
import { TlsCredentials } from '../transport/tls-credentials.js';
import { TlsListener } from '../transport/tls.js';
import type { Door, Listener } from '../transport/transport.js';
import { WsListener } from '../transport/ws.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { MediaPlane, MediaStats, SessionEnds } from './media-plane.js';
import {
  type Address,
  type Listening,
  MAX_MESSAGE_SIZE,
  type MsrpOptions,
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
  /** Octets that the unfinished messages of all sessions may hold. @defaultValue 268435456 */
  maxPartialBytes?: number;
  /** MSRP connections at once. @defaultValue 10000 */
  maxConnections?: number;
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
    const { maxSpoolBytes, spoolDirectory, sessionMatch } = msrp;
    this.#options = options;
    const limits = msrp.lenientMessageId ? { messageIdLength: LONG_MESSAGE_ID } : {};
    const clientContext = (): TlsCredentials['client'] | undefined => this.#credentials?.client;
    const { maxConnections, maxPartialBytes, bus } = options;
    this.#policy = new ConnectPolicy(msrp.connect);
    const connecting = { clientContext, policy: this.#policy };
    this.#msrp = new MsrpServer({ clock, log, ...connecting, sessionMatch, maxConnections, connection: { limits } });
    this.control = new ChatSwitch({
      clock,
      log,
      transport: this.#msrp,
      maxMessageSize: this.#maxMessageSize,
      largeMessage: msrp.largeMessage,
      maxPendingBytes: msrp.maxPendingBytes,
      slowReader: msrp.slowReader,
      bindSource: msrp.bindSource,
      congestionTimeout: msrp.congestionTimeout,
      maxPartialBytes,
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
        const options = { clock, log, credentials: await this.#openCredentials(msrp.tls) };
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

  #openWebSocket(
    name: 'ws' | 'wss',
    { listen, origins, advertise }: WebSocketOptions,
    credentials?: TlsCredentials,
  ): Promise<Address> {
    const { clock } = this.#options;
    const maxPayload = this.#maxMessageSize + MAX_HEAD;
    const options = { clock, maxPayload, origins, credentials, tlsElsewhere: advertise !== undefined };
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
