import { isLoopbackSource, sourceOf } from '../../util/source.js';
import type { LimitReport } from '../../util/limit-reports.js';

export interface OccupancyLimits {
  /** Connections at once over all stream transports, either way; further ones are closed on arrival. @defaultValue 10000 */
  maxConnections: number;
  /**
   * Of them, taken from one address, or one /64 of IPv6. @defaultValue 1000, and none for this machine, where proxies and
   * load generators are the address of everybody
   */
  maxConnectionsPerAddress: number | undefined;
}

/** Many people behind one address, and not nearly all connections there are. */
const PER_ADDRESS = 1000;

/** How many connections there are, and how many of them came from where. */
export class Occupancy {
  readonly #limits: OccupancyLimits;
  readonly #exceeded: (report: LimitReport) => void;
  readonly #bySource = new Map<string, number>();
  #all = 0;

  constructor(limits: OccupancyLimits, exceeded: (report: LimitReport) => void) {
    this.#limits = limits;
    this.#exceeded = exceeded;
  }

  get size(): number {
    return this.#all;
  }

  /** A place for a connection from `address`: what gives it back, or undefined when there is none. */
  enter(address: string): (() => void) | undefined {
    const source = sourceOf(address);
    const same = this.#bySource.get(source) ?? 0;
    const { maxConnectionsPerAddress = isLoopbackSource(address) ? Number.POSITIVE_INFINITY : PER_ADDRESS } =
      this.#limits;
    if (this.#all >= this.#limits.maxConnections) return this.#refuse('maxSipConnections', source);
    if (same >= maxConnectionsPerAddress) return this.#refuse('maxSipConnectionsPerAddress', source);
    this.#bySource.set(source, same + 1);
    const leave = this.#place();
    return () => {
      if (!leave()) return;
      const rest = (this.#bySource.get(source) ?? 1) - 1;
      if (rest > 0) this.#bySource.set(source, rest);
      else this.#bySource.delete(source);
    };
  }

  /** A place for a connection that we open. */
  open(): (() => void) | undefined {
    if (this.#all >= this.#limits.maxConnections) return this.#refuse('maxSipConnections');
    return this.#place();
  }

  /** Returns what gives it back, once: true the first time. */
  #place(): () => boolean {
    let taken = true;
    this.#all++;
    return () => {
      const first = taken;
      taken = false;
      if (first) this.#all--;
      return first;
    };
  }

  #refuse(limit: string, source?: string): undefined {
    this.#exceeded({ limit, ...(source !== undefined && { source }) });
    return undefined;
  }
}
