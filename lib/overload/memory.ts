/** What a process needs of its memory, as far as that can be known from outside of the allocators. */

/** Octets, as `process.memoryUsage` tells them. */
export interface MemoryReading {
  /** Resident: what the system counts. */
  rss: number;
  /** Objects, garbage not yet collected included. */
  heapUsed: number;
  /** Buffers. */
  arrayBuffers: number;
}

/**
 * Resident memory hardly falls: what is let go stays with the allocators, and is used again before they ask the system for
 * more. So what is needed is the resident memory less what was let go since its peak.
 */
export class NeededMemory {
  /** Objects and buffers at their highest, less what the system got back since. */
  #peak = 0;
  #rss = 0;

  /** Takes the next reading; returns the octets needed. */
  next({ rss, heapUsed, arrayBuffers }: MemoryReading): number {
    const counted = heapUsed + arrayBuffers;
    const returned = Math.max(0, this.#rss - rss);
    this.#rss = rss;
    this.#peak = Math.max(counted, this.#peak - returned);
    return rss - (this.#peak - counted);
  }
}
