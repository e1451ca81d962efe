import type { FeedEvent } from '../../../../api/schemas/index.js';
import type { Clock, Timer } from '../../../../../lib/util/clock.js';
import { EventStreamParser } from '../../../../../lib/util/event-stream-parser.js';
import { Emitter } from '../../../../../lib/util/events.js';
import { backoff } from '../../shared/backoff.js';
import type { Api } from './api.js';

/** Milliseconds without a word after which the stream is taken for dead: the server says something each 15 s. */
const STALL = 45_000;

export interface EventStreamOptions {
  api: Pick<Api, 'events'>;
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
}

/**
 * What happens, as it happens, and again after each loss of the connection. Not an EventSource: that can send no token.
 *
 * `open`: events come from here on; `gap`: others were missed; `lost`: it will be tried again.
 */
export class EventStream extends Emitter<{ event: [FeedEvent]; open: []; gap: []; lost: [] }> {
  readonly #options: EventStreamOptions;
  #abort = new AbortController();
  #timer: Timer | undefined;
  #lastId: string | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: EventStreamOptions) {
    super();
    this.#options = options;
  }

  start(): void {
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    this.#abort = new AbortController();
    this.#watch();
    try {
      const { body } = await this.#options.api.events(this.#lastId, this.#abort.signal);
      if (body) {
        this.#attempt = 0;
        if (!this.#closed) this.emit('open');
        await this.#read(body);
      }
    } catch {
      // Whatever it was: why is shown by the requests that are made beside it.
    }
    this.#timer?.cancel();
    // What is left of an answer that made no sense.
    this.#abort.abort();
    if (this.#closed) return;
    this.emit('lost');
    const { clock, random } = this.#options;
    this.#timer = clock.after(backoff(this.#attempt++, random()), () => void this.#run());
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventStreamParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#closed) return;
      this.#watch();
      for (const { type, data } of parser.push(decoder.decode(value, { stream: true }))) {
        if (type === 'gap') this.emit('gap');
        else this.emit('event', JSON.parse(data) as FeedEvent);
      }
      this.#lastId = parser.lastId ?? this.#lastId;
    }
  }

  #watch(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(STALL, () => this.#abort.abort());
  }
}
