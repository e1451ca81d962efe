/** The opening handshake of MSRP over WebSocket (RFC 7977 §4.1), on whichever HTTP server it comes. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../util/clock.js';
import { refuseUpgrade } from '../util/refuse-upgrade.js';
import type { Door } from './transport.js';
import { adoptWebSocket } from './ws-stream.js';

export interface WsUpgradesOptions {
  clock: Clock;
  /** Octets of the longest WebSocket message taken, that is of the longest chunk with its headers; for each connection. */
  maxPayload: () => number;
  /** A ping goes out every so many ms, and who sends nothing in between is gone. @defaultValue 30000 */
  pingInterval?: number;
  /** Whether the page it comes from is let in; programs that are no browsers send no Origin. @defaultValue any is */
  admitsPage?: (headers: IncomingMessage['headers']) => boolean;
}

/** Who asks. */
export interface WsPeer {
  /** `wss` where TLS ends at us or in front of us. */
  kind: 'ws' | 'wss';
  /** Undefined when the connection is gone already. */
  address: string | undefined;
}

/** What an HTTP server hands over: the three arguments of its event `upgrade`, and who it is. */
export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  /** What came behind the request. */
  head: Buffer;
  peer: WsPeer;
}

/** 7977-4.1-01: "The Client MUST include the value "msrp" in the Sec-WebSocket-Protocol header". */
const SUBPROTOCOL = 'msrp';

export class WsUpgrades {
  readonly #door: Door;
  readonly #options: WsUpgradesOptions;
  readonly #webSockets: WebSocketServer;

  constructor(door: Door, options: WsUpgradesOptions) {
    this.#door = door;
    this.#options = options;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxPayload(),
      // Memory and time per connection for text that is mostly short; and what is compressed has no size before.
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    // RFC 7977 §7: "If the HTTP GET request contains an Origin header, the MSRP WebSocket Server SHOULD indicate
    // Cross-Origin Resource Sharing [CORS] by adding an Access-Control-Allow-Origin header to the 101 response."
    this.#webSockets.on('headers', (headers, { headers: { origin } }) => {
      if (origin !== undefined) headers.push(`Access-Control-Allow-Origin: ${origin}`);
    });
  }

  /**
   * Answers what a client asks for, and hands its stream to the door.
   * @param opening called before that; false when there is to be no stream after all
   */
  take({ request, socket, head, peer }: UpgradeRequest, opening = (): boolean => true): void {
    const refusal = this.#refusal(request, peer);
    if (refusal) return refuseUpgrade(socket, ...refusal);
    const { clock, maxPayload, pingInterval = 30_000 } = this.#options;
    this.#webSockets.options.maxPayload = maxPayload();
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (!opening()) webSocket.terminate();
      else adoptWebSocket(webSocket, socket as Socket, this.#door.accept, { ...peer, clock, pingInterval });
    });
  }

  #refusal({ headers }: IncomingMessage, { address }: WsPeer): [status: string, why: string] | undefined {
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) return ['400 Bad Request', 'sub-protocol "msrp" is required'];
    if (!(this.#options.admitsPage?.(headers) ?? true)) {
      return ['403 Forbidden', 'pages of this origin are not let in'];
    }
    return this.#door.admits(address) ? undefined : ['503 Service Unavailable', 'too many connections'];
  }
}
