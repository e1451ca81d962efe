import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ExpectedFingerprint } from '../../sdp/index.js';
import type { ByteStream, ByteStreamDelegate } from '../msrp/byte-stream.js';

/** A socket of Node as a byte stream. */
export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  #corked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  get writable(): boolean {
    return this.#socket.writable && !this.#socket.writableNeedDrain;
  }

  /** What is written in one turn of the event loop leaves in one gathered write. */
  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Tells `delegate` what happens on a socket that is connected. */
export function couple(socket: Socket, delegate: ByteStreamDelegate): void {
  let cause: Error | undefined;
  // a response must not wait for the peer's delayed acknowledgement
  socket.setNoDelay(true);
  // keeps the way through a NAT open too, as a relay's connection needs for hours
  socket.setKeepAlive(true, 30_000);
  socket.on('error', (error: Error) => {
    cause = error;
  });
  socket.on('data', (bytes: Uint8Array) => delegate.onData(bytes));
  socket.on('drain', () => delegate.onDrain());
  socket.on('close', () => delegate.onClose(cause));
}

/** RFC 8122 §5: upper-case hex pairs of the hash over the certificate's DER form; false without a certificate. */
export function matchesFingerprint(socket: TLSSocket, { hash, values }: ExpectedFingerprint): boolean {
  // an object without `raw` when the peer showed nothing, nothing at all once the socket is gone
  const { raw } = (socket.getPeerCertificate() ?? {}) as { raw?: Buffer };
  if (!raw) return false;
  const digest = createHash(hash.replace('-', '')).update(raw).digest('hex').toUpperCase();
  return values.includes(digest.replace(/..(?!$)/g, '$&:'));
}
