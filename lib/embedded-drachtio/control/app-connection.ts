import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../util/clock.js';
import { Gathered } from '../../util/gathered.js';
import type { Logger } from '../../util/log.js';
import { encodeFrame, type Frame, FrameError, FrameReader } from './frame.js';
import { HeldFrames } from './held-frames.js';

/** Milliseconds in which an application has to authenticate. */
const AUTHENTICATION_TIMEOUT = 10_000;
/** Bytes queued towards an application that does not read, before it is cut off. */
const MAX_QUEUED = 64 * 1024 * 1024;

export interface ConnectionHandler {
  frame(connection: AppConnection, frame: Frame): void;
  closed(connection: AppConnection): void;
}

/** One application: its socket, whether it has authenticated, and the methods it routes to itself. */
export class AppConnection {
  readonly routes = new Set<string>();
  authenticated = false;
  readonly #socket: Socket;
  readonly #gathered: Gathered;
  readonly #clock: Clock;
  readonly #reader = new FrameReader();
  readonly #held: HeldFrames;
  #ending: Timer | undefined;
  #closed = false;

  constructor(socket: Socket, clock: Clock, log: Logger, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#gathered = new Gathered(socket);
    this.#clock = clock;
    this.#held = new HeldFrames(clock, (frame) => this.#write(frame));
    socket.setNoDelay(true);
    const deadline = clock.after(AUTHENTICATION_TIMEOUT, () => {
      if (!this.authenticated) socket.destroy();
    });
    socket.on('data', (chunk) => {
      try {
        for (const frame of this.#reader.receive(chunk)) {
          if (this.#closed) return;
          handler.frame(this, frame);
        }
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        log.warn({ error }, 'application does not speak the control protocol');
        socket.destroy();
      }
    });
    socket.on('error', (error) => log.debug({ error }, 'control connection failed'));
    socket.on('close', () => {
      deadline.cancel();
      this.#closed = true;
      this.#ending?.cancel();
      this.#held.clear();
      handler.closed(this);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** `response|rid|OK|…`, `response|rid|NO|reason` or `response|rid|NOK|reason`. */
  respond(requestId: string, tokens: readonly string[], message?: Buffer): void {
    this.#write(encodeFrame([randomUUID(), 'response', requestId, ...tokens], message));
  }

  /** An echo, after which frames about `key` (a transaction or dialog id) wait a moment. */
  echo(requestId: string, tokens: readonly string[], message: Buffer, key?: string): void {
    this.respond(requestId, ['OK', ...tokens], message);
    if (key !== undefined) this.hold(key);
  }

  /** Holds back frames about `key` for a moment, as behind an echo. */
  hold(key: string): void {
    if (!this.#closed) this.#held.hold(key);
  }

  /** A `sip` frame to the application: `source` are tokens 2 to 7, `rest` those behind the dialog id. */
  push(
    source: readonly string[],
    transactionId: string,
    dialogId: string,
    message: Buffer,
    rest: readonly string[] = [],
  ): void {
    const frame = encodeFrame([randomUUID(), 'sip', ...source, transactionId, dialogId, ...rest, ''], message);
    if (!this.#held.keep(frame, [transactionId, dialogId], source)) this.#write(frame);
  }

  /** Sends what is queued, then closes. */
  end(): void {
    this.#socket.end();
    this.#ending ??= this.#clock.after(AUTHENTICATION_TIMEOUT, () => this.#socket.destroy());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #write(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#socket.writableLength > MAX_QUEUED) this.#socket.destroy();
    else {
      this.#gathered.hold();
      this.#socket.write(frame);
    }
  }
}
