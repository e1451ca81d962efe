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
 * Hundreds may come back at once, with a network that was gone: what came with a connection is read before many more are
 * taken, so that they are bound one by one, and never many of them are not.
 */
export class Unbound {
  #limits: UnboundLimits;
  readonly #exceeded: (limit: Exceeded, source: string) => void;
  /** The oldest first. */
  readonly #all = new Map<Driver, string>();
  readonly #bySource = new Map<string, Set<Driver>>();

  /** @param exceeded told of each that is closed */
  constructor(limits: UnboundLimits, exceeded: (limit: Exceeded, source: string) => void) {
    this.#limits = limits;
    this.#exceeded = exceeded;
  }

  /** Other limits, for who comes from now on. */
  adjust(limits: UnboundLimits): void {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A connection was accepted. */
  add(driver: Driver): void {
    const { source } = driver;
    const same = this.#bySource.get(source) ?? new Set();
    this.#all.set(driver, source);
    this.#bySource.set(source, same.add(driver));
    const { all, perAddress } = this.#limits;
    if (same.size > perAddress) this.#closeFirst(same, 'maxUnboundPerAddress');
    if (this.#all.size > all) this.#closeFirst(this.#all.keys(), 'maxUnboundConnections');
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

  #closeFirst(drivers: Iterable<Driver>, limit: Exceeded): void {
    for (const driver of drivers) {
      this.#exceeded(limit, driver.source);
      this.delete(driver);
      // Nobody is there to whom anything was to be said.
      driver.cut();
      return;
    }
  }
}
