import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { ExpectedFingerprint } from '../../sdp/index.js';
import { listening } from '../../transport/listening.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { ListenOptions, StreamListener } from '../msrp/byte-stream.js';
import { couple, matchesFingerprint, SocketStream } from './stream.js';

export interface NodeListenerOptions extends ListenOptions {
  /** PEM; needed for TLS. */
  certificate: { cert: string; key: string } | undefined;
  clock: Clock;
}

/** Connections at once that wait for the answer, or for their handshake; one is enough for a session. */
const MAX_HELD = 8;
/** Milliseconds a handshake may take, and a connection be early. */
const HELD_TIME = 30_000;

/** Waits on one port for the peer of one session, over TCP or TLS. */
export class NodeListener implements StreamListener {
  readonly #options: NodeListenerOptions;
  readonly #server: Server;
  /** What the peer's certificate has to match; undefined until its SDP is known. */
  #expected: { fingerprint: ExpectedFingerprint | null } | undefined;
  /** Connections that wait for the answer. */
  readonly #held = new Map<Socket, Timer>();
  #port = 0;

  /** Rejects with Node's error where the address cannot be had. */
  static async open(options: NodeListenerOptions): Promise<NodeListener> {
    const listener = new NodeListener(options);
    const { host, port } = options;
    // what a server says after it listens concerns single connections
    ({ port: listener.#port } = await listening(listener.#server, { host, port }, () => {}));
    return listener;
  }

  private constructor(options: NodeListenerOptions) {
    this.#options = options;
    if (options.secure) {
      // 8122-6.2-01: asked for, and checked once the peer's SDP says against what
      const tls = {
        ...options.certificate,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
      } as const;
      this.#server = createTlsServer(tls, (socket) => this.#hold(socket));
      this.#server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
      this.#server.maxConnections = MAX_HELD;
    } else {
      this.#server = createTcpServer({ pauseOnConnect: true }, (socket) => this.#hold(socket));
    }
    this.#server.unref();
  }

  get port(): number {
    return this.#port;
  }

  expect(fingerprint: ExpectedFingerprint | null): void {
    this.#expected = { fingerprint };
    for (const socket of this.#held.keys()) this.#admit(socket);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#held.keys()) socket.destroy();
  }

  // 8122-6.2-02: "data that arrives before the answer is not trusted until the fingerprint is known"
  #hold(socket: Socket): void {
    socket.on('error', () => {
      // 'close' follows
    });
    if (this.#held.size >= MAX_HELD) {
      socket.destroy();
      return;
    }
    socket.pause();
    this.#held.set(
      socket,
      this.#options.clock.after(HELD_TIME, () => socket.destroy()),
    );
    socket.once('close', () => this.#release(socket));
    if (this.#expected) this.#admit(socket);
  }

  #release(socket: Socket): void {
    this.#held.get(socket)?.cancel();
    this.#held.delete(socket);
  }

  #admit(socket: Socket): void {
    this.#release(socket);
    const fingerprint = this.#expected?.fingerprint ?? null;
    // 4975-14.4-01: "a mismatch ends the media session immediately"
    if (fingerprint && !(socket instanceof TLSSocket && matchesFingerprint(socket, fingerprint))) {
      socket.destroy();
      return;
    }
    const delegate = this.#options.accept(new SocketStream(socket));
    if (!delegate) {
      socket.destroy();
      return;
    }
    couple(socket, delegate);
    socket.resume();
  }
}
