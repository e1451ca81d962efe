import type { Connection, Sessions } from '../msrp/index.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { ByteStream } from './transport.js';

/** Octets of a connection that waits for its session; behind them it is not read. */
const KEPT = 65_536;
/** With the read that crosses that. A longer one, as WebSocket messages may be, is not waited with. */
const KEPT_AT_MOST = 2 * KEPT;
/** Milliseconds until such a connection hears that there is no session: less than its peer waits for a response. */
const PATIENCE = 10_000;

export interface FirstRequestOptions {
  stream: Pick<ByteStream, 'pause' | 'resume' | 'remote'>;
  connection: Pick<Connection, 'begun' | 'closed' | 'restart'>;
  sessions: Sessions;
  clock: Clock;
  log: Logger;
  /** Octets to be processed. */
  receive: (bytes: Buffer) => void;
  /** Octets need not come by here any more. */
  over: () => void;
}

/**
 * What a fresh connection receives, while its first request may be for a session that we offered and that is not there
 * yet (RFC 3264 §5.1):
 *
 *     beginning --head for an announced session--> waiting --it is there, or withdrawn, or 10 s--> over, octets read again
 *         '------any other head, close------> over   '-----close-----> over
 *
 * Read again, the request meets what any other does: its session binds or refuses the connection (ADR 0004), or 481.
 */
export class FirstRequest {
  readonly #options: FirstRequestOptions;
  #kept: Buffer[] = [];
  #octets = 0;
  #paused = false;
  #over = false;
  /** While it waits: waits no more. */
  #forget: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(options: FirstRequestOptions) {
    this.#options = options;
  }

  data(bytes: Buffer): void {
    const { connection, sessions, receive } = this.#options;
    if (this.#forget) return this.#more(bytes);
    // Nobody can name a session before it is announced.
    if (!sessions.expecting || this.#octets + bytes.length > KEPT_AT_MOST) {
      this.#end();
      return receive(bytes);
    }
    this.#keep(bytes);
    receive(bytes);
    if (this.#forget) this.#pauseWhenFull();
    else if (connection.begun || connection.closed) this.#end();
  }

  /** The first request names no session there is. Returns whether it waits for one. */
  wait(toPath: readonly string[]): boolean {
    if (this.#over) return false;
    const { clock, log, sessions, stream } = this.#options;
    // Not in this turn: who announces or adds a session has not finished with it.
    const forget = sessions.expect(toPath, () => setImmediate(() => this.#again()));
    if (!forget) return false;
    log.debug({ remote: stream.remote }, 'MSRP request came before its session');
    this.#forget = forget;
    this.#timer = clock.after(PATIENCE, () => this.#again());
    return true;
  }

  /** The stream closes. */
  close(): void {
    this.#end();
  }

  #more(bytes: Buffer): void {
    const tooMany = this.#octets + bytes.length > KEPT_AT_MOST;
    this.#keep(bytes);
    if (tooMany) this.#again();
    else this.#pauseWhenFull();
  }

  /** The reader's buffer is used again. */
  #keep(bytes: Buffer): void {
    this.#kept.push(Buffer.from(bytes));
    this.#octets += bytes.length;
  }

  #pauseWhenFull(): void {
    if (this.#paused || this.#octets < KEPT) return;
    this.#paused = true;
    this.#options.stream.pause();
  }

  #again(): void {
    if (this.#over) return;
    const { connection, receive, stream } = this.#options;
    const kept = this.#kept;
    this.#end();
    connection.restart();
    // In front, because who takes the octets may pause it for reasons of its own.
    if (this.#paused) stream.resume();
    for (const bytes of kept) receive(bytes);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget?.();
    this.#timer?.cancel();
    this.#kept = [];
    this.#options.over();
  }
}
