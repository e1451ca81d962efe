import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { matchesFingerprint } from '../../transport/trust.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import type { ByteStream, ByteStreamDelegate, MsrpTransport, StreamTarget } from '../msrp/byte-stream.js';
import { FrameJoiner } from '../msrp/frame-joiner.js';
import type { NodeTransportOptions } from './transport.js';
import { MSRP_SUBPROTOCOL, type WebSocketTransportOptions, webSocketUrl } from '../web/web-socket-transport.js';
import { authorities, trustOptions } from './trust.js';

/** How MSRP over WebSocket connects. */
export interface NodeWebSocketTransportOptions
  extends Pick<NodeTransportOptions, 'clock' | 'connectTimeout' | 'ca'>,
    Pick<WebSocketTransportOptions, 'urlPath'> {
  /** Octets of the longest WebSocket message taken. @defaultValue 16777216 */
  maxPayload?: number;
}

class WebSocketStream implements ByteStream {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #frames = new FrameJoiner();

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  get pending(): number {
    return this.#frames.held + this.#socket.writableLength;
  }

  get writable(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN && !this.#socket.writableNeedDrain;
  }

  write(bytes: Uint8Array): void {
    const frame = this.#frames.add(bytes);
    if (frame && this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.send(frame, { binary: true });
  }

  close(): void {
    this.#webSocket.close();
  }

  destroy(): void {
    this.#webSocket.terminate();
  }
}

/** MSRP over WebSocket (RFC 7977) for Node, where a certificate can be checked against the fingerprint of the SDP. */
export class NodeWebSocketTransport implements MsrpTransport {
  readonly carrier = 'ws';
  readonly #clock: Clock;
  readonly #connectTimeout: number;
  readonly #urlPath: string;
  readonly #maxPayload: number;
  readonly #authorities: { ca?: string };

  /** @throws ChatroomsError `CHAT_ERR_USAGE` for a `ca` that is none */
  constructor(options: NodeWebSocketTransportOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#connectTimeout = options.connectTimeout ?? 10_000;
    this.#urlPath = options.urlPath ?? '/';
    this.#maxPayload = options.maxPayload ?? 16_777_216;
    this.#authorities = authorities(options.ca);
  }

  connect(target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream> {
    return new Promise((resolve, reject) => {
      const url = webSocketUrl(target, this.#urlPath);
      const webSocket = this.#open(url, target);
      let failure: Error | undefined;
      let socket: Socket | undefined;
      const timer = this.#clock.after(this.#connectTimeout, () => {
        failure = new Error(`no answer within ${this.#connectTimeout / 1000} s`);
        webSocket.terminate();
      });
      webSocket.on('error', (error: Error) => {
        failure ??= error;
      });
      const failed = (): void => {
        timer.cancel();
        reject(failure instanceof ChatroomsError ? failure : unreachable(url, failure));
      };
      webSocket.once('close', failed);
      webSocket.once('upgrade', (response) => {
        ({ socket } = response);
      });
      webSocket.once('open', () => {
        if (!socket || !isMeant(socket, target)) {
          failure = new ChatroomsError(
            'CHAT_ERR_CERTIFICATE',
            `the certificate of ${url} is not the one its SDP names`,
          );
          webSocket.terminate();
          return;
        }
        timer.cancel();
        webSocket.off('close', failed);
        couple(webSocket, socket, delegate);
        resolve(new WebSocketStream(webSocket, socket));
      });
    });
  }

  #open(url: string, target: StreamTarget): WebSocket {
    return new WebSocket(url, MSRP_SUBPROTOCOL, {
      maxPayload: this.#maxPayload,
      perMessageDeflate: false,
      followRedirects: false,
      ...(target.secure ? { ...trustOptions(target), ...this.#authorities } : {}),
    });
  }
}

/** 8122-6.2-01; without a fingerprint TLS itself has checked the name. */
function isMeant(socket: Socket, { fingerprint }: StreamTarget): boolean {
  return fingerprint === null || matchesFingerprint((socket as TLSSocket).getPeerCertificate().raw, fingerprint);
}

function couple(webSocket: WebSocket, socket: Socket, delegate: ByteStreamDelegate): void {
  let cause: Error | undefined;
  socket.setNoDelay(true);
  // the server pings; a server that is gone is found by TCP
  socket.setKeepAlive(true, 30_000);
  socket.on('drain', () => delegate.onDrain());
  webSocket.on('message', (message: Buffer) => delegate.onData(message));
  webSocket.on('error', (error: Error) => {
    cause = error;
  });
  webSocket.on('close', () => delegate.onClose(cause));
}

function unreachable(url: string, cause: Error | undefined): ChatroomsError {
  const text = `the room's MSRP address ${url} cannot be reached: ${cause?.message ?? 'closed'}; check its --msrp-ws, certificate and firewall`;
  return new ChatroomsError('CHAT_ERR_MSRP_UNREACHABLE', text, { cause });
}
