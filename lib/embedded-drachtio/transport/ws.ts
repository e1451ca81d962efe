import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { refuseUpgrade } from '../../util/refuse-upgrade.js';
import type { Timer } from '../../util/clock.js';
import { bracketed, parseMessage } from '../message/index.js';
import { advertised } from './advertise.js';
import { type Endpoint, endpointKey, type Flow } from './flow.js';
import { listening } from './listening.js';
import type { TransportContext } from './options.js';
import type { Receiver } from './receiver.js';

/** RFC 7118 §4.1: "the value of the Sec-WebSocket-Protocol header … MUST include the value "sip"". */
const SUBPROTOCOL = 'sip';

/** RFC 6455 §7.4.1: "an endpoint is "going away", such as a server going down". */
const GOING_AWAY = 1001;
/** Milliseconds that a peer gets to answer that. */
const GOODBYE = 500;

/** What an HTTP server of somebody else hands over: the arguments of its event `upgrade`, and whose connection it is. */
export interface SipUpgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  /** IP address. @defaultValue that of the socket */
  address?: string | undefined;
}

/** Of connections that we open without listening: nobody can open one to us. */
const NOWHERE: Endpoint = { host: 'unknown.invalid', port: 5060 };

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
    /** Where it came to us. */
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
      if (result.ok) receiver.message(result.message, this, bytes);
      else receiver.refused(result, this);
    });
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('error', (error) => context.log.debug({ error, remote }, 'SIP WebSocket failed'));
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
    this.context.sent(this, message);
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

/**
 * SIP over WebSocket (RFC 7118): a listener, an HTTP server of somebody else who hands connections over, or both; with the
 * table of their connections.
 */
export class WsTransport {
  readonly #connections = new Map<string, WebSocketConnection>();
  readonly #opening = new Map<string, Promise<Flow>>();
  #http: Server | undefined;
  readonly #server: WebSocketServer;
  readonly #context: TransportContext;
  readonly #receiver: Receiver;
  #local: Endpoint | undefined;
  #closed = false;

  constructor(context: TransportContext, receiver: Receiver) {
    this.#context = context;
    this.#receiver = receiver;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: context.limits.maxHead + context.limits.maxBody,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
  }

  /** Listens. Rejects with Node's error when the address cannot be had. */
  async bind(address: Endpoint): Promise<void> {
    const { log, occupancy } = this.#context;
    const http = createServer((_request, response) => {
      response.writeHead(426, { Connection: 'close' }).end('SIP over WebSocket (RFC 7118) only\n');
    });
    // Counted before their handshake, for want of which they would be held for a minute.
    http.on('connection', (socket: Socket) => {
      const leave = occupancy.enter(socket.remoteAddress ?? '');
      if (leave) socket.once('close', leave);
      else socket.destroy();
    });
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#take({ request, socket, head }, this.#local ?? NOWHERE);
    });
    this.#http = http;
    this.#local = await listening(http, address);
    http.on('error', (error) => log.debug({ error }, 'SIP WebSocket listener failed'));
  }

  /** Takes over a connection of an HTTP server that is not ours, and answers it, if need be with an error. */
  upgrade(asked: SipUpgrade): void {
    const { socket, request, address = request.socket.remoteAddress } = asked;
    const { localAddress = '', localPort = 0 } = request.socket;
    const leave = this.#closed ? undefined : this.#context.occupancy.enter(address ?? '');
    if (!leave) return refuseUpgrade(socket, '503 Service Unavailable', 'no more connections are taken');
    socket.once('close', leave);
    this.#take(asked, { host: localAddress, port: localPort });
  }

  #take({ request, socket, head, address }: SipUpgrade, local: Endpoint): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
    if (!offered.some((name) => name.trim().toLowerCase() === SUBPROTOCOL)) {
      return refuseUpgrade(socket, '400 Bad Request', 'sub-protocol "sip" is required');
    }
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#adopt(webSocket, { host: address ?? remoteAddress, port: remotePort }, local);
    });
  }

  /** Undefined where it does not listen itself. */
  get local(): Endpoint | undefined {
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
        resolve(this.#adopt(socket, remote, this.#local ?? NOWHERE));
      });
    });
  }

  #adopt(socket: WebSocket, remote: Endpoint, local: Endpoint): Flow {
    const connection = new WebSocketConnection(socket, local, remote, this.#context, {
      message: (message, flow, octets) => this.#receiver.message(message, flow, octets),
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
    await this.#sayGoodbye();
    this.#server.close();
    const http = this.#http;
    if (!http) return;
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  }

  /** A browser tells its page with which code it ended, so that the page knows to come back. */
  async #sayGoodbye(): Promise<void> {
    const sockets = [...this.#connections.values()].map(({ socket }) => socket);
    if (sockets.length === 0) return;
    const timer = this.#context.clock.after(GOODBYE, () => {
      for (const socket of sockets) socket.terminate();
    });
    const gone = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.close(GOING_AWAY);
    await Promise.all(gone);
    timer.cancel();
  }
}
