import type { RecordedEvent } from './recorded-event.js';

export interface RingBounds {
  /** Events kept. */
  maxEvents: number;
  /** Octets of JSON kept. */
  maxBytes: number;
}

/** The events of last, by number; beyond its bounds the oldest are forgotten. */
export class EventRing {
  readonly #bounds: RingBounds;
  /** Those before `#start` were forgotten; they go all at once when they are many. */
  #events: (RecordedEvent | undefined)[] = [];
  #start = 0;
  #bytes = 0;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#events.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest that is kept. */
  get first(): RecordedEvent | undefined {
    return this.#events[this.#start];
  }

  push(event: RecordedEvent): void {
    this.#events.push(event);
    this.#bytes += event.size;
    const { maxEvents, maxBytes } = this.#bounds;
    while (this.size > maxEvents || (this.#bytes > maxBytes && this.size > 1)) this.#forget();
    if (this.#start < maxEvents) return;
    this.#events = this.#events.slice(this.#start);
    this.#start = 0;
  }

  /** Undefined when it is not there any more, or not yet. */
  at(sequence: number): RecordedEvent | undefined {
    const { first } = this;
    const index = first ? sequence - first.sequence : -1;
    return index < 0 ? undefined : this.#events[this.#start + index];
  }

  #forget(): void {
    this.#bytes -= this.#events[this.#start]?.size ?? 0;
    this.#events[this.#start++] = undefined;
  }
}
