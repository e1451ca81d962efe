/**
 * How much waits for one session, and what follows from it (7701-6.4-01, RFC 7701 §6.4): marked as congested at 80 % of
 * what may wait, kept free of messages meanwhile, ended after minutes.
 */
import type { Clock, Timer } from '../util/clock.js';
import { Backlog } from './backlog.js';
import type { Memory } from './memory.js';

/** What becomes of messages for a session while it is congested. */
export type SlowReaderPolicy =
  /** None is delivered; when it has caught up it is told how many. */
  | 'drop'
  /** Only those above 8192 octets are not delivered, as long as there is room for the others. */
  | 'skip-large'
  /** The session ends at once. */
  | 'disconnect';

export interface CongestionOptions {
  clock: Clock;
  /** Octets that may wait. */
  maxPendingBytes: number;
  /** In ms; see `OutboxOptions`. */
  congestionTimeout: number;
  slowReader: SlowReaderPolicy;
  /** Octets of the largest message while congested, 0 for none; null: as `slowReader` says. Asked for each message. */
  congestedMaxSize: () => number | null;
  /** What all sessions share. @defaultValue as much as wants to wait */
  memory?: Pick<Memory, 'free'> | undefined;
}

export interface CongestionEvents {
  /** The session is to end. */
  fail(reason: 'congested'): void;
  /** It caught up, after so many messages were not delivered. */
  missed(count: number): void;
  /** It is congested now, or is no more. */
  congested(on: boolean): void;
  /** So many messages were not delivered, or not to their end. */
  dropped(count: number): void;
  /** One was not, because too much waits for all sessions. */
  crowded?(): void;
}

/** Octets of the largest message that `skip-large` lets pass. */
const LARGE = 8192;

export class Congestion {
  readonly backlog: Backlog;
  /** When something of what waited was last written, in ms since the epoch. */
  progressAt: number;
  readonly #options: CongestionOptions;
  readonly #events: CongestionEvents;
  #pending = 0;
  #congested = false;
  #missed = 0;
  /** There is a connection; without one the session is lost anyway. */
  #watching = false;
  #blocked = false;
  #congestionTimer: Timer | undefined;
  #stallTimer: Timer | undefined;
  #noticeTimer: Timer | undefined;
  /** What was told last. */
  #told = false;
  #tellTimer: Timer | undefined;

  /** @param window octets above which `backlog` is full; it is no more at half of them */
  constructor(options: CongestionOptions, window: number, events: CongestionEvents) {
    this.#options = options;
    this.#events = events;
    this.backlog = new Backlog(window, window / 2);
    this.progressAt = options.clock.now();
  }

  /** Octets that wait. */
  get pending(): number {
    return this.#pending;
  }

  get congested(): boolean {
    return this.#congested;
  }

  /** So many more octets wait; fewer when negative. */
  add(octets: number): void {
    this.#pending += octets;
    this.backlog.update(this.#pending);
    const limit = this.#options.maxPendingBytes;
    if (this.#pending > limit * 0.8) this.#mark(true);
    else if (this.#pending < limit * 0.5) this.#mark(false);
  }

  /** Whether something waits that the reader keeps waiting, rather than its sender. */
  set blocked(blocked: boolean) {
    if (blocked === this.#blocked) return;
    this.#blocked = blocked;
    if (!blocked) return;
    this.progressAt = this.#options.clock.now();
    this.#watchStall();
  }

  /**
   * Whether a message may wait too; one may always, however large, while all sessions together leave room for it. A refused
   * one counts as missed.
   *
   * @param octets of it that are to wait
   * @param size of the whole message, as far as it is known
   * @param extra octets of memory it takes: none when it waits for somebody else already
   */
  admits(octets: number, size: number | null, extra: number): boolean {
    const { maxPendingBytes, memory } = this.#options;
    const free = memory?.free ?? Number.POSITIVE_INFINITY;
    // The less is free, the less may wait for one: who is furthest behind goes without first.
    const isCrowded = extra > free || (this.#pending > 0 && this.#pending + octets > free);
    if (isCrowded) this.#events.crowded?.();
    const isFull = isCrowded || (this.#pending > 0 && this.#pending + octets > maxPendingBytes);
    const isUnwanted = this.#congested && (size ?? Number.POSITIVE_INFINITY) > this.#largest;
    if (!isFull && !isUnwanted) return true;
    // Who only waits for senders to go on is not slow, and nothing would drain and take the mark away.
    if (this.#blocked) this.#mark(true);
    this.miss();
    return false;
  }

  /** Messages were not delivered, or not to their end. */
  miss(count = 1): void {
    this.#missed += count;
    this.#events.dropped(count);
    if (!this.#congested) this.#notify();
  }

  /** Whether time counts: while there is a connection. */
  watch(on: boolean): void {
    this.#watching = on;
    this.#blocked = false;
    this.#stallTimer?.cancel();
    this.#stallTimer = undefined;
    this.#watchCongestion();
  }

  close(): void {
    this.watch(false);
    this.#missed = 0;
    this.#mark(false);
    this.#noticeTimer?.cancel();
    this.#tellTimer?.cancel();
  }

  /** RFC 7701 §6.4: "regular messages … larger than a certain size" are those discarded: above these octets, -1 for all. */
  get #largest(): number {
    const { congestedMaxSize, slowReader } = this.#options;
    const ofRoom = congestedMaxSize();
    if (ofRoom !== null) return ofRoom > 0 ? ofRoom : -1;
    return slowReader === 'skip-large' ? LARGE : -1;
  }

  #mark(congested: boolean): void {
    if (congested === this.#congested) return;
    this.#congested = congested;
    this.#tell();
    this.#watchCongestion();
    if (!congested && this.#missed > 0) this.#notify();
  }

  /** Later, because what drains is in the middle of writing. */
  #notify(): void {
    this.#noticeTimer ??= this.#options.clock.after(0, () => {
      this.#noticeTimer = undefined;
      const missed = this.#missed;
      this.#missed = 0;
      if (missed > 0) this.#events.missed(missed);
    });
  }

  /** Later too, and nothing when it was over at once. */
  #tell(): void {
    this.#tellTimer ??= this.#options.clock.after(0, () => {
      this.#tellTimer = undefined;
      if (this.#told === this.#congested) return;
      this.#told = this.#congested;
      this.#events.congested(this.#told);
    });
  }

  /** Raised "for quite some time (on the order of a few minutes)" it ends the session, or at once where that is the policy. */
  #watchCongestion(): void {
    this.#congestionTimer?.cancel();
    this.#congestionTimer = undefined;
    if (!this.#congested || !this.#watching) return;
    const { clock, congestedMaxSize, congestionTimeout, slowReader } = this.#options;
    const delay = slowReader === 'disconnect' && congestedMaxSize() === null ? 0 : congestionTimeout;
    this.#congestionTimer = clock.after(delay, () => this.#events.fail('congested'));
  }

  /** A reader that takes nothing of what waits is as good as gone, even inside a chunk that nobody will answer. */
  #watchStall(delay = this.#options.congestionTimeout): void {
    const { clock, congestionTimeout } = this.#options;
    this.#stallTimer ??= clock.after(delay, () => {
      this.#stallTimer = undefined;
      if (!this.#blocked) return;
      const idle = clock.now() - this.progressAt;
      if (idle >= congestionTimeout) this.#events.fail('congested');
      else this.#watchStall(congestionTimeout - idle);
    });
  }
}
