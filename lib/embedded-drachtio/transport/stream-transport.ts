import type { Server, Socket } from 'node:net';
import { type Endpoint, endpointKey, type Flow, type Hop } from './flow.js';
import { listening } from './listening.js';
import type { TransportContext } from './options.js';
import type { Receiver } from './receiver.js';
import { StreamConnection } from './stream-connection.js';
import { type StreamFactory, tcpStreams } from './streams.js';

/** Whom to connect to, or be connected with. */
type Peer = Omit<Hop, 'transport'>;

/** A listener for TCP or TLS, if there is to be one, with the table of connections, those accepted and those opened. */
export class StreamTransport {
  readonly #connections = new Map<string, StreamConnection>();
  readonly #opening = new Map<string, Promise<Flow>>();
  readonly #sockets = new Set<Socket>();
  readonly #context: TransportContext;
  readonly #receiver: Receiver;
  readonly #streams: StreamFactory;
  /** What is done with a connection that was taken. */
  readonly #begin: (socket: Socket) => void;
  #server: Server | undefined;
  #local: Endpoint | undefined;
  #closed = false;

  /** Without a listener: it only opens connections. */
  constructor(context: TransportContext, receiver: Receiver, streams: StreamFactory) {
    this.#context = context;
    this.#receiver = receiver;
    this.#streams = streams;
    const adopt = (stream: Socket): void => void this.#adopt(stream);
    this.#begin = streams.handshake?.(adopt) ?? adopt;
  }

  /** Listens. Rejects with Node's error (`code`, `address`, `port`) when the address cannot be had. */
  static async bind(
    address: Endpoint,
    context: TransportContext,
    receiver: Receiver,
    streams: StreamFactory = tcpStreams,
  ): Promise<StreamTransport> {
    const transport = new StreamTransport(context, receiver, streams);
    const server = streams.createServer((socket) => transport.#accept(socket));
    transport.#local = await listening(server, address);
    transport.#server = server;
    server.on('error', (error) => context.log.warn({ error }, 'SIP listener failed'));
    return transport;
  }

  /** Where it listens; undefined where it does not. */
  get local(): Endpoint | undefined {
    return this.#local;
  }

  /** The connection to `remote`, opened if need be. Rejects when it is refused or takes longer than `timeout` ms. */
  flowTo(remote: Peer, timeout = this.#context.limits.connectTimeout): Promise<Flow> {
    const key = keyOf(remote);
    const existing = this.#connections.get(key);
    if (existing) return Promise.resolve(existing);
    let opening = this.#opening.get(key);
    if (!opening) {
      opening = this.#open(remote, timeout).finally(() => this.#opening.delete(key));
      this.#opening.set(key, opening);
    }
    return opening;
  }

  #open(remote: Peer, timeout: number): Promise<Flow> {
    return new Promise((resolve, reject) => {
      const leave = this.#closed ? undefined : this.#context.occupancy.open();
      if (!leave) {
        reject(new Error(this.#closed ? 'transport closed' : 'too many connections'));
        return;
      }
      const socket = this.#streams.connect(remote, () => {
        timer.cancel();
        resolve(this.#adopt(socket, remote));
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
    this.#begin(socket);
  }

  /** @param peer whom we connected to. @defaultValue who connected to us, of whom only the address is known */
  #adopt(socket: Socket, peer?: Peer): StreamConnection {
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
    const key = keyOf(peer ?? { host: remoteAddress, port: remotePort });
    const local = this.#local ?? { host: localAddress, port: localPort };
    const connection = new StreamConnection(socket, this.#streams.name, local, this.#context, {
      message: (message, flow, size) => this.#receiver.message(message, flow, size),
      refused: (failure, flow) => this.#receiver.refused(failure, flow),
      closed: (flow) => {
        if (this.#connections.get(key) === flow) this.#connections.delete(key);
        this.#receiver.closed(flow);
      },
    });
    this.#connections.set(key, connection);
    return connection;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const stopped = new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    const gone = [...this.#sockets].map((socket) => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.destroy();
      return closed;
    });
    await Promise.all([stopped, ...gone]);
  }
}

/**
 * RFC 5922 §7.3, RFC 5923 §4: a TLS connection is used again for the domain whose certificate was shown on it; another one at
 * the same address has to show its own.
 */
const keyOf = ({ name, ...address }: Peer): string =>
  name === undefined ? endpointKey(address) : `${endpointKey(address)}|${name.toLowerCase()}`;
