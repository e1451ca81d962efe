/**
 * The latest requests of one session that nobody waits for a response to. When one comes all the same, because it tells a
 * failure, what it is about is known as long as the peer is not further behind than this.
 */
const REMEMBERED = 64;
/** One copy in so many ms is confirmed all the same: a session whose peer is gone is found out by it. */
const PROOF_EVERY = 10_000;

export class Unconfirmed<T> {
  readonly #entries: (T | undefined)[] = Array.from({ length: REMEMBERED });
  /** Count of the next to come; counts grow, and may leave gaps. */
  #next = 0;
  /** When the last proof was asked for, in ms since the epoch. */
  #proofAt = Number.NEGATIVE_INFINITY;

  /** Whether the next copy is to be confirmed; asked only where it then is. */
  isProofDue(now: number): boolean {
    if (now - this.#proofAt < PROOF_EVERY) return false;
    this.#proofAt = now;
    return true;
  }

  sent(count: number, entry: T): void {
    // What was in a gap was never sent.
    if (count - this.#next >= REMEMBERED) this.#entries.fill(undefined);
    else for (let skipped = this.#next; skipped < count; skipped++) this.#entries[skipped % REMEMBERED] = undefined;
    this.#entries[count % REMEMBERED] = entry;
    this.#next = count + 1;
  }

  find(count: number): T | undefined {
    return count < this.#next && count >= this.#next - REMEMBERED ? this.#entries[count % REMEMBERED] : undefined;
  }
}
