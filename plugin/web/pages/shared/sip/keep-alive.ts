import type { Clock } from '../../../../../lib/util/clock.js';
import { KeepAlive } from '../../../../../lib/util/keep-alive.js';

const PING = '\r\n\r\n';
const isPong = (data: unknown): boolean => typeof data === 'string' && /^(?:\r\n)+$/.test(data);

export interface SipKeepAliveOptions {
  clock: Clock;
  /** Hands a ping to the server. */
  send: (ping: string) => void;
  /** Nothing comes any more; told once. */
  onDead: () => void;
}

/**
 * Finds that a connection is dead although nobody closed it, at most 25 s later: a browser shows its pages no pings of
 * WebSocket, so there are those of SIP (RFC 7118 §6: the CRLF keep-alive of RFC 5626 §3.5.1 is "usable over the transport").
 * They are sent to every server, but only one that has answered before is expected to answer: not all of them do.
 */
export class SipKeepAlive {
  readonly #keepAlive: KeepAlive;
  #answers = false;

  constructor({ clock, send, onDead }: SipKeepAliveOptions) {
    this.#keepAlive = new KeepAlive({ clock, onDead, ask: () => send(PING), judges: () => this.#answers });
    this.#keepAlive.ask();
  }

  /** Something arrived. */
  heard(data: unknown): void {
    this.#answers ||= isPong(data);
    this.#keepAlive.heard();
  }

  /** Asks at once, and waits 5 s only: there is reason to doubt. */
  check(): void {
    this.#keepAlive.check();
  }

  stop(): void {
    this.#keepAlive.stop();
  }
}
