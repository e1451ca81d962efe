/** Octets of messages of which it is not known yet whose they are, and how many. */
const MAX_OCTETS = 1_048_576;
const MAX_ENTRIES = 1_024;

interface Entry<T> {
  key: string;
  octets: number;
  item: T;
}

/** What came last of what nobody knows yet, bounded: the oldest is forgotten first. */
export class Backlog<T> {
  #entries: Entry<T>[] = [];
  #octets = 0;

  add(key: string, octets: number, item: T): void {
    if (octets > MAX_OCTETS) return;
    this.#entries.push({ key, octets, item });
    this.#octets += octets;
    let forgotten = 0;
    while (this.#octets > MAX_OCTETS || this.#entries.length - forgotten > MAX_ENTRIES) {
      this.#octets -= this.#entries[forgotten++].octets;
    }
    if (forgotten > 0) this.#entries = this.#entries.slice(forgotten);
  }

  /** Those of `key`, in the order they came; they are here no more. */
  take(key: string): T[] {
    const taken = this.#entries.filter((entry) => entry.key === key);
    if (taken.length === 0) return [];
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    for (const { octets } of taken) this.#octets -= octets;
    return taken.map(({ item }) => item);
  }
}
