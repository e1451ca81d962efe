import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../lib/util/clock.js';

/** Octets of time, of chance, and of what proves that both are ours. */
const TIME = 6;
const SALT = 8;
const PROOF = 16;

/** Nonces in use whose counts are kept. */
const MAX_USED = 20_000;

/** How far behind the highest count of a nonce another may come: requests overtake each other over UDP. */
const WINDOW = 32;

interface Uses {
  issued: number;
  highest: number;
  /** Bit n: `highest - n` was used. */
  seen: number;
}

export type NonceVerdict =
  | 'fresh'
  /** Ours, and too old or used with this count already; or of a server before us: another is needed (RFC 7616 §3.3). */
  | 'stale';

/**
 * Nonces that carry their own time, signed, so that a challenge nobody answers leaves nothing behind (RFC 7616 §5.4). Only
 * those that proved good are remembered, for their counts.
 */
export class Nonces {
  readonly #clock: Clock;
  /** Milliseconds a nonce may be used, also of those that were issued before it changed. */
  lifetime: number;
  readonly #key = randomBytes(32);
  readonly #uses = new Map<string, Uses>();
  /** The counts of nonces issued up to this time may be forgotten. */
  #forgotten = -1;

  /** @param lifetime milliseconds a nonce may be used */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock;
    this.lifetime = lifetime;
  }

  issue(realm: string): string {
    const head = Buffer.alloc(TIME + SALT);
    head.writeUIntBE(this.#clock.now(), 0, TIME);
    randomBytes(SALT).copy(head, TIME);
    return Buffer.concat([head, this.#proof(head, realm)]).toString('base64url');
  }

  /** Whether it was issued here for that realm and is young enough. */
  check(nonce: string, realm: string): NonceVerdict {
    const issued = this.#issued(nonce, realm);
    if (issued === null) return 'stale';
    const age = this.#clock.now() - issued;
    if (age < 0 || age > this.lifetime) return 'stale';
    return issued <= this.#forgotten && !this.#uses.has(nonce) ? 'stale' : 'fresh';
  }

  /**
   * Takes note of a use whose credentials were right.
   *
   * @returns `stale` for a replay: RFC 7616 §3.4, "if the same nc value is seen twice, then the request is a replay"
   */
  use(nonce: string, realm: string, count: number): NonceVerdict {
    if (this.check(nonce, realm) === 'stale' || count < 1) return 'stale';
    const uses = this.#uses.get(nonce);
    if (!uses) {
      this.#uses.set(nonce, { issued: this.#issued(nonce, realm) ?? 0, highest: count, seen: 1 });
      if (this.#uses.size > MAX_USED) this.#forget();
      return 'fresh';
    }
    const ahead = count - uses.highest;
    if (ahead > 0) {
      uses.seen = ahead >= WINDOW ? 1 : ((uses.seen << ahead) | 1) >>> 0;
      uses.highest = count;
      return 'fresh';
    }
    const bit = -ahead >= WINDOW ? 0 : (1 << -ahead) >>> 0;
    if (bit === 0 || (uses.seen & bit) !== 0) return 'stale';
    uses.seen = (uses.seen | bit) >>> 0;
    return 'fresh';
  }

  /** What has expired goes; if that is not enough, the first used goes, and no nonce of its age or older is let in anew. */
  #forget(): void {
    const expired = this.#clock.now() - this.lifetime;
    for (const [nonce, { issued }] of this.#uses) if (issued < expired) this.#uses.delete(nonce);
    for (const [nonce, { issued }] of this.#uses) {
      if (this.#uses.size <= MAX_USED) return;
      this.#uses.delete(nonce);
      this.#forgotten = Math.max(this.#forgotten, issued);
    }
  }

  /** When it was issued, in milliseconds since the epoch; null when it was not, or for another realm. */
  #issued(nonce: string, realm: string): number | null {
    if (!/^[\w-]{40}$/.test(nonce)) return null;
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== TIME + SALT + PROOF) return null;
    const head = bytes.subarray(0, TIME + SALT);
    return timingSafeEqual(bytes.subarray(TIME + SALT), this.#proof(head, realm)) ? head.readUIntBE(0, TIME) : null;
  }

  #proof(head: Buffer, realm: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(realm).digest().subarray(0, PROOF);
  }
}
