/**
 * How much one participant may send, with all his endpoints in a room together (7701-11-02): messages beyond it are refused with
 * 413 (MSRP-23), octets beyond it are read later.
 */
import type { SwitchLimit } from '../focus-switch.js';
import type { Driver } from '../transport/driver.js';
import type { Clock, Timer } from '../util/clock.js';
import { type Rate, TokenBucket } from '../util/token-bucket.js';

/** `Infinity` where there is no limit. */
export interface SendRates {
  messagesPerSecond: number;
  /** Messages at once after a quiet time. */
  messageBurst: number;
  bytesPerSecond: number;
  /** Octets at once after a quiet time. */
  bytesBurst: number;
}

/** No limit at all. */
export const UNLIMITED: SendRates = {
  messagesPerSecond: Number.POSITIVE_INFINITY,
  messageBurst: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  bytesBurst: Number.POSITIVE_INFINITY,
};

/** A message about writing or about messages, which programs send by themselves, is counted as so much of one. */
const STATUS_SHARE = 0.25;
/**
 * Octets that a frame counts as at least, so that octet by octet is no cheaper for its sender: as many as RFC 4975 §7.1.1 has in
 * a chunk before others may interrupt it.
 */
const LEAST_FRAME = 2048;
/** In ms: shorter pauses are left to add up. */
const LEAST_PAUSE = 10;
/** In ms: behind the sender's octets there are answers of his, which have to be read within the 30 s of 4975-7.1.1-17. */
const MAX_PAUSE = 5000;
/** Participants who left and may not have a full share again yet; more come back to a full one. */
const MAX_LEFT = 10_000;

/** What one participant may still send. */
interface Share {
  readonly key: string;
  readonly messages: TokenBucket;
  readonly octets: TokenBucket;
  /** Endpoints he has here. */
  endpoints: number;
}

const messageRate = ({ messagesPerSecond: perSecond, messageBurst: burst }: SendRates): Rate => ({ perSecond, burst });
const byteRate = ({ bytesPerSecond: perSecond, bytesBurst: burst }: SendRates): Rate => ({ perSecond, burst });

/** The shares of everybody; who leaves and comes back gets no fresh one. */
export class Shares {
  #rates: SendRates;
  readonly #clock: Clock;
  readonly #shares = new Map<string, Share>();
  /** Of those who left, in that order. */
  readonly #left = new Map<string, Share>();

  constructor(rates: SendRates, clock: Clock) {
    this.#rates = rates;
    this.#clock = clock;
  }

  /** Shares remembered. */
  get size(): number {
    return this.#shares.size + this.#left.size;
  }

  /** Other rates from now on, for everybody; who has sent more than a new burst begins with none of it. */
  adjust(rates: SendRates): void {
    this.#rates = rates;
    const now = this.#clock.now();
    for (const { messages, octets } of [...this.#shares.values(), ...this.#left.values()]) {
      messages.adjust(messageRate(rates), now);
      octets.adjust(byteRate(rates), now);
    }
  }

  /** Another endpoint of `key`, a participant of a room, has come. */
  enter(key: string): Share {
    const share = this.#shares.get(key) ?? this.#left.get(key) ?? this.#fresh(key);
    this.#left.delete(key);
    this.#shares.set(key, share);
    share.endpoints++;
    return share;
  }

  /** One of them has gone. */
  leave(share: Share): void {
    if (--share.endpoints > 0) return;
    this.#shares.delete(share.key);
    this.#left.set(share.key, share);
    this.#forget();
  }

  #fresh(key: string): Share {
    const now = this.#clock.now();
    return {
      key,
      messages: new TokenBucket(messageRate(this.#rates), now),
      octets: new TokenBucket(byteRate(this.#rates), now),
      endpoints: 0,
    };
  }

  #forget(): void {
    const now = this.#clock.now();
    for (const [key, { messages, octets }] of this.#left) {
      if (this.#left.size <= MAX_LEFT && !(messages.isFull(now) && octets.isFull(now))) return;
      this.#left.delete(key);
    }
  }
}

export interface PaceOptions {
  clock: Clock;
  /** The connection the endpoint writes to, if there is one that is its alone. */
  driver(): Driver | undefined;
  /** Told each time a limit was reached; the status that was answered. */
  limited(limit: SwitchLimit, status: number | null): void;
}

/** Holds one endpoint to the share of its participant. Costs no allocation while nothing is exceeded. */
export class Pace {
  readonly #shares: Shares;
  readonly #share: Share;
  readonly #options: PaceOptions;
  #paused: Driver | undefined;
  #timer: Timer | undefined;

  /** @param key whose share counts */
  constructor(shares: Shares, key: string, options: PaceOptions) {
    this.#shares = shares;
    this.#share = shares.enter(key);
    this.#options = options;
  }

  /** Whether a message that begins, or goes on in another chunk, is taken (MSRP-23: otherwise 413). */
  admits(continues: boolean): boolean {
    const now = this.#options.clock.now();
    if (!continues && !this.#share.messages.take(now)) return this.#refused('messagesPerSecond');
    // A connection that carries the sessions of others too, as those from a relay do, cannot be read more slowly for one.
    if (this.#share.octets.debt(now) > 0 && !this.#paused && !this.#options.driver()) {
      return this.#refused('bytesPerSecond');
    }
    return true;
  }

  /** What began was an is-composing document (RFC 3994) or a notification about a message (RFC 5438). */
  wasStatus(): void {
    this.#share.messages.giveBack(1 - STATUS_SHARE);
  }

  /** Octets of a body came. */
  came(octets: number): void {
    const now = this.#options.clock.now();
    this.#share.octets.spend(now, octets);
    this.#slowDown(now);
  }

  /** A frame ended, with so many octets of body. */
  frameEnded(octets: number): void {
    if (octets < LEAST_FRAME) this.came(LEAST_FRAME - octets);
  }

  /** The endpoint is gone. */
  close(): void {
    this.resume();
    this.#shares.leave(this.#share);
  }

  /** Its connection is gone, or has been read slowly for long enough. */
  resume(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const paused = this.#paused;
    this.#paused = undefined;
    paused?.resume();
  }

  #refused(limit: SwitchLimit): false {
    this.#options.limited(limit, 413);
    return false;
  }

  #slowDown(now: number): void {
    const debt = this.#share.octets.debt(now);
    if (debt < LEAST_PAUSE || this.#paused) return;
    const driver = this.#options.driver();
    if (!driver) return;
    this.#paused = driver;
    driver.pause();
    this.#options.limited('bytesPerSecond', null);
    this.#timer = this.#options.clock.after(Math.min(debt, MAX_PAUSE), () => this.resume());
  }
}
