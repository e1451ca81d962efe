import type { Clock, Timer } from '../../../../../lib/util/clock.js';

/** Milliseconds between a sign of life and the next ping; proxies on the way want to see some traffic too. */
const INTERVAL = 15_000;
/** Milliseconds that an answer may take: after 10 s without a pong the flow has failed (RFC 5626 §3.5.1). */
const PONG = 10_000;
/** The same where there is reason to doubt: who is told to have no network shall not write into a void for long. */
const PONG_IN_DOUBT = 5000;

const PING = '\r\n\r\n';
const isPong = (data: unknown): boolean => typeof data === 'string' && /^(?:\r\n)+$/.test(data);

export interface KeepAliveOptions {
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
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #answers = false;
  #next: Timer | undefined;
  /** Runs while a ping is unanswered. */
  #deadline: Timer | undefined;
  #stopped = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#ping();
  }

  /** Something arrived. */
  heard(data: unknown): void {
    if (this.#stopped) return;
    this.#answers ||= isPong(data);
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#later();
  }

  /** Asks at once, and waits 5 s only: there is reason to doubt. */
  check(): void {
    if (!this.#stopped && !this.#deadline) this.#ping(PONG_IN_DOUBT);
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.cancel();
    this.#deadline?.cancel();
  }

  #ping(patience = PONG): void {
    const { clock, send } = this.#options;
    this.#next?.cancel();
    this.#deadline = clock.after(patience, () => this.#missed());
    send(PING);
  }

  #missed(): void {
    this.#deadline = undefined;
    if (!this.#answers) return this.#later();
    this.stop();
    this.#options.onDead();
  }

  #later(): void {
    this.#next?.cancel();
    this.#next = this.#options.clock.after(INTERVAL, () => this.#ping());
  }
}
