import type { Clock, Timer } from '../../lib/util/clock.js';
import type { Logger } from '../../lib/util/log.js';
import type { ControlSocket } from './srf-types.js';

/**
 * DRA-G1: drachtio-server reads its control connection into a ring of 12,228 octets in pieces of 8,192. A frame beyond
 * that never completes; one of more than 4,036 octets is overwritten by whatever follows before it was taken. Either way
 * the connection and every dialog on it is lost.
 */
export const LIMITS = {
  /** Octets up to which frames may follow each other. */
  small: 3_900,
  /** Octets of the largest frame there is. */
  largest: 12_000,
  /** Octets that may wait behind a large frame. */
  waiting: 8 * 1024 * 1024,
  /** Milliseconds a large frame's echo may take. */
  echo: 5_000,
} as const;

/** Octets that wait behind large frames, of all control connections. */
export interface Waiting {
  octets: number;
}

/** What `write` of a socket does, by frame. */
type Write = ControlSocket['write'];

/**
 * Writes large frames alone: nothing follows one before its echo is back. It sits below drachtio-srf, in the socket's
 * `write`, because srf answers some requests by itself and other parts of the program share the connection.
 */
export class FrameBudget {
  readonly #socket: ControlSocket;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #write: Write;
  readonly #refused: (id: string) => void;
  readonly #queue: { frame: string; callback: (() => void) | undefined; size: number }[] = [];
  readonly #waiting: Waiting;
  #queued = 0;
  /** Message id of the large frame on its way. */
  #awaited: string | undefined;
  #timer: Timer | undefined;

  /**
   * @param options.waiting kept up to date by all budgets that share it
   * @param options.refused called, a moment later, with the id of a frame that was too large to be written
   */
  constructor(
    socket: ControlSocket,
    options: { clock: Clock; log: Logger; waiting: Waiting; refused: (id: string) => void },
  ) {
    this.#socket = socket;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#refused = options.refused;
    this.#waiting = options.waiting;
    this.#write = socket.write.bind(socket);
    socket.write = (frame, callback) => this.write(frame, callback);
  }

  /** Takes the place of the socket's `write`: one call is one frame, `LENGTH#ID|VERB|…`. */
  write(frame: string, callback?: () => void): boolean {
    const size = Buffer.byteLength(frame);
    if (size > LIMITS.largest) {
      // Callers keep below it (`SrfAdapter`); should one not, one lost frame is better than a lost connection.
      this.#log.error({ size }, 'a frame that drachtio-server cannot read was dropped');
      callback?.();
      // drachtio-srf notes the id only after it has written.
      queueMicrotask(() => this.#refused(idOf(frame)));
      return true;
    }
    this.#queue.push({ frame, callback, size });
    this.#wait(size);
    if (this.#queued > LIMITS.waiting) {
      this.#log.error({ queued: this.#queued }, 'drachtio-server does not read; closing the control connection');
      this.close();
      this.#socket.destroy();
      return false;
    }
    return this.#flush();
  }

  /** A frame of the server: `ID|response|ID of ours|…` is an echo. */
  received(message: string): void {
    const [, verb, id] = message.split('|', 3);
    if (verb !== 'response' || id !== this.#awaited) return;
    this.#release();
  }

  /** The connection is gone. */
  close(): void {
    this.#timer?.cancel();
    this.#awaited = undefined;
    this.#queue.length = 0;
    this.#wait(-this.#queued);
  }

  #flush(): boolean {
    let more = true;
    while (this.#awaited === undefined) {
      const next = this.#queue[0];
      if (!next) break;
      this.#queue.shift();
      this.#wait(-next.size);
      if (next.size > LIMITS.small) this.#await(next.frame);
      more = this.#write(next.frame, next.callback);
    }
    return more;
  }

  #wait(octets: number): void {
    this.#queued += octets;
    this.#waiting.octets += octets;
  }

  #await(frame: string): void {
    this.#awaited = idOf(frame);
    this.#timer = this.#clock.after(LIMITS.echo, () => {
      this.#log.warn({}, 'drachtio-server did not confirm a large frame in time');
      this.#release();
    });
  }

  #release(): void {
    this.#timer?.cancel();
    this.#awaited = undefined;
    this.#flush();
  }
}

/** `LENGTH#ID|VERB|…` */
const idOf = (frame: string): string => frame.slice(frame.indexOf('#') + 1, frame.indexOf('|'));
