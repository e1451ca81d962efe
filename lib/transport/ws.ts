/**
 * MSRP over WebSocket (RFC 7977): takes connections at one address, whatever the path of the URL. The RFC knows WebSockets
 * between clients and relays only; here the switch ends them itself (7977-A-01, A-18, docs/decisions/0005).
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { type HandshakeLimits, Handshakes } from '../util/handshakes.js';
import { listening } from './listening.js';
import type { TlsCredentials } from './tls-credentials.js';
import type { Door, Endpoint, Listener } from './transport.js';
import { type WsPeer, WsUpgrades, type WsUpgradesOptions } from './ws-upgrades.js';

export interface WsOptions extends WsUpgradesOptions {
  /**
   * What is shown in TLS: WSS. Without it plain WebSocket, for this machine alone or behind something that ends TLS: RFC
   * 7977 §5.1 "MSRP traffic transported over WebSockets MUST be protected by using a Secure WebSocket (WSS)".
   */
  credentials?: Pick<TlsCredentials, 'server' | 'onChange'>;
  /** Without `credentials`: something in front of us ends TLS. @defaultValue false */
  tlsElsewhere?: boolean;
  /** Values of Origin let in; programs that are no browsers send none, and are. @defaultValue any */
  origins?: readonly string[];
  /** Who is behind a request, where that is not who connects. @defaultValue who connects */
  peerOf?: (request: IncomingMessage) => WsPeer;
  /** Give up connections that are no WebSocket after so many ms. @defaultValue 10000 */
  handshakeTimeout?: number;
}

export class WsListener implements Listener {
  readonly #wanted: Endpoint;
  readonly #door: Door;
  readonly #server: Server;
  readonly #handshakes: Handshakes;
  #address: Endpoint | undefined;

  /** @param limits looked at for each connection */
  constructor(wanted: Endpoint, door: Door, options: WsOptions, limits: Readonly<HandshakeLimits> = {}) {
    this.#wanted = wanted;
    this.#door = door;
    const { clock, handshakeTimeout = 10_000, origins, peerOf } = options;
    const kind = options.credentials || options.tlsElsewhere ? 'wss' : 'ws';
    this.#handshakes = new Handshakes(clock, handshakeTimeout, limits);
    const upgrades = new WsUpgrades(door, {
      admitsPage: ({ origin }) => !origins || origin === undefined || origins.includes(origin),
      ...options,
    });
    this.#server = options.credentials ? secureServer(options.credentials) : createServer();
    this.#server.on('connection', (socket: Socket) => {
      const { remoteAddress } = socket;
      if (!this.#handshakes.begin(socket)) door.crowded?.(remoteAddress);
    });
    this.#server.on('request', (_request, response) => {
      response
        .writeHead(426, { Connection: 'close', Upgrade: 'websocket' })
        .end('MSRP over WebSocket (RFC 7977) only\n');
    });
    this.#server.on('upgrade', (request, socket, head) => {
      const peer = peerOf?.(request) ?? { kind, address: request.socket.remoteAddress };
      upgrades.take({ request, socket, head, peer }, () => this.#handshakes.finish(request.socket));
    });
  }

  get address(): Endpoint {
    if (!this.#address) throw new Error('not listening');
    return this.#address;
  }

  async listen(): Promise<Endpoint> {
    this.#address = await listening(this.#server, this.#wanted, (error) => this.#door.failed(error));
    return this.#address;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#handshakes.abandon();
    await closed;
  }
}

function secureServer(credentials: NonNullable<WsOptions['credentials']>): Server {
  const server = createSecureServer({ ...credentials.server, ALPNProtocols: ['http/1.1'] });
  credentials.onChange(() => server.setSecureContext(credentials.server));
  return server;
}
