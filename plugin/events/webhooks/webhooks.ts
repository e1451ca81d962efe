import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../../../lib/util/clock.js';
import { type Logger, silent } from '../../../lib/util/log.js';
import type { WebhookState } from '../../api/schemas/webhooks.js';
import type { Feed } from '../feed.js';
import type { QueueBounds } from './delivery-queue.js';
import { type Surroundings, Webhook } from './webhook.js';
import { type WebhookOptions, webhookSettings } from './webhook-options.js';

/** What `webhooks` is given beside the receivers. */
export interface WebhooksOptions {
  /** @defaultValue silent */
  logger?: Logger;
  clock?: Clock;
  /** User-Agent of the requests. @defaultValue `'drachtio-chatroom'` */
  userAgent?: string;
  /** What may wait for each receiver. @defaultValue 1000 events, 8 MiB */
  queue?: QueueBounds;
  /** From 0 to 1, for the time between attempts. @defaultValue `Math.random` */
  random?: () => number;
}

/** Of all webhooks together. */
export interface WebhookStats {
  /** Events that wait. */
  queued: number;
  /** Events that were taken. */
  delivered: number;
  /** Attempts that came to nothing. */
  failed: number;
  /** Events that were given up. */
  dropped: number;
}

interface Running {
  given: WebhookOptions;
  receiver: Webhook;
  unsubscribe: () => void;
}

/** Milliseconds that the last attempts may take. */
const CLOSE_TIMEOUT = 5000;

/** All receivers; none waits for another. */
export class Webhooks {
  readonly #feed: Feed;
  readonly #surroundings: Surroundings;
  /** What each was given, what it is, and what lets it hear no more; in the order in which they were given. */
  #running: readonly Running[] = [];
  /** Those that were taken away, as long as something waits in them. */
  readonly #leaving = new Set<Promise<void>>();
  #held: boolean;

  /**
   * @param held events wait until `release`
   * @throws ChatroomsError `CHAT_ERR_OPTION`
   */
  constructor(feed: Feed, webhooks: readonly WebhookOptions[], options: WebhooksOptions = {}, held = false) {
    const { logger: log = silent, clock = systemClock, userAgent = 'drachtio-chatroom', random, queue } = options;
    this.#feed = feed;
    this.#held = held;
    const given = { ...(random && { random }), ...(queue && { bounds: queue }) };
    this.#surroundings = { clock, log, userAgent, ...given, held: () => this.#held };
    this.adjust(webhooks);
  }

  /** Sends what was held back, and from now on whatever comes. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    for (const { receiver } of this.#running) receiver.release();
  }

  /**
   * Goes on with these: one with the URL of one there is takes its place, with what waits in it. Of those that are not among
   * them what waits gets one attempt more.
   *
   * @throws ChatroomsError `CHAT_ERR_OPTION`; nothing changed then
   */
  adjust(webhooks: readonly WebhookOptions[]): void {
    const wanted = webhooks.map((webhook) => ({ webhook, settings: webhookSettings(webhook) }));
    const before = new Set(this.#running);
    this.#running = wanted.map(({ webhook, settings }) => {
      const known = [...before].find(({ given }) => given.url === webhook.url);
      if (known) before.delete(known);
      if (known && isDeepStrictEqual(known.given, webhook)) return known;
      known?.unsubscribe();
      known?.receiver.adjust(settings);
      const receiver = known?.receiver ?? new Webhook(settings, this.#surroundings);
      return { given: webhook, receiver, unsubscribe: this.#feed.subscribe(receiver) };
    });
    for (const { receiver, unsubscribe } of before) {
      unsubscribe();
      const left: Promise<void> = receiver.close(CLOSE_TIMEOUT).then(() => void this.#leaving.delete(left));
      this.#leaving.add(left);
    }
  }

  /** In the order in which they were given. */
  get states(): WebhookState[] {
    return this.#running.map(({ receiver }) => receiver.state);
  }

  get stats(): WebhookStats {
    const stats = { queued: 0, delivered: 0, failed: 0, dropped: 0 };
    for (const { queued, delivered, failed, dropped } of this.states) {
      stats.queued += queued;
      stats.delivered += delivered;
      stats.failed += failed;
      stats.dropped += dropped;
    }
    return stats;
  }

  /**
   * Takes no more events; those that wait get one attempt more each, while their receiver answers at all. Nobody hears of what
   * was held back until now.
   * @param options.timeout milliseconds it may take; default 5000
   */
  async close({ timeout = CLOSE_TIMEOUT }: { timeout?: number } = {}): Promise<void> {
    for (const { unsubscribe } of this.#running) unsubscribe();
    await Promise.all([...this.#leaving, ...this.#running.map(({ receiver }) => receiver.close(timeout))]);
  }
}
