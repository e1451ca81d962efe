/**
 * Couples one byte stream to one connection. All that is pending for the stream in one turn of the event loop leaves in
 * one gathered write; a stream that does not drain makes its writers wait.
 */
import { type CloseReason, Connection, type ConnectionOptions, type Sessions } from '../msrp/index.js';
import { type Clock, systemClock, type Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { ByteStream, StreamEvents } from './transport.js';

/** Somebody who writes frames of one session: an outbox. */
export interface Writer {
  /** The stream takes more: write until `blocked`, then wait again. */
  pump(): void;
  /**
   * Others want to write while this one's frame is open. Returns whether it ended its chunk (4975-7.1.1-13); one that
   * may not be interrupted returns false and calls `release` when its frame is complete.
   */
  interrupt(): boolean;
}

/** Above this nothing more is queued in one turn: the rest waits for the stream to drain. */
const TURN_LIMIT = 262_144;
/** Responses a peer does not read; past this it is cut off, since every request of it would cost us one. */
const HELD_LIMIT = 1_048_576;
/** A closing stream whose peer does not read is cut off after so many ms. */
const CLOSE_TIMEOUT = 5000;

/** Drivers with something to flush at the end of this turn. */
let dirty: Driver[] = [];

function flushAll(): void {
  const drivers = dirty;
  dirty = [];
  for (const driver of drivers) driver.flush();
}

export class Driver {
  readonly connection: Connection;
  readonly events: StreamEvents;
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  #closeTimer: Timer | undefined;
  /** Frames of this turn; text is joined, large bodies stand between. */
  #text = '';
  #parts: (string | Buffer)[] = [];
  #queued = 0;
  #dirty = false;
  #draining = false;
  #closing = false;
  /** Who has begun a frame and not ended it. */
  #open: Writer | undefined;
  /** Frames that wait for that one's end. */
  #held = '';
  readonly #waiting = new Set<Writer>();
  readonly #whenClosed: (() => void)[] = [];

  constructor(stream: ByteStream, sessions: Sessions, options: Partial<ConnectionOptions>, log: Logger) {
    this.#stream = stream;
    this.#clock = options.clock ?? systemClock;
    const output = {
      write: (frame: string) => this.respond(frame),
      close: (reason: CloseReason) => {
        log.debug({ remote: stream.remote, reason }, 'closing MSRP connection');
        this.#close();
      },
    };
    this.connection = new Connection(output, sessions, options);
    this.events = {
      data: (bytes) => {
        try {
          this.connection.receive(bytes);
        } catch (error) {
          // A mistake of ours costs the peer that hit it its connection, not everybody the process.
          log.error({ remote: stream.remote, error }, 'MSRP connection failed');
          stream.destroy();
        }
      },
      drained: () => this.#drained(),
      // What we still have to say the peer may read, but a session without its other half has failed.
      ended: () => this.connection.close('peer-ended'),
      closed: () => {
        this.#closing = true;
        this.#closeTimer?.cancel();
        this.#waiting.clear();
        this.connection.streamClosed();
        for (const action of this.#whenClosed) action();
      },
    };
  }

  /** `action` runs once, after the stream has closed. */
  whenClosed(action: () => void): void {
    this.#whenClosed.push(action);
  }

  get remote(): string {
    return this.#stream.remote;
  }

  /** What the connection runs over. */
  get stream(): Pick<ByteStream, 'kind' | 'tls'> {
    return this.#stream;
  }

  /** Octets handed over that have not left. */
  get buffered(): number {
    return this.#queued + this.#held.length + this.#stream.buffered;
  }

  /** Whether a writer should wait instead of writing. */
  get blocked(): boolean {
    return this.#draining || this.#queued >= TURN_LIMIT || this.#closing;
  }

  /** Whether `writer` may write now. When another one's frame is open that is interrupted, if it can be. */
  acquire(writer: Writer): boolean {
    if (this.blocked) return false;
    if (this.#open === undefined || this.#open === writer) return true;
    return this.#open.interrupt();
  }

  /** `pump` is called as soon as `writer` may have another go; each waiting writer in turn. */
  wait(writer: Writer): void {
    this.#waiting.add(writer);
  }

  forget(writer: Writer): void {
    this.#waiting.delete(writer);
    if (this.#open === writer) this.release(writer);
  }

  /** Latin1 text of a frame, or a part of one while its writer has it open. */
  append(text: string): void {
    if (this.#closing) return;
    this.#text += text;
    this.#queued += text.length;
    this.#markDirty();
  }

  /** Body octets; the buffer must not change any more. */
  appendBytes(bytes: Buffer): void {
    if (this.#closing) return;
    if (this.#text !== '') this.#parts.push(this.#text);
    this.#text = '';
    this.#parts.push(bytes);
    this.#queued += bytes.length;
    this.#markDirty();
  }

  /** `writer` has begun a frame whose end comes later. */
  hold(writer: Writer): void {
    this.#open = writer;
  }

  /** `writer` has ended its frame. */
  release(writer: Writer): void {
    if (this.#open !== writer) return;
    this.#open = undefined;
    const held = this.#held;
    this.#held = '';
    if (held !== '') this.append(held);
  }

  /** A complete frame of the connection itself: responses and reports go in front of what waits. */
  respond(frame: string): void {
    if (this.#closing) return;
    if (this.#open === undefined || this.#open.interrupt()) this.append(frame);
    else this.#held += frame;
    if (this.#held.length + this.#text.length + this.#stream.buffered > HELD_LIMIT + TURN_LIMIT && this.#draining) {
      this.#stream.destroy();
    }
  }

  flush(): void {
    this.#dirty = false;
    const text = this.#text;
    const parts = this.#parts;
    this.#text = '';
    this.#queued = 0;
    let free = true;
    if (parts.length === 0) {
      if (text !== '') free = this.#stream.write(text);
    } else {
      this.#parts = [];
      this.#stream.cork();
      for (const part of parts) free = this.#stream.write(part);
      if (text !== '') free = this.#stream.write(text);
      this.#stream.uncork();
    }
    this.#draining = !free && this.#stream.buffered > 0;
    if (this.#closing) this.#stream.end();
    else if (!this.#draining) this.#pumpWaiting();
  }

  #drained(): void {
    this.#draining = false;
    this.#pumpWaiting();
  }

  #pumpWaiting(): void {
    if (this.#waiting.size === 0) return;
    let turns = this.#waiting.size;
    // Turns are taken (4975-7.1.1-14): who waits again does so behind the others, who come first next time.
    for (const writer of this.#waiting) {
      if (turns-- === 0 || this.blocked) return;
      this.#waiting.delete(writer);
      writer.pump();
    }
  }

  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    if (dirty.push(this) === 1) setImmediate(flushAll);
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#waiting.clear();
    this.#closeTimer = this.#clock.after(CLOSE_TIMEOUT, () => this.#stream.destroy());
    if (!this.#dirty) this.#stream.end();
  }
}
