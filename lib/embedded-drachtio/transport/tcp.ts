import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Endpoint, endpointKey, type Flow, type TransportName } from './flow.js';
import { listening } from './listening.js';
import type { TransportContext } from './options.js';
import type { Receiver } from './receiver.js';
import { StreamConnection } from './stream-connection.js';

/**
 * How the byte streams come to be. TLS is this transport with another factory:
 * `{ name: 'tls', createServer: (accept) => tls.createServer(options, accept), connect: … }`.
 */
export interface StreamFactory {
  name: TransportName;
  createServer(accept: (socket: Socket) => void): Server;
  /** Calls `connected` once the stream carries data. */
  connect(remote: Endpoint, connected: () => void): Socket;
}

export const tcpStreams: StreamFactory = {
  name: 'tcp',
  createServer: (accept) => createServer({ pauseOnConnect: false }, accept),
  connect: (remote, connected) => connect({ host: remote.host, port: remote.port }, connected),
};

/** A TCP listener with its table of connections, those accepted and those opened. */
export class TcpTransport {
  readonly #connections = new Map<string, StreamConnection>();
  readonly #opening = new Map<string, Promise<Flow>>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #context: TransportContext;
  readonly #receiver: Receiver;
  readonly #streams: StreamFactory;
  #local: Endpoint = { host: '', port: 0 };
  #closed = false;

  private constructor(context: TransportContext, receiver: Receiver, streams: StreamFactory) {
    this.#context = context;
    this.#receiver = receiver;
    this.#streams = streams;
    this.#server = streams.createServer((socket) => this.#accept(socket));
  }

  static async bind(
    address: Endpoint,
    context: TransportContext,
    receiver: Receiver,
    streams: StreamFactory = tcpStreams,
  ): Promise<TcpTransport> {
    const transport = new TcpTransport(context, receiver, streams);
    transport.#local = await listening(transport.#server, address);
    transport.#server.on('error', (error) => context.log.warn({ error }, 'SIP listener'));
    return transport;
  }

  get local(): Endpoint {
    return this.#local;
  }

  /** The connection to `remote` if there is one. */
  existing(remote: Endpoint): Flow | undefined {
    return this.#connections.get(endpointKey(remote));
  }

  /** The connection to `remote`, opened if need be. Rejects when it is refused or takes longer than `timeout` ms. */
  flowTo(remote: Endpoint, timeout = this.#context.limits.connectTimeout): Promise<Flow> {
    const key = endpointKey(remote);
    const existing = this.#connections.get(key);
    if (existing) return Promise.resolve(existing);
    let opening = this.#opening.get(key);
    if (!opening) {
      opening = this.#open(remote, timeout).finally(() => this.#opening.delete(key));
      this.#opening.set(key, opening);
    }
    return opening;
  }

  #open(remote: Endpoint, timeout: number): Promise<Flow> {
    return new Promise((resolve, reject) => {
      const leave = this.#closed ? undefined : this.#context.occupancy.open();
      if (!leave) {
        reject(new Error(this.#closed ? 'transport closed' : 'too many connections'));
        return;
      }
      const socket = this.#streams.connect(remote, () => {
        timer.cancel();
        resolve(this.#adopt(socket));
      });
      this.#sockets.add(socket);
      const timer = this.#context.clock.after(timeout, () => socket.destroy(new Error('connection timed out')));
      socket.on('error', (error) => {
        timer.cancel();
        reject(error);
      });
      socket.on('close', () => {
        timer.cancel();
        leave();
        this.#sockets.delete(socket);
        reject(new Error('connection closed'));
      });
    });
  }

  #accept(socket: Socket): void {
    const leave = this.#closed ? undefined : this.#context.occupancy.enter(socket.remoteAddress ?? '');
    if (!leave) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => {
      leave();
      this.#sockets.delete(socket);
    });
    this.#adopt(socket);
  }

  #adopt(socket: Socket): StreamConnection {
    const connection = new StreamConnection(socket, this.#streams.name, this.#local, this.#context, {
      message: (message, flow, size) => this.#receiver.message(message, flow, size),
      refused: (failure, flow) => this.#receiver.refused(failure, flow),
      closed: (flow) => {
        const key = endpointKey(flow.remote);
        if (this.#connections.get(key) === flow) this.#connections.delete(key);
        this.#receiver.closed(flow);
      },
    });
    this.#connections.set(endpointKey(connection.remote), connection);
    return connection;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const gone = [...this.#sockets].map((socket) => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.destroy();
      return closed;
    });
    await Promise.all([stopped, ...gone]);
  }
}
