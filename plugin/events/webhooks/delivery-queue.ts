import type { RecordedEvent } from '../recorded-event.js';

/** An event that waits for its delivery. */
export interface Queued {
  readonly event: RecordedEvent;
  /** When it came, in ms of `Clock.now`. */
  readonly at: number;
  /** Requests that were made for it. @defaultValue 0 */
  attempts?: number;
}

/** How much may wait for one receiver. */
export interface QueueBounds {
  maxEvents: number;
  /** Octets of JSON. */
  maxBytes: number;
}

/** Events in the order in which they happened; the oldest are pushed out by those beyond the bounds. */
export class DeliveryQueue {
  readonly #bounds: QueueBounds;
  readonly #queued: Queued[] = [];
  #bytes = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#queued.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): Queued | undefined {
    return this.#queued[0];
  }

  /**
   * @param held the first is being sent, and stays
   * @returns how many were pushed out
   */
  push(queued: Queued, held: boolean): number {
    this.#queued.push(queued);
    this.#bytes += queued.event.size;
    const { maxEvents, maxBytes } = this.#bounds;
    const oldest = held ? 1 : 0;
    let out = 0;
    for (; this.length > maxEvents || this.#bytes > maxBytes; out++) {
      // What came last is worth more than what came before it.
      if (this.length <= oldest + 1) break;
      this.#remove(oldest);
    }
    return out;
  }

  shift(): void {
    if (this.length > 0) this.#remove(0);
  }

  /** @returns how many there were */
  clear(): number {
    this.#bytes = 0;
    return this.#queued.splice(0).length;
  }

  #remove(index: number): void {
    const [removed] = this.#queued.splice(index, 1);
    this.#bytes -= removed.event.size;
  }
}
