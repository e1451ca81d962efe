import type { Driver } from './driver.js';

export interface UnboundLimits {
  /** From anywhere. */
  readonly all: number;
  /** From one address, or one /64 of IPv6. */
  readonly perAddress: number;
}

type Exceeded = 'maxUnboundConnections' | 'maxUnboundPerAddress';

/**
 * Connections taken on which no session is bound yet. When there are too many the oldest go: a stranger who opens one after
 * the other and says nothing pushes out his own, while who comes in earnest says whom he means with his first octets.
 *
 *     accepted --its first request names a session--> bound: counted here no more
 *         '----one of too many, and the oldest-----> closed
 *
 * Hundreds who come back at once, with a network that was gone, are accepted in one turn of the event loop, before any of them
 * is read. So it is counted two turns later, when what they said has been looked at.
 */
export class Unbound {
  readonly #limits: UnboundLimits;
  readonly #exceeded: (limit: Exceeded, source: string) => void;
  /** The oldest first. */
  readonly #all = new Map<Driver, string>();
  readonly #bySource = new Map<string, Set<Driver>>();
  #reviewing = false;

  /** @param exceeded told of each that is closed */
  constructor(limits: UnboundLimits, exceeded: (limit: Exceeded, source: string) => void) {
    this.#limits = limits;
    this.#exceeded = exceeded;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A connection was accepted. */
  add(driver: Driver): void {
    const source = driver.source;
    this.#all.set(driver, source);
    const same = this.#bySource.get(source);
    if (same) same.add(driver);
    else this.#bySource.set(source, new Set([driver]));
    if (this.#all.size > this.#limits.all || (same && same.size > this.#limits.perAddress)) this.#reviewLater();
  }

  /** It is bound, or closed. */
  delete(driver: Driver): void {
    const source = this.#all.get(driver);
    if (source === undefined) return;
    this.#all.delete(driver);
    const same = this.#bySource.get(source);
    same?.delete(driver);
    if (same?.size === 0) this.#bySource.delete(source);
  }

  #reviewLater(): void {
    if (this.#reviewing) return;
    this.#reviewing = true;
    setImmediate(() =>
      setImmediate(() => {
        this.#reviewing = false;
        this.#review();
      }),
    );
  }

  #review(): void {
    for (const [source, same] of this.#bySource) {
      for (const driver of same) {
        if (same.size <= this.#limits.perAddress) break;
        this.#close(driver, 'maxUnboundPerAddress', source);
      }
    }
    for (const [driver, source] of this.#all) {
      if (this.#all.size <= this.#limits.all) return;
      this.#close(driver, 'maxUnboundConnections', source);
    }
  }

  #close(driver: Driver, limit: Exceeded, source: string): void {
    this.delete(driver);
    this.#exceeded(limit, source);
    // Nobody is there to whom anything was to be said.
    driver.cut();
  }
}
