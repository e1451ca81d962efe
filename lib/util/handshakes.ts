import type { Clock } from './clock.js';
import { sourceOf } from './source.js';

/** What of a `net.Socket` is looked at. */
interface Connection {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

interface Handshake {
  abandon(): void;
  finish(): void;
}

export interface HandshakeLimits {
  /** Handshakes at once; further connections are closed at once. @defaultValue 1000 */
  maxHandshakes?: number | undefined;
  /** The same of one address, or one /64 of IPv6. @defaultValue no other limit */
  maxHandshakesPerAddress?: number | undefined;
}

/**
 * Connections that are no streams yet, for want of their TLS or WebSocket handshake: bounded in number and in time. A TLS
 * socket does not know the one under it, so both are found by their addresses.
 */
export class Handshakes {
  readonly #pending = new Map<string, Handshake>();
  /** How many, by where they come from. */
  readonly #bySource = new Map<string, number>();
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #limits: Readonly<HandshakeLimits>;

  /**
   * @param timeout in ms
   * @param limits looked at for each connection
   */
  constructor(clock: Clock, timeout: number, limits: Readonly<HandshakeLimits> = {}) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#limits = limits;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** A connection was accepted. False when there are too many: it is closed at once. */
  begin(socket: Connection): boolean {
    const key = keyOf(socket);
    const source = sourceOf(socket.remoteAddress ?? '');
    const same = this.#bySource.get(source) ?? 0;
    const { maxHandshakes = 1000, maxHandshakesPerAddress = Number.POSITIVE_INFINITY } = this.#limits;
    if (key === null || this.#pending.size >= maxHandshakes || same >= maxHandshakesPerAddress) {
      socket.destroy();
      return false;
    }
    this.#bySource.set(source, same + 1);
    const timer = this.#clock.after(this.#timeout, () => socket.destroy());
    const finish = (): void => {
      timer.cancel();
      socket.off('close', finish);
      this.#pending.delete(key);
      const rest = (this.#bySource.get(source) ?? 1) - 1;
      if (rest > 0) this.#bySource.set(source, rest);
      else this.#bySource.delete(source);
    };
    socket.once('close', finish);
    this.#pending.set(key, { abandon: () => socket.destroy(), finish });
    return true;
  }

  /** It has become a stream. False when it was given up before. */
  finish(socket: Connection): boolean {
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
const keyOf = ({ remoteAddress, remotePort, localAddress }: Connection): string | null =>
  remoteAddress === undefined || remotePort === undefined ? null : `${remoteAddress} ${remotePort} ${localAddress}`;
