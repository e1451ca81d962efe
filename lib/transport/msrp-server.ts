/** The MSRP side of the process: its listeners, the connections it opens, and the streams of both. */
import { type Binding, type ConnectionOptions, type Session, Sessions } from '../msrp/index.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { Driver } from './driver.js';
import { open } from './socket.js';
import type { ByteStream, Door, Endpoint, Listener, StreamEvents } from './transport.js';

export interface MsrpServerOptions {
  clock: Clock;
  log: Logger;
  connection?: Partial<Omit<ConnectionOptions, 'clock'>>;
  /** Connections at once; further ones are closed at once. @defaultValue 10000 */
  maxConnections?: number;
  /** Give up connecting after so many ms. @defaultValue 10000 */
  connectTimeout?: number;
}

export class MsrpServer {
  readonly sessions = new Sessions();
  readonly #options: MsrpServerOptions;
  readonly #listeners: Listener[] = [];
  readonly #drivers = new Set<Driver>();
  /** What gives up the connections being opened. */
  readonly #attempts = new Set<() => void>();
  #closed: () => void = () => undefined;
  readonly #driverOf = new WeakMap<Binding, Driver>();
  readonly #door: Door;

  constructor(options: MsrpServerOptions) {
    this.#options = options;
    this.#door = {
      accept: (stream) => this.#drive(stream).events,
      admits: (remote) => {
        if (this.#drivers.size < (options.maxConnections ?? 10_000)) return true;
        options.log.warn({ remote }, 'too many MSRP connections');
        return false;
      },
      failed: (error) => options.log.error({ error }, 'MSRP listener failed'),
    };
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

  /** Opens a connection as the active side: either `connected` or `failed` is called, once and later. */
  connect(target: Endpoint, connected: (driver: Driver) => void, failed: () => void): void {
    const accept = (stream: ByteStream): StreamEvents => {
      this.#attempts.delete(abandon);
      const driver = this.#drive(stream);
      connected(driver);
      return driver.events;
    };
    const abandon = open(target, this.#options.connectTimeout ?? 10_000, accept, () => {
      this.#attempts.delete(abandon);
      failed();
    });
    this.#attempts.add(abandon);
  }

  /** Stops listening, flushes and closes every connection; resolves when the last one is gone. */
  async close(): Promise<void> {
    const stopped = this.#listeners.splice(0).map((listener) => listener.close());
    for (const abandon of this.#attempts) abandon();
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
    const driver = new Driver(stream, this.sessions, { ...connection, clock }, log);
    this.#drivers.add(driver);
    this.#driverOf.set(driver.connection, driver);
    driver.whenClosed(() => {
      this.#drivers.delete(driver);
      if (this.#drivers.size === 0) this.#closed();
    });
    return driver;
  }
}
