import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import type { EventFilter } from './event-filter.js';
import { EventStream } from './event-stream.js';
import type { Feed } from './feed.js';

export interface StreamRequest {
  filter: EventFilter;
  /** Last-Event-ID. */
  lastId: string | undefined;
}

/** Streams at once: of a few dashboards and programs, each kept open for hours. */
const MAX_STREAMS = 100;

/** All who read Server-Sent Events. */
export class EventStreams {
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #streams = new Set<EventStream>();

  constructor(feed: Feed, clock: Clock = systemClock) {
    this.#feed = feed;
    this.#clock = clock;
  }

  get size(): number {
    return this.#streams.size;
  }

  get isFull(): boolean {
    return this.size >= MAX_STREAMS;
  }

  open(response: ServerResponse, request: StreamRequest): void {
    // The reader went while it was looked at who he is.
    if (response.destroyed) return;
    const ended = (): void => void this.#streams.delete(stream);
    const stream: EventStream = new EventStream(response, {
      ...request,
      feed: this.#feed,
      clock: this.#clock,
      ended,
    });
    this.#streams.add(stream);
  }

  /** Ends them after what they were told. */
  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}
