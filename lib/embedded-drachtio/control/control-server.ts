import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import type { Clock } from '../../util/clock.js';
import type { Logger } from '../../util/log.js';
import { type StreamFactory, tcpStreams } from '../transport/index.js';
import { AppConnection } from './app-connection.js';
import type { Frame } from './frame.js';

/** Applications connected at once. */
const MAX_CONNECTIONS = 64;

/** Milliseconds in which an application routes to itself what it is waited for. */
const ROUTE_TIMEOUT = 10_000;

/** The loopback interface only: the protocol is clear text and gives full control of the endpoint. */
const LOOPBACK = '127.0.0.1';

/** srf pings servers from v0.8.2 on; the suffix tells this endpoint from the real one. */
const VERSION = 'v0.9.10-embedded';

/** Equal lengths for the comparison, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What the server hands on, of authenticated applications only. */
export interface ControlHandler {
  /** `sip|TXN|DLG[|PROXY]` with its message. */
  sip(connection: AppConnection, requestId: string, tokens: readonly string[], message: Buffer): void;
  /** An application that had authenticated is gone. */
  lost(connection: AppConnection): void;
}

export interface ControlServerOptions {
  port: number;
  /** @defaultValue the sockets of Node */
  streams?: StreamFactory | undefined;
  secret: string;
  /** `proto/host:port`, comma-separated, for the authentication answer. */
  hostports: () => string;
  clock: Clock;
  log: Logger;
}

/** Who waits for methods to be routed. */
interface Waiting {
  look(): void;
  giveUp(): void;
}

/** The control port: authentication, routes, ping; `sip` goes to the handler. */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #handler: ControlHandler;
  readonly #server: Server;
  readonly #connections = new Set<AppConnection>();
  readonly #waiting = new Set<Waiting>();
  #turn = 0;
  #port = 0;

  private constructor(options: ControlServerOptions, handler: ControlHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#server = (options.streams ?? tcpStreams).createServer((socket) => this.#accept(socket));
  }

  /** Rejects with Node's error when the port cannot be had. */
  static async listen(options: ControlServerOptions, handler: ControlHandler): Promise<ControlServer> {
    const control = new ControlServer(options, handler);
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', reject);
      control.#server.listen({ host: LOOPBACK, port: options.port, exclusive: true }, () => {
        control.#server.removeListener('error', reject);
        control.#server.on('error', (error) => options.log.error({ error }, 'control listener failed'));
        resolve();
      });
    });
    const address = control.#server.address();
    control.#port = address !== null && typeof address === 'object' ? address.port : 0;
    return control;
  }

  get address(): { host: string; port: number } {
    return { host: LOOPBACK, port: this.#port };
  }

  /** The next application in turn that routes `method`; undefined if none does. */
  select(method: string): AppConnection | undefined {
    const candidates = this.#routing(method);
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return candidates[this.#turn % candidates.length];
  }

  /** Resolves when each of `methods` has an application to go to; rejects after 10 s, or when this closes. */
  routed(methods: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        timer.cancel();
        this.#waiting.delete(waiting);
        then();
      };
      const waiting: Waiting = {
        look: () => {
          if (methods.every((method) => this.#routing(method).length > 0)) settle(resolve);
        },
        giveUp: () => settle(() => reject(new Error(`no application takes ${methods.join(', ')}`))),
      };
      const timer = this.#options.clock.after(ROUTE_TIMEOUT, () => waiting.giveUp());
      this.#waiting.add(waiting);
      waiting.look();
    });
  }

  #routing(method: string): AppConnection[] {
    const verb = method.toLowerCase();
    return [...this.#connections].filter(({ routes, closed }) => !closed && routes.has(verb));
  }

  async close(): Promise<void> {
    for (const waiting of this.#waiting) waiting.giveUp();
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await stopped;
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    const { clock, log } = this.#options;
    const connection = new AppConnection(socket, clock, log, {
      frame: (_, frame) => this.#dispatch(connection, frame),
      closed: () => {
        this.#connections.delete(connection);
        if (connection.authenticated) this.#handler.lost(connection);
      },
    });
    this.#connections.add(connection);
  }

  #dispatch(connection: AppConnection, { tokens, message }: Frame): void {
    const [id = '', verb = '', ...rest] = tokens;
    if (verb === 'authenticate') {
      this.#authenticate(connection, id, rest[0] ?? '');
      return;
    }
    // The real server lets unauthenticated sockets route and send; anyone on the machine could then take calls.
    if (!connection.authenticated) {
      connection.respond(id, ['NO', 'not authenticated']);
      connection.end();
      return;
    }
    switch (verb) {
      case 'route':
        // srf sends all routes again whenever one is added: a set, not a list.
        connection.routes.add((rest[0] ?? '').toLowerCase());
        connection.respond(id, ['OK']);
        for (const waiting of this.#waiting) waiting.look();
        break;
      case 'remove_route':
        connection.routes.delete((rest[0] ?? '').toLowerCase());
        connection.respond(id, ['OK']);
        break;
      case 'ping':
        connection.respond(id, ['OK', 'pong']);
        break;
      case 'sip':
        if (message) this.#handler.sip(connection, id, rest, message);
        else connection.respond(id, ['NOK', 'sip message missing']);
        break;
      case 'proxy':
        connection.respond(id, ['NOK', 'proxy not supported']);
        break;
      default:
        connection.respond(id, ['NO', 'Unknown message type']);
        connection.end();
    }
  }

  #authenticate(connection: AppConnection, id: string, secret: string): void {
    if (!timingSafeEqual(digest(secret), digest(this.#options.secret))) {
      connection.respond(id, ['NO', 'incorrect secret']);
      connection.end();
      return;
    }
    connection.authenticated = true;
    const hostports = this.#options.hostports();
    connection.respond(id, ['OK', hostports, VERSION, hostports]);
  }
}
