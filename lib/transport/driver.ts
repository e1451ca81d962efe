/**
 * Couples one byte stream to one connection. All that is pending for the stream in one turn of the event loop leaves in
 * one gathered write; a stream that does not drain makes its writers wait.
 */
import {
  type CloseReason,
  Connection,
  type ConnectionOptions,
  type ConnectionOutput,
  type SendCopy,
  type Sessions,
} from '../msrp/index.js';
import { msrpReceived, msrpSent, type Wire } from '../util/channels.js';
import { type Clock, systemClock, type Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { sourceOf } from '../util/source.js';
import { FirstRequest } from './first-request.js';
import { FrameQueue } from './frame-queue.js';
import { type Part, writeGathered } from './gather.js';
import type { ByteStream, StreamEvents } from './transport.js';
import { octetsOf, wireOf } from './wire.js';

/** Who looks after drivers; one for all of them. */
export interface DriverOwner {
  /** A session was bound on it, its first. */
  bound(driver: Driver): void;
  closed(driver: Driver): void;
  /** Octets on the wire, of all its drivers. */
  readonly octets: { in: number; out: number };
  /** Its peer went beyond a limit; the status it was answered, null when the connection is closed. */
  exceeded(driver: Driver, limit: ConnectionLimit, status: number | null): void;
  /** A request was refused that no session took. */
  refused(status: number): void;
}

/** Limits of what one connection may do, by the names of their options. */
export type ConnectionLimit = 'maxHeaderLines' | 'maxSessionsPerConnection';

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

/** Never added to: most streams never keep anybody waiting. */
const NOBODY = new Set<Writer>();

/** Drivers with something to flush at the end of this turn. */
let dirty: Driver[] = [];
/** What is to be done then. */
let after: (() => void)[] = [];

function flushAll(): void {
  const [drivers, actions] = [dirty, after];
  dirty = [];
  after = [];
  for (const driver of drivers) {
    // Those behind it have something to say too.
    try {
      driver.flush();
    } catch (error) {
      driver.fail(error);
    }
  }
  for (const action of actions) action();
}

/** Calls `action` once, when all that was written in this turn was handed to the streams. It must not throw. */
export function afterFlush(action: () => void): void {
  if (after.push(action) === 1 && dirty.length === 0) setImmediate(flushAll);
}

export class Driver implements ConnectionOutput, StreamEvents {
  readonly connection: Connection;
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #owner: DriverOwner | undefined;
  /** Until it is known what the connection is for. */
  #first: FirstRequest | undefined;
  #closeTimer: Timer | undefined;
  /** Frames of this turn. */
  #parts: Part[] = [];
  /** Takes its place where borders between frames matter. */
  readonly #frames: FrameQueue | undefined;
  #queued = 0;
  #dirty = false;
  #draining = false;
  /** When a stream that had been full last took everything, in ms since the epoch. */
  #progressAt = 0;
  #closing = false;
  /** How many want it not to be read. */
  #pauses = 0;
  /** Who has begun a frame and not ended it. */
  #open: Writer | undefined;
  /** Frames that wait for that one's end. */
  #held: string[] = [];
  #heldOctets = 0;
  #waiting = NOBODY;
  #whenClosed: readonly (() => void)[] = [];
  /** Made when somebody looks on. */
  #wire: Wire | undefined;

  constructor(
    stream: ByteStream,
    sessions: Sessions,
    options: Partial<ConnectionOptions>,
    log: Logger,
    owner?: DriverOwner,
  ) {
    this.#stream = stream;
    this.#clock = options.clock ?? systemClock;
    this.#log = log;
    this.#owner = owner;
    this.#frames = stream.framing && new FrameQueue(stream.framing);
    this.connection = new Connection(this, sessions, options);
    this.#first = this.#firstRequest(sessions);
  }

  /** Who listens to the stream. */
  get events(): StreamEvents {
    return this;
  }

  // What the stream tells.

  data(bytes: Buffer): void {
    if (this.#owner) this.#owner.octets.in += bytes.length;
    if (msrpReceived.hasSubscribers) msrpReceived.publish({ wire: this.#told, pieces: [bytes] });
    if (this.#first) this.#first.data(bytes);
    else this.#receive(bytes);
  }

  drained(): void {
    this.#draining = false;
    this.#progressAt = this.#clock.now();
    this.#pumpWaiting();
  }

  ended(): void {
    // What we still have to say the peer may read, but a session without its other half has failed.
    this.connection.close('peer-ended');
  }

  closed(): void {
    this.#closing = true;
    this.#first?.close();
    this.#closeTimer?.cancel();
    this.#waiting.clear();
    this.connection.streamClosed();
    this.#owner?.closed(this);
    for (const action of this.#whenClosed) action();
  }

  // What the connection asks.

  write(frame: string): void {
    this.respond(frame);
  }

  close(reason: CloseReason): void {
    this.#log.debug({ remote: this.#stream.remote, reason }, 'closing MSRP connection');
    if (reason === 'too-many-headers') this.#owner?.exceeded(this, 'maxHeaderLines', null);
    this.#close();
  }

  bound(): void {
    this.#owner?.bound(this);
  }

  crowded(status: number): void {
    this.#owner?.exceeded(this, 'maxSessionsPerConnection', status);
  }

  refused(status: number): void {
    this.#owner?.refused(status);
  }

  defer(toPath: readonly string[]): boolean {
    return this.#first?.wait(toPath) ?? false;
  }

  #firstRequest(sessions: Sessions): FirstRequest {
    return new FirstRequest({
      stream: this.#stream,
      connection: this.connection,
      sessions,
      clock: this.#clock,
      log: this.#log,
      receive: (bytes) => this.#receive(bytes),
      over: () => {
        this.#first = undefined;
      },
    });
  }

  #receive(bytes: Buffer): void {
    try {
      if (this.#frames) this.#receiveMessage(bytes);
      else this.connection.receive(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A mistake of ours costs the peer that hit it its connection, not everybody the process. */
  fail(error: unknown): void {
    this.#log.error({ remote: this.#stream.remote, error }, 'MSRP connection failed');
    this.#stream.destroy();
  }

  /** `action` runs once, after the stream has closed. */
  whenClosed(action: () => void): void {
    this.#whenClosed = this.#whenClosed.concat(action);
  }

  get remote(): string {
    return this.#stream.remote;
  }

  /** Whom its peer is counted as; see `sourceOf`. */
  get source(): string {
    const { remote } = this.#stream;
    return sourceOf(remote.slice(0, Math.max(0, remote.lastIndexOf(':'))));
  }

  /** Closes at once, whatever was to be said. */
  cut(): void {
    this.#stream.destroy();
  }

  /** What the connection runs over. */
  get stream(): Pick<ByteStream, 'kind' | 'tls' | 'remote'> {
    return this.#stream;
  }

  /** Octets handed over that have not left. */
  get buffered(): number {
    return this.#queued + this.#heldOctets + this.#stream.buffered;
  }

  /** A chunk that may be cut ends after about so many octets of body. */
  get chunkSize(): number {
    return this.#stream.framing?.chunkSize ?? Number.POSITIVE_INFINITY;
  }

  /** Whether a writer should wait instead of writing. */
  get blocked(): boolean {
    return this.#draining || this.#queued >= TURN_LIMIT || this.#closing;
  }

  /** When the peer last made room after it had kept writers waiting, in ms since the epoch; 0 before. */
  get progressAt(): number {
    return this.#progressAt;
  }

  /**
   * Reads no more, until whoever calls this has called `resume`, and so has everybody else who did: the peer is slowed down by
   * TCP. Each bounds it in time.
   */
  pause(): void {
    this.#pauses++;
    if (!this.#closing) this.#stream.pause();
  }

  /** To be called once for each `pause`. */
  resume(): void {
    if (--this.#pauses === 0) this.#stream.resume();
  }

  /** Whether `writer` may write now. When another one's frame is open that is interrupted, if it can be. */
  acquire(writer: Writer): boolean {
    if (this.blocked) return false;
    if (this.#open === undefined || this.#open === writer) return true;
    return this.#open.interrupt();
  }

  /** `pump` is called as soon as `writer` may have another go; each waiting writer in turn. */
  wait(writer: Writer): void {
    if (this.#waiting === NOBODY) this.#waiting = new Set();
    this.#waiting.add(writer);
  }

  forget(writer: Writer): void {
    this.#waiting.delete(writer);
    if (this.#open === writer) this.release(writer);
  }

  /** Latin1 text of a frame, or a part of one while its writer has it open. */
  append(text: string): void {
    if (this.#closing) return;
    if (this.#frames) this.#frames.push(text);
    else this.#parts.push(text);
    this.#queued += text.length;
    this.#markDirty();
  }

  /** A complete small SEND. */
  appendCopy(copy: SendCopy): void {
    if (this.#closing) return;
    if (this.#frames) this.#frames.push(copy.toBuffer());
    else this.#parts.push(copy);
    this.#queued += copy.length;
    this.#markDirty();
  }

  /** Body octets; the buffer must not change any more. */
  appendBytes(bytes: Buffer): void {
    if (this.#closing) return;
    if (this.#frames) this.#frames.push(bytes);
    else this.#parts.push(bytes);
    this.#queued += bytes.length;
    this.#markDirty();
  }

  /** `writer` has begun a frame whose end comes later. */
  hold(writer: Writer): void {
    this.#open = writer;
    this.#frames?.open();
  }

  /** `writer` has ended its frame. */
  release(writer: Writer): void {
    if (this.#open !== writer) return;
    this.#open = undefined;
    this.#frames?.close();
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    this.#heldOctets = 0;
    for (const frame of held) this.append(frame);
  }

  /** A complete frame of the connection itself: responses and reports go in front of what waits. */
  respond(frame: string): void {
    if (this.#closing) return;
    if (this.#open === undefined || this.#open.interrupt()) this.append(frame);
    else {
      this.#held.push(frame);
      this.#heldOctets += frame.length;
    }
    if (this.#draining && this.buffered > HELD_LIMIT + TURN_LIMIT) this.#stream.destroy();
  }

  flush(): void {
    this.#dirty = false;
    if (this.#owner) this.#owner.octets.out += this.#queued;
    this.#queued = 0;
    const free = this.#frames ? this.#writeFrames(this.#frames) : this.#writeOctets();
    this.#draining = !free && this.#stream.buffered > 0;
    if (this.#closing) this.#stream.end();
    else if (!this.#draining) this.#pumpWaiting();
  }

  get #told(): Wire {
    return (this.#wire ??= wireOf(this.#stream));
  }

  #writeOctets(): boolean {
    const parts = this.#parts;
    this.#parts = [];
    if (msrpSent.hasSubscribers) msrpSent.publish({ wire: this.#told, pieces: parts.map(octetsOf) });
    return writeGathered(this.#stream, parts);
  }

  #writeFrames(frames: FrameQueue): boolean {
    if (msrpSent.hasSubscribers) msrpSent.publish({ wire: this.#told, pieces: frames.pieces.map(octetsOf) });
    this.#stream.cork();
    const free = frames.flush();
    this.#stream.uncork();
    return free;
  }

  /**
   * 7977-5.1-01: a frame that goes on behind the message, or a second one in it, closes. Blank lines are no chunk: by
   * themselves they keep alive, as on TCP (P-LIM-03).
   */
  #receiveMessage(bytes: Buffer): void {
    const { connection } = this;
    const before = connection.frames;
    connection.receive(bytes);
    if (connection.pending > 0 || connection.frames > before + 1) connection.close('framing');
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
    if (dirty.push(this) === 1 && after.length === 0) setImmediate(flushAll);
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#first?.close();
    this.#waiting.clear();
    // A paused stream would not notice that its peer closes too.
    this.#stream.resume();
    this.#closeTimer = this.#clock.after(CLOSE_TIMEOUT, () => this.#stream.destroy());
    if (!this.#dirty) this.#stream.end();
  }
}
