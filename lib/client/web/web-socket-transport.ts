import { type Clock, systemClock, type Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import type { ByteStream, ByteStreamDelegate, MsrpTransport, StreamTarget } from '../msrp/byte-stream.js';
import { FrameJoiner } from '../msrp/frame-joiner.js';

/** What is used of a browser's WebSocket (W3C WebSocket API). */
export interface BrowserWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  send(data: Uint8Array): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

/** How MSRP over the WebSocket of a browser connects. */
export interface WebSocketTransportOptions {
  /** Path of the URL, which the SDP cannot say. @defaultValue `/` */
  urlPath?: string;
  /**
   * Where to connect to instead, whatever the SDP says: a page reaches its own server past any proxy in between, which the
   * server need not know of. @defaultValue host and port of the SDP, and `urlPath`
   */
  url?: string | ((target: StreamTarget) => string);
  /** Milliseconds until a connection attempt counts as failed. @defaultValue 10000 */
  connectTimeout?: number;
  /** @defaultValue the `WebSocket` of the browser */
  WebSocket?: new (
    url: string,
    protocol: string,
  ) => BrowserWebSocket;
  clock?: Clock;
}

/** 7977-4.1-01. */
export const MSRP_SUBPROTOCOL = 'msrp';

/** Octets not sent yet, above which writers wait. */
const HIGH_WATER = 262_144;
/** A browser does not tell when its buffer has drained; ask so often, in ms. */
const DRAIN_POLL = 50;
/** RFC 6455 §7.4.1. */
const NORMAL_CLOSURE = 1000;

/** 7977-5.2-02: the URI of the answer with `;ws` names host and port, its scheme whether TLS is spoken. */
export function webSocketUrl({ host, port, secure }: StreamTarget, path: string): string {
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${secure ? 'wss' : 'ws'}://${authority}:${port}${path}`;
}

/** MSRP over the WebSocket of a browser (RFC 7977). Certificates are the browser's to check: it shows none to a page. */
export class WebSocketTransport implements MsrpTransport {
  readonly carrier = 'ws';
  /** RFC 7977 §6: a browser lets its pages neither send pings nor see them. */
  readonly needsKeepAlive = true;
  readonly #clock: Clock;
  readonly #connectTimeout: number;
  readonly #urlOf: (target: StreamTarget) => string;
  readonly #create: NonNullable<WebSocketTransportOptions['WebSocket']>;

  /** @throws ChatroomsError `CHAT_ERR_USAGE` where there is no `WebSocket` and none was given */
  constructor(options: WebSocketTransportOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#connectTimeout = options.connectTimeout ?? 10_000;
    const { url, urlPath = '/' } = options;
    this.#urlOf = typeof url === 'function' ? url : (target) => url ?? webSocketUrl(target, urlPath);
    const create = options.WebSocket ?? (globalThis as Pick<WebSocketTransportOptions, 'WebSocket'>).WebSocket;
    if (!create) throw new ChatroomsError('CHAT_ERR_USAGE', 'there is no WebSocket here; give one as option WebSocket');
    this.#create = create;
  }

  connect(target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream> {
    const url = this.#urlOf(target);
    return new Promise((resolve, reject) => {
      const socket = this.#open(url);
      socket.binaryType = 'arraybuffer';
      const stream = new WebSocketStream(socket, delegate, this.#clock);
      let opened = false;
      const failed = (why: string): void => {
        timer.cancel();
        if (!opened) reject(unreachable(url, why));
      };
      const timer = this.#clock.after(this.#connectTimeout, () => {
        failed(`no answer within ${this.#connectTimeout / 1000} s`);
        socket.close();
      });
      // A browser says of an error only that there was one; 'close' follows.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', () => {
        if (opened) stream.over();
        else failed('the browser could not connect; it logs the reason');
      });
      socket.addEventListener('open', () => {
        // 7977-4.1-01: "The 101 reply from the Server MUST contain "msrp" in its … Sec-WebSocket-Protocol header."
        if (socket.protocol !== MSRP_SUBPROTOCOL) {
          failed('it is no MSRP server');
          socket.close();
          return;
        }
        timer.cancel();
        opened = true;
        socket.addEventListener('message', ({ data }) => stream.receive(data));
        resolve(stream);
      });
    });
  }

  /** @throws ChatroomsError `CHAT_ERR_MSRP_UNREACHABLE` for what the browser does not even try: a page of https asks for `ws:` */
  #open(url: string): BrowserWebSocket {
    try {
      return new this.#create(url, MSRP_SUBPROTOCOL);
    } catch (error) {
      throw unreachable(url, error instanceof Error ? error.message : String(error));
    }
  }
}

class WebSocketStream implements ByteStream {
  readonly #socket: BrowserWebSocket;
  readonly #delegate: ByteStreamDelegate;
  readonly #clock: Clock;
  readonly #frames = new FrameJoiner();
  #closed = false;
  #poll: Timer | undefined;

  constructor(socket: BrowserWebSocket, delegate: ByteStreamDelegate, clock: Clock) {
    this.#socket = socket;
    this.#delegate = delegate;
    this.#clock = clock;
  }

  get pending(): number {
    return this.#frames.held + this.#socket.bufferedAmount;
  }

  get writable(): boolean {
    if (this.#closed) return false;
    const free = this.#socket.bufferedAmount < HIGH_WATER;
    if (!free) this.#poll ??= this.#watch();
    return free;
  }

  write(bytes: Uint8Array): void {
    const frame = this.#frames.add(bytes);
    if (frame && !this.#closed) this.#socket.send(frame);
  }

  close(): void {
    this.#socket.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.#socket.close(NORMAL_CLOSURE);
    // The handshake of the end may take its time; nobody waits for it.
    this.over();
  }

  /** 7977-4.2-01: "The content of text frames MUST be interpreted as binary by WebSocket Clients and Servers." */
  receive(data: unknown): void {
    if (this.#closed) return;
    if (typeof data === 'string') this.#delegate.onData(new TextEncoder().encode(data));
    else if (data instanceof ArrayBuffer) this.#delegate.onData(new Uint8Array(data));
  }

  over(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poll?.cancel();
    this.#delegate.onClose();
  }

  #watch(): Timer {
    return this.#clock.after(DRAIN_POLL, () => {
      this.#poll = undefined;
      if (this.#socket.bufferedAmount >= HIGH_WATER) this.#poll = this.#watch();
      else this.#delegate.onDrain();
    });
  }
}

function unreachable(url: string, why: string): ChatroomsError {
  const text = `the room's MSRP address ${url} cannot be reached: ${why}; check its --msrp-ws, certificate and firewall`;
  return new ChatroomsError('CHAT_ERR_MSRP_UNREACHABLE', text);
}
