import type { Clock } from '../../../lib/util/clock.js';
import { Recent } from '../../../lib/util/recent.js';

/** IDN-04: "wrong password 3× → 403". */
const LIMIT = 3;

/** Milliseconds after which somebody may begin anew. */
const MEMORY = 60_000;

/** Users, by where they call from, that are kept in mind. */
const MAX_KEPT = 10_000;

/**
 * Who goes on to send wrong passwords, and where from: challenged again and again, a client that does not give up by itself
 * would never end. The right password is taken at any time, so nobody locks others out.
 */
export class WrongPasswords {
  readonly #clock: Clock;
  readonly #counts = new Recent<{ count: number; first: number }>(MAX_KEPT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One more; whether it was one too many. */
  add(user: string, address: string): boolean {
    const now = this.#clock.now();
    const key = keyOf(user, address);
    const known = this.#counts.get(key);
    const entry = known && now - known.first < MEMORY ? known : { count: 0, first: now };
    entry.count++;
    this.#counts.set(key, entry);
    return entry.count >= LIMIT;
  }

  /** It was right. */
  clear(user: string, address: string): void {
    this.#counts.delete(keyOf(user, address));
  }
}

const keyOf = (user: string, address: string): string => `${address} ${user}`;
