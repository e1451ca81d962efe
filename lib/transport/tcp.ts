/** MSRP over TCP: listens, connects, and couples each stream to a connection. */
import { createServer, type Server, type Socket } from 'node:net';
import { type Binding, type ConnectionOptions, type Session, Sessions } from '../msrp/index.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { Driver } from './driver.js';
import { adopt, open } from './socket.js';
import type { ByteStream, Endpoint, StreamEvents } from './transport.js';

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
  readonly #server: Server;
  readonly #drivers = new Set<Driver>();
  /** What gives up the connections being opened. */
  readonly #attempts = new Set<() => void>();
  #closed: () => void = () => undefined;
  readonly #driverOf = new WeakMap<Binding, Driver>();
  #address: Endpoint | undefined;

  constructor(options: MsrpServerOptions) {
    this.#options = options;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket: Socket) => {
      if (this.#drivers.size >= (options.maxConnections ?? 10_000)) {
        options.log.warn({ remote: socket.remoteAddress }, 'too many MSRP connections');
        socket.destroy();
        return;
      }
      adopt(socket, (stream) => this.#drive(stream).events);
    });
  }

  /** The address listened on. Only after `listen`. */
  get address(): Endpoint {
    if (!this.#address) throw new Error('not listening');
    return this.#address;
  }

  get connections(): number {
    return this.#drivers.size;
  }

  async listen(endpoint: Endpoint): Promise<Endpoint> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(endpoint, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.log.error({ error }, 'MSRP listener failed'));
        resolve();
      });
    });
    const bound = this.#server.address();
    this.#address = { host: endpoint.host, port: typeof bound === 'object' && bound ? bound.port : endpoint.port };
    return this.#address;
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
    const listening = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    for (const abandon of this.#attempts) abandon();
    for (const driver of this.#drivers) driver.connection.close('shutdown');
    await Promise.all([listening, this.#connectionsClosed()]);
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
