import { createHash } from 'node:crypto';
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ExpectedFingerprint } from '../sdp/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import type { ByteStream, ByteStreamDelegate, MsrpTransport, StreamTarget } from './byte-stream.js';

export interface NodeTransportOptions {
  clock?: Clock;
  /** Milliseconds until a connection attempt counts as failed. @defaultValue 10000 */
  connectTimeout?: number;
}

class SocketStream implements ByteStream {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  get writable(): boolean {
    return this.#socket.writable && !this.#socket.writableNeedDrain;
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** RFC 8122 §5: upper-case hex pairs of the hash over the certificate's DER form. */
function matchesFingerprint(socket: TLSSocket, { hash, values }: ExpectedFingerprint): boolean {
  const { raw } = socket.getPeerCertificate();
  const digest = createHash(hash.replace('-', '')).update(raw).digest('hex').toUpperCase();
  return values.includes(digest.replace(/..(?!$)/g, '$&:'));
}

/** MSRP over TCP and TLS with the sockets of Node. */
export class NodeTransport implements MsrpTransport {
  readonly #clock: Clock;
  readonly #connectTimeout: number;

  constructor(options: NodeTransportOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#connectTimeout = options.connectTimeout ?? 10_000;
  }

  // 4975-6.2-01, -02: Node resolves a name and tries its addresses in order
  connect(target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream> {
    return new Promise((resolve, reject) => {
      const where = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
      const socket = target.secure ? openTls(target) : connectTcp({ host: target.host, port: target.port });
      let failure: Error | undefined;
      const timer = this.#clock.after(this.#connectTimeout, () => {
        socket.destroy(new Error(`no answer within ${this.#connectTimeout / 1000} s`));
      });
      const failed = (): void => {
        timer.cancel();
        if (failure instanceof ChatroomsError) {
          reject(failure);
          return;
        }
        const hint = target.secure
          ? 'certificate, port and firewall'
          : 'its --msrp and --advertise address and the firewall';
        reject(
          new ChatroomsError(
            'CHAT_ERR_MSRP_UNREACHABLE',
            `the room's MSRP address ${where} cannot be reached: ${failure?.message ?? 'closed'}; check ${hint}`,
            { cause: failure },
          ),
        );
      };
      socket.on('error', (error: Error) => {
        failure = error;
      });
      socket.once('close', failed);
      socket.once(target.secure ? 'secureConnect' : 'connect', () => {
        if (target.secure && target.fingerprint && !matchesFingerprint(socket as TLSSocket, target.fingerprint)) {
          failure = new ChatroomsError(
            'CHAT_ERR_CERTIFICATE',
            `the certificate of ${where} is not the one its SDP names`,
          );
          socket.destroy();
          return;
        }
        timer.cancel();
        socket.off('close', failed);
        this.#couple(socket, delegate);
        resolve(new SocketStream(socket));
      });
    });
  }

  #couple(socket: Socket, delegate: ByteStreamDelegate): void {
    let cause: Error | undefined;
    // a response must not wait for the peer's delayed acknowledgement
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('error', (error: Error) => {
      cause = error;
    });
    socket.on('data', (bytes: Uint8Array) => delegate.onData(bytes));
    socket.on('drain', () => delegate.onDrain());
    socket.on('close', () => delegate.onClose(cause));
  }
}

function openTls(target: StreamTarget): TLSSocket {
  return connectTls({
    host: target.host,
    port: target.port,
    // server names are names, never addresses (RFC 6066 §3)
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    // with a fingerprint a self-signed certificate is as good as any (4975-5.4-12, 8122-6.2-01)
    rejectUnauthorized: target.fingerprint === null,
    minVersion: 'TLSv1.2',
  });
}
