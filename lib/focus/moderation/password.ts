import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../util/clock.js';
import { Recent } from '../../util/recent.js';

/** Wrong passwords of one source within a minute; then the right one is refused as well. */
const MAX_WRONG = 5;
const MINUTE = 60_000;

/** Sources whose wrong passwords are remembered, of one room. */
const MAX_SOURCES = 1000;

/** What came of a password. */
export type Verdict = 'right' | 'wrong' | 'too-often';

/** Compares passwords of one room (JOIN-15), and lets nobody try them all. */
export class PasswordCheck {
  readonly #clock: Clock;
  readonly #wrong = new Recent<{ count: number; since: number }>(MAX_SOURCES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param source who tries, or from where */
  check(source: string, given: string, password: string): Verdict {
    const now = this.#clock.now();
    const known = this.#wrong.get(source);
    const { count, since } = known && now - known.since < MINUTE ? known : { count: 0, since: now };
    if (count >= MAX_WRONG) return 'too-often';
    if (isEqual(given, password)) return 'right';
    this.#wrong.set(source, { count: count + 1, since });
    return 'wrong';
  }
}

/** In a time that tells neither how long the password is nor where the other begins to differ. */
const isEqual = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
