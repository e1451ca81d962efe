import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../lib/util/clock.js';
import { Gathered } from '../../lib/util/gathered.js';
import type { GapEvent } from '../api/schemas/feed.js';
import type { EventFilter } from './event-filter.js';
import type { Feed, FeedSubscriber } from './feed.js';
import type { RecordedEvent } from './recorded-event.js';

export interface StreamOptions {
  feed: Feed;
  filter: EventFilter;
  clock: Clock;
  /** Last-Event-ID of the request. */
  lastId: string | undefined;
  /** It is over, for whatever reason. */
  ended: () => void;
}

/** Octets that may wait for a reader; beyond, he is told what the ring still has once he reads again. */
const MAX_PENDING = 262_144;

/** Milliseconds in which a reader has to take what waits for him, before he is told more or cut off. */
const STALL = 60_000;

/** Milliseconds between comments that show a quiet stream to be alive, to proxies too. */
export const HEARTBEAT = 15_000;

/** Milliseconds after which a browser comes back. */
const RETRY = 3000;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Asks nginx not to wait until a buffer is full.
  'x-accel-buffering': 'no',
};

/** The Server-Sent Events of one reader. What he has not read yet waits in the ring of the feed, not here. */
export class EventStream implements FeedSubscriber {
  readonly filter: EventFilter;
  readonly #response: ServerResponse;
  readonly #options: StreamOptions;
  readonly #gathered: Gathered;
  readonly #unsubscribe: () => void;
  /** Number of the event up to which he was told; undefined while he is told each as it happens. */
  #behind: number | undefined;
  #heartbeat: Timer;
  #stall: Timer | undefined;

  constructor(response: ServerResponse, options: StreamOptions) {
    const { feed, filter, lastId } = options;
    this.filter = filter;
    this.#response = response;
    this.#options = options;
    this.#gathered = new Gathered(response);
    response.writeHead(200, HEADERS);
    response.on('close', () => this.#ended());
    response.on('drain', () => this.#drained());
    // Written to after the reader had gone.
    response.on('error', () => this.#ended());
    const resumed = lastId === undefined ? undefined : feed.resume(lastId, filter);
    // An id without data is no event: it is where who is cut off before the first one goes on.
    this.#write(`retry: ${RETRY}\n${lastId === undefined ? `id: ${feed.lastId}\n` : ''}\n`);
    if (resumed?.gap) this.#gap(lastId ?? null);
    this.#unsubscribe = feed.subscribe(this);
    this.#heartbeat = this.#beat();
    if (!resumed) return;
    this.#behind = resumed.after;
    this.#catchUp();
  }

  hear(event: RecordedEvent): void {
    if (this.#behind !== undefined) return;
    if (this.#isFull) this.#fallBehind(event.sequence - 1);
    else this.#write(event.frame);
  }

  /** Nothing comes after what he was told. */
  close(): void {
    this.#ended();
    this.#response.end();
  }

  get #isFull(): boolean {
    return this.#response.writableLength >= MAX_PENDING;
  }

  #fallBehind(after: number): void {
    this.#behind = after;
    this.#stall ??= this.#options.clock.after(STALL, () => this.#response.destroy());
  }

  #drained(): void {
    this.#stall?.cancel();
    this.#stall = undefined;
    this.#catchUp();
  }

  /** What he missed, as far as it is kept. */
  #catchUp(): void {
    const { feed } = this.#options;
    while (this.#behind !== undefined) {
      if (this.#isFull) return this.#fallBehind(this.#behind);
      const event = feed.next(this.#behind, this.filter);
      if (event === undefined) {
        this.#behind = undefined;
      } else if (event === 'gone') {
        this.#gap(feed.idOf(this.#behind));
        this.#behind = feed.beginning;
      } else {
        this.#write(event.frame);
        this.#behind = event.sequence;
      }
    }
  }

  /** Without an id: the one before it stays that with which he comes back. */
  #gap(after: string | null): void {
    const gap: GapEvent = { type: 'gap', after };
    this.#write(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`);
  }

  #beat(): Timer {
    return this.#options.clock.after(HEARTBEAT, () => {
      if (!this.#isFull) this.#write(':\n\n');
      this.#heartbeat = this.#beat();
    });
  }

  #write(frame: string | Buffer): void {
    this.#gathered.hold();
    this.#response.write(frame);
  }

  /** Idempotent. */
  #ended(): void {
    this.#heartbeat.cancel();
    this.#stall?.cancel();
    this.#unsubscribe();
    this.#options.ended();
  }
}
