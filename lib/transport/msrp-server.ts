/** The MSRP side of the process: its listeners, the connections it opens, and the streams of both. */
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { type Binding, type ConnectionOptions, type Session, type SessionMatch, Sessions } from '../msrp/index.js';
import type { Clock } from '../util/clock.js';
import type { LimitReport } from '../util/limit-reports.js';
import type { Logger } from '../util/log.js';
import { PacedLog } from '../util/paced-log.js';
import { sourceOf } from '../util/source.js';
import { Tally } from '../util/tally.js';
import { afterFlush, Driver, type DriverOwner } from './driver.js';
import { open } from './connect.js';
import type { ConnectPolicy } from './connect-policy.js';
import type { ByteStream, ConnectFailure, ConnectTarget, Door, Endpoint, Listener, StreamEvents } from './transport.js';
import { isMeant } from './trust.js';
import { Unbound, type UnboundLimits } from './unbound.js';

/** Connections being opened to one host at once. */
const MAX_ATTEMPTS = 64;

/** Bounds of connections. */
export interface MsrpServerLimits {
  connection?: Partial<Omit<ConnectionOptions, 'clock'>>;
  /** Connections at once; further ones are closed at once, and not opened. @defaultValue 10000 */
  maxConnections?: number;
  /** Connections taken on which no session is bound yet; the oldest of more are closed. @defaultValue no limit */
  unbound?: Partial<UnboundLimits>;
}

export interface MsrpServerOptions extends MsrpServerLimits {
  clock: Clock;
  log: Logger;
  /** Told of everything that was refused or closed because of a limit. */
  limited?: (report: LimitReport) => void;
  /** Give up connecting after so many ms. @defaultValue 10000 */
  connectTimeout?: number;
  /** What we present and whom we trust when we open a TLS connection. @defaultValue no certificate, the CAs of Node */
  clientContext?: () => SecureContext | undefined;
  /** @defaultValue the resolver of the system */
  lookup?: LookupFunction;
  /** Addresses that connections are opened to. @defaultValue any */
  policy?: ConnectPolicy;
  /** @defaultValue `'uri'` */
  sessionMatch?: SessionMatch;
}

export class MsrpServer {
  readonly sessions: Sessions;
  #options: MsrpServerOptions;
  readonly #listeners: Listener[] = [];
  readonly #drivers = new Set<Driver>();
  /** Those we opened, by scheme, host and port: the latest for each. */
  readonly #outgoing = new Map<string, Driver>();
  /** What gives up the connections being opened, and the host each goes to. */
  readonly #attempts = new Map<() => void, string>();
  #closed: () => void = () => undefined;
  readonly #driverOf = new WeakMap<Binding, Driver>();
  readonly #door: Door;
  readonly #unbound: Unbound;
  readonly #paced: PacedLog;
  /** Octets on the wire since the start: those that were read, and those handed to sockets. */
  readonly octets = { in: 0, out: 0 };
  readonly #refused = new Tally();
  /** Of every driver: nothing is kept per connection. */
  readonly #owner: DriverOwner;

  constructor(options: MsrpServerOptions) {
    this.#options = options;
    this.#unbound = new Unbound(unboundLimits(options), (limit, source) => options.limited?.({ limit, source }));
    this.#owner = {
      octets: this.octets,
      bound: (driver) => this.#unbound.delete(driver),
      closed: (driver) => this.#gone(driver),
      refused: (status) => this.#refused.count(String(status)),
      exceeded: ({ source }, limit, status) => options.limited?.({ limit, source, ...(status !== null && { status }) }),
    };
    this.#paced = new PacedLog(options.clock, options.log);
    this.sessions = new Sessions(options.sessionMatch);
    this.#door = {
      accept: (stream) => {
        const driver = this.#drive(stream);
        this.#unbound.add(driver);
        return driver.events;
      },
      admits: (remote) => {
        if (this.#drivers.size < this.#maxConnections) return true;
        this.#exceeded('maxConnections', remote);
        return false;
      },
      crowded: (remote) => this.#exceeded('maxUnboundConnections', remote),
      failed: (error) => options.log.error({ error }, 'MSRP listener failed'),
    };
  }

  /** Other limits, for connections from now on. */
  adjust(limits: MsrpServerLimits): void {
    this.#options = { ...this.#options, ...limits };
    this.#unbound.adjust(unboundLimits(limits));
  }

  /** Requests that were malformed, or that no session took, by the status they were refused with, since the start. */
  get refused(): Readonly<Record<string, number>> {
    return this.#refused.totals;
  }

  /** Connections taken on which no session is bound yet. */
  get unbound(): number {
    return this.#unbound.size;
  }

  /** The connections there are. */
  get drivers(): ReadonlySet<Driver> {
    return this.#drivers;
  }

  get #maxConnections(): number {
    return this.#options.maxConnections ?? 10_000;
  }

  get connections(): number {
    return this.#drivers.size;
  }

  /** Listens with what `create` makes. Rejects with Node's error when the address cannot be had. */
  async listen(create: (door: Door) => Listener): Promise<Endpoint> {
    const listener = create(this.#door);
    const address = await listener.listen();
    this.#listeners.push(listener);
    return address;
  }

  /** What writes to the connection a session is bound to. */
  driverOf(session: Session): Driver | undefined {
    return session.connection ? this.#driverOf.get(session.connection) : undefined;
  }

  /** Calls `action` once, when all that was written in this turn was handed to the sockets. */
  flushed(action: () => void): void {
    afterFlush(action);
  }

  /** The stream below a connection. */
  streamOf(connection: Binding): Driver['stream'] | undefined {
    return this.#driverOf.get(connection)?.stream;
  }

  /**
   * A connection as the active side: either `connected` or `failed` is called, once and later.
   *
   * 4975-5.4-03: one we opened before to the same host, port and scheme is used again, when its peer has shown the
   * certificate that is expected now.
   */
  connect(target: ConnectTarget, connected: (driver: Driver) => void, failed: (why: ConnectFailure) => void): void {
    const driver = this.#reusable(target);
    if (!driver) return this.#open(target, connected, failed);
    queueMicrotask(() => {
      if (driver.connection.closed || driver.connection.full) this.#open(target, connected, failed);
      else connected(driver);
    });
  }

  #reusable(target: ConnectTarget): Driver | undefined {
    const driver = this.#outgoing.get(keyOf(target));
    if (!driver || driver.connection.closed || driver.connection.full) return undefined;
    return !target.tls || isMeant(driver.stream.tls, target.fingerprint) ? driver : undefined;
  }

  #open(target: ConnectTarget, connected: (driver: Driver) => void, failed: (why: ConnectFailure) => void): void {
    const { clock, connectTimeout = 10_000, clientContext, lookup, log, policy } = this.#options;
    if (!this.#mayOpen(target)) {
      log.debug({ target: target.host }, 'too many MSRP connections');
      this.#exceeded('maxConnections', undefined);
      queueMicrotask(() => failed('connect-failed'));
      return;
    }
    const accept = (stream: ByteStream): StreamEvents => {
      this.#attempts.delete(abandon);
      const driver = this.#drive(stream);
      this.#remember(keyOf(target), driver);
      connected(driver);
      return driver.events;
    };
    const permits = (address: string): boolean => {
      if (!policy || policy.permits(address)) return true;
      // Peers say where to, as often as they like.
      this.#paced.info(
        '',
        { target: target.host, address },
        'MSRP peer at an address that is not connected to (msrp.connect)',
      );
      return false;
    };
    const options = { clock, timeout: connectTimeout, secureContext: clientContext?.(), lookup, permits };
    const abandon = open(target, options, accept, (why) => {
      this.#attempts.delete(abandon);
      failed(why);
    });
    this.#attempts.set(abandon, target.host);
  }

  /** 4975-14.5-01: where to, the peers say; nobody is to be flooded, nor we kept busy, through us. */
  #mayOpen({ host }: ConnectTarget): boolean {
    if (this.#drivers.size + this.#attempts.size >= this.#maxConnections) return false;
    let toHost = 0;
    for (const other of this.#attempts.values()) if (other === host) toHost++;
    return toHost < MAX_ATTEMPTS;
  }

  #remember(key: string, driver: Driver): void {
    this.#outgoing.set(key, driver);
    driver.whenClosed(() => {
      if (this.#outgoing.get(key) === driver) this.#outgoing.delete(key);
    });
  }

  /** Stops listening, flushes and closes every connection; resolves when the last one is gone. */
  async close(): Promise<void> {
    const stopped = this.#listeners.splice(0).map((listener) => listener.close());
    for (const abandon of this.#attempts.keys()) abandon();
    for (const driver of this.#drivers) driver.connection.close('shutdown');
    await Promise.all([...stopped, this.#connectionsClosed()]);
  }

  async #connectionsClosed(): Promise<void> {
    if (this.#drivers.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
  }

  #drive(stream: ByteStream): Driver {
    const { clock, log, connection } = this.#options;
    const driver = new Driver(stream, this.sessions, { ...connection, clock }, log, this.#owner);
    this.#drivers.add(driver);
    this.#driverOf.set(driver.connection, driver);
    return driver;
  }

  #gone(driver: Driver): void {
    this.#unbound.delete(driver);
    this.#drivers.delete(driver);
    if (this.#drivers.size === 0) this.#closed();
  }

  #exceeded(limit: string, remote: string | undefined): void {
    this.#options.limited?.({ limit, ...(remote !== undefined && { source: sourceOf(remote) }) });
  }
}

/** `name` too: a certificate that names one host says nothing about another one behind the same address. */
const keyOf = ({ tls, host, port, name }: ConnectTarget): string =>
  `${tls ? 'msrps' : 'msrp'} ${host} ${port} ${name}`.toLowerCase();

const unboundLimits = ({ unbound }: MsrpServerLimits): UnboundLimits => ({
  all: unbound?.all ?? Number.POSITIVE_INFINITY,
  perAddress: unbound?.perAddress ?? Number.POSITIVE_INFINITY,
});
