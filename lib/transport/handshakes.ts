import type { Socket } from 'node:net';
import type { Clock } from '../util/clock.js';

interface Handshake {
  abandon(): void;
  finish(): void;
}

/**
 * Connections that are no streams yet, for want of their TLS or WebSocket handshake: bounded in number and in time. A TLS
 * socket does not know the one under it, so both are found by their addresses.
 */
export class Handshakes {
  readonly #pending = new Map<string, Handshake>();
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #limit: number;

  /** @param timeout in ms */
  constructor(clock: Clock, timeout: number, limit: number) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#limit = limit;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** A connection was accepted. False when there are too many: it is closed at once. */
  begin(socket: Socket): boolean {
    const key = keyOf(socket);
    if (key === null || this.#pending.size >= this.#limit) {
      socket.destroy();
      return false;
    }
    const timer = this.#clock.after(this.#timeout, () => socket.destroy());
    const finish = (): void => {
      timer.cancel();
      socket.off('close', finish);
      this.#pending.delete(key);
    };
    socket.once('close', finish);
    this.#pending.set(key, { abandon: () => socket.destroy(), finish });
    return true;
  }

  /** It has become a stream. False when it was given up before. */
  finish(socket: Socket): boolean {
    const handshake = this.#pending.get(keyOf(socket) ?? '');
    handshake?.finish();
    return handshake !== undefined;
  }

  /** Gives all of them up. */
  abandon(): void {
    for (const handshake of this.#pending.values()) handshake.abandon();
  }
}

/** Null when it is gone already. */
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string | null =>
  remoteAddress === undefined || remotePort === undefined ? null : `${remoteAddress} ${remotePort} ${localAddress}`;
