const NO_TIMES = new Float64Array(0);
/**
 * A power of two, like all sizes that follow. V8 keeps so many numbers on its heap; from nine on they are memory of their
 * own outside of it, which takes many times as long to get, for everybody who is there when a room begins to talk.
 */
const FIRST_SIZE = 8;

/**
 * Requests of one session that wait for their response, in the order sent; none waits for that of another
 * (4975-7.1.1-19). Counts grow by one per request, so the
 * place of a response is known without looking it up, and a 200 allocates nothing (D8).
 */
export class InFlight<T> {
  /** Made with the first request: who only listens to an idle room has none. */
  #entries: (T | null)[] = [];
  #sentAt = NO_TIMES;
  /** Count of the oldest entry, and of the next to come. */
  #first = 0;
  #next = 0;

  get size(): number {
    return this.#next - this.#first;
  }

  /** When the oldest unanswered request was sent; NaN when none waits. */
  get oldest(): number {
    return this.size === 0 ? Number.NaN : this.#sentAt[this.#first & (this.#entries.length - 1)];
  }

  /** Counts between the last one and this one were of requests that are never answered. */
  sent(count: number, entry: T, now: number): void {
    if (this.size === 0) this.#first = count;
    else for (let skipped = this.#next; skipped < count; skipped++) this.#put(skipped, null, now);
    this.#put(count, entry, now);
    this.#next = count + 1;
  }

  /** The request with this count, once; undefined when none of that count waits. */
  answered(count: number): T | undefined {
    if (count < this.#first || count >= this.#next) return undefined;
    const mask = this.#entries.length - 1;
    const entry = this.#entries[count & mask];
    this.#entries[count & mask] = null;
    while (this.#first < this.#next && this.#entries[this.#first & mask] === null) this.#first++;
    return entry ?? undefined;
  }

  /** The request with this count, if it waits. */
  waiting(count: number): T | undefined {
    if (count < this.#first || count >= this.#next) return undefined;
    return this.#entries[count & (this.#entries.length - 1)] ?? undefined;
  }

  /** None of them will be answered. */
  clear(): void {
    this.#entries.fill(null);
    this.#first = this.#next;
  }

  #put(count: number, entry: T | null, now: number): void {
    this.#next = count + 1;
    if (this.#next - this.#first > this.#entries.length) this.#grow();
    const mask = this.#entries.length - 1;
    this.#entries[count & mask] = entry;
    this.#sentAt[count & mask] = now;
  }

  #grow(): void {
    const entries = emptied<T>(this.#entries.length * 2 || FIRST_SIZE);
    const sentAt = new Float64Array(entries.length);
    const oldMask = this.#entries.length - 1;
    const mask = entries.length - 1;
    for (let count = this.#first; count < this.#next - 1; count++) {
      entries[count & mask] = this.#entries[count & oldMask];
      sentAt[count & mask] = this.#sentAt[count & oldMask];
    }
    this.#entries = entries;
    this.#sentAt = sentAt;
  }
}

function emptied<T>(size: number): (T | null)[] {
  const entries: (T | null)[] = [];
  for (let i = 0; i < size; i++) entries.push(null);
  return entries;
}
