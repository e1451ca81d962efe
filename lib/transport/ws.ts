/**
 * MSRP over WebSocket (RFC 7977): takes connections at one address, whatever the path of the URL. The RFC knows WebSockets
 * between clients and relays only; here the switch ends them itself (7977-A-01, A-18, docs/decisions/0005).
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Clock } from '../util/clock.js';
import { type HandshakeLimits, Handshakes } from './handshakes.js';
import { listening } from './listening.js';
import type { TlsCredentials } from './tls-credentials.js';
import type { Door, Endpoint, Listener } from './transport.js';
import { adoptWebSocket } from './ws-stream.js';

export interface WsOptions extends HandshakeLimits {
  clock: Clock;
  /** Octets of the longest WebSocket message taken, that is of the longest chunk with its headers. */
  maxPayload: number;
  /**
   * What is shown in TLS: WSS. Without it plain WebSocket, for this machine alone or behind something that ends TLS: RFC
   * 7977 §5.1 "MSRP traffic transported over WebSockets MUST be protected by using a Secure WebSocket (WSS)".
   */
  credentials?: Pick<TlsCredentials, 'server' | 'onChange'>;
  /** Without `credentials`: something in front of us ends TLS. @defaultValue false */
  tlsElsewhere?: boolean;
  /** Values of Origin let in; programs that are no browsers send none, and are. @defaultValue any */
  origins?: readonly string[];
  /** Give up connections that are no WebSocket after so many ms. @defaultValue 10000 */
  handshakeTimeout?: number;
  /** A ping goes out every so many ms, and who sends nothing in between is gone. @defaultValue 30000 */
  pingInterval?: number;
}

/** 7977-4.1-01: "The Client MUST include the value "msrp" in the Sec-WebSocket-Protocol header". */
const SUBPROTOCOL = 'msrp';

interface Refusal {
  status: number;
  reason: string;
}

export class WsListener implements Listener {
  readonly #wanted: Endpoint;
  readonly #door: Door;
  readonly #options: WsOptions;
  readonly #server: Server;
  readonly #handshakes: Handshakes;
  readonly #webSockets: WebSocketServer;
  #address: Endpoint | undefined;

  constructor(wanted: Endpoint, door: Door, options: WsOptions) {
    this.#wanted = wanted;
    this.#door = door;
    this.#options = options;
    const { clock, handshakeTimeout = 10_000, pingInterval = 30_000 } = options;
    const kind = options.credentials || options.tlsElsewhere ? 'wss' : 'ws';
    this.#handshakes = new Handshakes(clock, handshakeTimeout, options);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxPayload,
      // Memory and time per connection for text that is mostly short; and what is compressed has no size before.
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
      verifyClient: ({ req }, done) => {
        const refusal = this.#refusal(req);
        if (refusal) done(false, refusal.status, refusal.reason);
        else done(true);
      },
    });
    // RFC 7977 §7: "If the HTTP GET request contains an Origin header, the MSRP WebSocket Server SHOULD indicate
    // Cross-Origin Resource Sharing [CORS] by adding an Access-Control-Allow-Origin header to the 101 response."
    this.#webSockets.on('headers', (headers, { headers: { origin } }) => {
      if (origin !== undefined) headers.push(`Access-Control-Allow-Origin: ${origin}`);
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
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        if (!this.#handshakes.finish(request.socket)) webSocket.terminate();
        else adoptWebSocket(webSocket, request.socket, door.accept, { kind, clock, pingInterval });
      });
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

  #refusal({ headers, socket }: IncomingMessage): Refusal | undefined {
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) return { status: 400, reason: 'sub-protocol "msrp" is required' };
    const { origins } = this.#options;
    if (origins && headers.origin !== undefined && !origins.includes(headers.origin)) {
      return { status: 403, reason: 'pages of this origin are not let in' };
    }
    return this.#door.admits(socket.remoteAddress) ? undefined : { status: 503, reason: 'too many connections' };
  }
}

function secureServer(credentials: NonNullable<WsOptions['credentials']>): Server {
  const server = createSecureServer({ ...credentials.server, ALPNProtocols: ['http/1.1'] });
  credentials.onChange(() => server.setSecureContext(credentials.server));
  return server;
}
