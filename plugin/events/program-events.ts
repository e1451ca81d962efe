import type { OpenAPIHono } from '@hono/zod-openapi';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import type { Logger } from '../../lib/util/log.js';
import { EventStreams } from './event-streams.js';
import { Feed, type FeedSource } from './feed.js';
import { addEvents } from './sse.js';
import { addWebhooks } from './webhooks/route.js';
import type { WebhookOptions } from './webhooks/webhook-options.js';
import { Webhooks } from './webhooks/webhooks.js';
import type { Figures } from '../metrics/figures.js';

export interface ProgramEventsOptions {
  log: Logger;
  /** Of the package. */
  version: string;
  /** @defaultValue none */
  webhooks?: readonly WebhookOptions[];
  clock?: Clock;
}

/** What `serve` tells of what happens: streams and webhooks, of one feed. */
export class ProgramEvents {
  readonly #feed: Feed;
  readonly #streams: EventStreams;
  readonly #webhooks: Webhooks;

  /** @throws ChatroomsError `CHAT_ERR_OPTION` for a webhook */
  constructor(rooms: FeedSource, { log, version, webhooks = [], clock = systemClock }: ProgramEventsOptions) {
    this.#feed = new Feed(rooms, { clock });
    this.#streams = new EventStreams(this.#feed, clock);
    const userAgent = `drachtio-chatroom/${version}`;
    // A start that fails makes rooms and ends them, and nobody could have joined.
    this.#webhooks = new Webhooks(this.#feed, webhooks, { clock, logger: log, userAgent }, true);
  }

  /** For `/metrics`. */
  get figures(): Required<Pick<Figures, 'streams' | 'webhooks'>> {
    return { streams: this.#streams.size, webhooks: this.#webhooks.states };
  }

  /** Adds `/api/v1/events` and `/api/v1/webhooks`; whoever may use `/api/` has been looked at before. */
  addRoutes(app: OpenAPIHono): void {
    addEvents(app, this.#streams);
    addWebhooks(app, this.#webhooks);
  }

  /**
   * Other webhooks; what waits for those of the same URL stays.
   *
   * @throws ChatroomsError `CHAT_ERR_OPTION`; nothing changed then
   */
  adjust(webhooks: readonly WebhookOptions[]): void {
    this.#webhooks.adjust(webhooks);
  }

  /** Ends the streams of those who came with a token that counts no more; who has the new one comes back. */
  endStreams(): void {
    this.#streams.close();
  }

  /** SIP and MSRP accept traffic. Of what was before, webhooks are told when they do for the first time, and else never. */
  ready(): void {
    this.#feed.tell({ type: 'server.ready' });
    this.#webhooks.release();
  }

  /**
   * After the rooms were closed: streams end, webhooks get what waits.
   * @param timeout milliseconds it may take
   */
  async close(timeout: number): Promise<void> {
    this.#feed.close();
    this.#streams.close();
    await this.#webhooks.close({ timeout });
  }
}
