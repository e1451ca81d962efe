/** Connections that may wait for sessions at once; the request on a further one finds no session (481). */
const MAX_WAITING = 1000;
/** Of those for one session: its peer may have given up a connection and opened another. */
const MAX_FOR_ONE = 4;

/**
 * Sessions that we offered and that the peer may know of before we do: its answer goes through proxies, its MSRP
 * connection comes directly. RFC 3264 §5.1: "Once the offerer has sent the offer, it MUST be prepared to receive media".
 */
export class Announced {
  /** Who waits for each. */
  readonly #byKey = new Map<string, Set<() => void>>();
  #count = 0;

  get size(): number {
    return this.#byKey.size;
  }

  /** Returns what takes it back; of no effect once it was settled. */
  announce(key: string): () => void {
    const waiting = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, waiting);
    return () => {
      if (this.#byKey.get(key) === waiting) this.settle(key);
    };
  }

  /** The session is there, or will never be: those who wait are told so. */
  settle(key: string): void {
    const waiting = this.#byKey.get(key);
    if (!waiting) return;
    this.#byKey.delete(key);
    this.#count -= waiting.size;
    const told = [...waiting];
    waiting.clear();
    for (const tell of told) tell();
  }

  /** Calls `settled` once, unless what is returned is called before; null when it is not announced or too many wait. */
  wait(key: string, settled: () => void): (() => void) | null {
    const waiting = this.#byKey.get(key);
    if (!waiting || this.#count >= MAX_WAITING || waiting.size >= MAX_FOR_ONE) return null;
    waiting.add(settled);
    this.#count++;
    return () => {
      if (waiting.delete(settled)) this.#count--;
    };
  }
}
