import { isUtf8 } from 'node:buffer';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Timer } from '../../util/clock.js';
import { bracketed, parseMessage } from '../message/index.js';
import { advertised } from './advertise.js';
import { type Endpoint, endpointKey, type Flow } from './flow.js';
import { listening } from './listening.js';
import type { TransportContext } from './options.js';
import type { Receiver } from './receiver.js';

/** RFC 7118 §4.1: "the value of the Sec-WebSocket-Protocol header … MUST include the value "sip"". */
const SUBPROTOCOL = 'sip';

/** One WebSocket; each message on it is one SIP message (RFC 7118 §5), text or binary. */
class WebSocketConnection implements Flow {
  readonly transport = 'ws';
  readonly reliable = true;
  #closed = false;
  #alive = true;
  #heartbeat: Timer | undefined;
  readonly local: Endpoint;

  constructor(
    readonly socket: WebSocket,
    listener: Endpoint,
    readonly remote: Endpoint,
    private readonly context: TransportContext,
    receiver: Receiver,
  ) {
    this.local = advertised(listener, remote);
    socket.on('message', (data: Buffer) => {
      this.#alive = true;
      const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data);
      if (bytes.length <= 4) {
        // RFC 7118 §6 refers to RFC 5626: a double CRLF is a ping here too.
        if (bytes.length === 4) this.send(Buffer.from('\r\n'));
        return;
      }
      const result = parseMessage(bytes, context.limits);
      if (result.ok) receiver.message(result.message, this, bytes.length);
      else receiver.refused(result, this);
    });
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('error', (error) => context.log.debug({ error, remote }, 'SIP WebSocket'));
    socket.on('close', () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#heartbeat?.cancel();
      receiver.closed(this);
    });
    this.#watch();
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(message: Buffer, failed?: (error: Error) => void): void {
    if (this.#closed || this.socket.readyState !== WebSocket.OPEN) {
      failed?.(new Error('WebSocket closed'));
      return;
    }
    if (this.socket.bufferedAmount + message.length > this.context.limits.maxQueued) {
      this.socket.terminate();
      failed?.(new Error('too many bytes queued'));
      return;
    }
    // Browsers' SIP stacks read text frames; a body that is no UTF-8 has to go as binary.
    this.socket.send(message, { binary: !isUtf8(message) }, (error) => {
      if (error) failed?.(error);
    });
  }

  /** A ping an interval; a peer that answers none within the next is gone (a browser closes without a word). */
  #watch(): void {
    this.#heartbeat = this.context.clock.after(this.context.limits.writeTimeout, () => {
      if (!this.#alive) {
        this.socket.terminate();
        return;
      }
      this.#alive = false;
      this.socket.ping();
      this.#watch();
    });
  }
}

/** A WebSocket listener (RFC 7118) with its table of connections. */
export class WsTransport {
  readonly #connections = new Map<string, WebSocketConnection>();
  readonly #opening = new Map<string, Promise<Flow>>();
  readonly #http: Server;
  readonly #server: WebSocketServer;
  readonly #context: TransportContext;
  readonly #receiver: Receiver;
  #local: Endpoint = { host: '', port: 0 };
  #closed = false;

  private constructor(context: TransportContext, receiver: Receiver) {
    this.#context = context;
    this.#receiver = receiver;
    this.#http = createServer((_request, response) => {
      response.writeHead(426, { Connection: 'close' }).end('SIP over WebSocket (RFC 7118) only\n');
    });
    // Counted before their handshake, for want of which they would be held for a minute.
    this.#http.on('connection', (socket: Socket) => {
      const leave = context.occupancy.enter(socket.remoteAddress ?? '');
      if (leave) socket.once('close', leave);
      else socket.destroy();
    });
    this.#server = new WebSocketServer({
      server: this.#http,
      maxPayload: context.limits.maxHead + context.limits.maxBody,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
      verifyClient: ({ req }, done) => {
        const offered = (req.headers['sec-websocket-protocol'] ?? '')
          .split(',')
          .map((name) => name.trim().toLowerCase());
        if (offered.includes(SUBPROTOCOL)) done(true);
        else done(false, 400, 'sub-protocol "sip" is required');
      },
    });
    this.#server.on('connection', (socket, request) => {
      const { remoteAddress: host = '', remotePort: port = 0 } = request.socket;
      this.#adopt(socket, { host, port });
    });
  }

  static async bind(address: Endpoint, context: TransportContext, receiver: Receiver): Promise<WsTransport> {
    const transport = new WsTransport(context, receiver);
    // ws repeats the HTTP server's errors on its own emitter; the promise below reports the one that matters.
    transport.#server.on('error', (error) => context.log.debug({ error }, 'SIP WebSocket listener'));
    transport.#local = await listening(transport.#http, address);
    return transport;
  }

  get local(): Endpoint {
    return this.#local;
  }

  existing(remote: Endpoint): Flow | undefined {
    return this.#connections.get(endpointKey(remote));
  }

  /** Connects as a client would; a browser cannot be reached this way, its own connection is the only one. */
  flowTo(remote: Endpoint): Promise<Flow> {
    const existing = this.existing(remote);
    if (existing) return Promise.resolve(existing);
    const key = endpointKey(remote);
    let opening = this.#opening.get(key);
    if (!opening) {
      opening = this.#open(remote).finally(() => this.#opening.delete(key));
      this.#opening.set(key, opening);
    }
    return opening;
  }

  #open(remote: Endpoint): Promise<Flow> {
    return new Promise((resolve, reject) => {
      const leave = this.#context.occupancy.open();
      if (!leave) {
        reject(new Error('too many connections'));
        return;
      }
      const socket = new WebSocket(`ws://${bracketed(remote.host)}:${remote.port}/`, SUBPROTOCOL, {
        handshakeTimeout: this.#context.limits.connectTimeout,
        maxPayload: this.#context.limits.maxHead + this.#context.limits.maxBody,
        perMessageDeflate: false,
      });
      socket.once('error', reject);
      socket.once('close', leave);
      socket.once('open', () => {
        socket.removeListener('error', reject);
        resolve(this.#adopt(socket, remote));
      });
    });
  }

  #adopt(socket: WebSocket, remote: Endpoint): Flow {
    const connection = new WebSocketConnection(socket, this.#local, remote, this.#context, {
      message: (message, flow, size) => this.#receiver.message(message, flow, size),
      refused: (failure, flow) => this.#receiver.refused(failure, flow),
      closed: (flow) => {
        if (this.#connections.get(endpointKey(flow.remote)) === flow)
          this.#connections.delete(endpointKey(flow.remote));
        this.#receiver.closed(flow);
      },
    });
    if (this.#closed) socket.terminate();
    this.#connections.set(endpointKey(remote), connection);
    return connection;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { socket } of this.#connections.values()) socket.terminate();
    this.#server.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}
