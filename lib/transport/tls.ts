/** MSRP over TLS: takes connections at one address (RFC 4975 §14.2, RFC 8122 §6.2). */
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Clock } from '../util/clock.js';
import { type HandshakeLimits, Handshakes } from '../util/handshakes.js';
import type { Logger } from '../util/log.js';
import { listening } from './listening.js';
import { listenTo, SocketStream } from './socket.js';
import type { TlsCredentials } from './tls-credentials.js';
import type { Door, Endpoint, Listener, PeerTls } from './transport.js';

/** A TLS socket whose handshake is done. */
export class TlsStream extends SocketStream {
  override readonly kind = 'tls';
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    super(socket);
    this.#socket = socket;
    // What was looked at must stay as it is.
    socket.disableRenegotiation();
  }

  get tls(): PeerTls {
    // Nothing at all once the socket is gone, and an object without `raw` when the peer showed nothing.
    const { raw } = (this.#socket.getPeerCertificate() ?? {}) as { raw?: Buffer };
    return { certificate: raw ?? null, authorized: this.#socket.authorized };
  }
}

export interface TlsListenerOptions {
  clock: Clock;
  log: Logger;
  credentials: TlsCredentials;
  /** A handshake may take so many ms. @defaultValue 10000 */
  handshakeTimeout?: number;
}

/**
 * Connections are taken by a TCP server and handed to a TLS server that listens nowhere, so that those which never
 * finish their handshake are few, known and timed.
 */
export class TlsListener implements Listener {
  readonly #wanted: Endpoint;
  readonly #door: Door;
  readonly #tcp: TcpServer;
  readonly #tls: TlsServer;
  readonly #handshakes: Handshakes;
  #address: Endpoint | undefined;

  /** @param limits looked at for each connection */
  constructor(wanted: Endpoint, door: Door, options: TlsListenerOptions, limits: Readonly<HandshakeLimits> = {}) {
    this.#wanted = wanted;
    this.#door = door;
    const { clock, credentials, log, handshakeTimeout = 10_000 } = options;
    this.#handshakes = new Handshakes(clock, handshakeTimeout, limits);
    // 8122-6.2-01: "The server MUST request a certificate". Who presents none, or a self-signed one, is let in: which
    // session it means, and so what its certificate has to match, only its first request tells.
    this.#tls = createTlsServer({ ...credentials.server, requestCert: true, rejectUnauthorized: false });
    this.#tls.on('secureConnection', (socket) => this.#secured(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      log.debug({ remote: socket.remoteAddress, error: error.message }, 'TLS handshake failed');
    });
    credentials.onChange(() => this.#tls.setSecureContext(credentials.server));
    this.#tcp = createTcpServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get address(): Endpoint {
    if (!this.#address) throw new Error('not listening');
    return this.#address;
  }

  /** Connections whose handshake is not done. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  async listen(): Promise<Endpoint> {
    this.#address = await listening(this.#tcp, this.#wanted, (error) => this.#door.failed(error));
    return this.#address;
  }

  async close(): Promise<void> {
    this.#handshakes.abandon();
    if (!this.#tcp.listening) return;
    await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const { remoteAddress } = socket;
    if (!this.#door.admits(remoteAddress)) socket.destroy();
    else if (this.#handshakes.begin(socket)) this.#tls.emit('connection', socket);
    else this.#door.crowded?.(remoteAddress);
  }

  #secured(socket: TLSSocket): void {
    // There may have been room before the handshake and none after it.
    if (!this.#handshakes.finish(socket) || !this.#door.admits(socket.remoteAddress)) socket.destroy();
    else listenTo(new TlsStream(socket), this.#door.accept);
  }
}
