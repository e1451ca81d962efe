/** Webhooks of programs; `serve` has its own feed, which its streams share. */
import { Feed, type FeedSource } from '../feed.js';
import type { WebhookState } from '../../api/schemas/webhooks.js';
import type { WebhookOptions } from './webhook-options.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import { type WebhooksOptions, Webhooks, type WebhookStats } from './webhooks.js';

/** Where events go, and how that fares. */
export interface RunningWebhooks {
  /** One by one, in the order in which they were given. */
  readonly states: WebhookState[];
  /** Of all of them together. */
  readonly stats: WebhookStats;
  /**
   * After `rooms.close()`: what waits gets one attempt more, while its receiver answers at all.
   * @param options.timeout milliseconds it may take; default 5000
   */
  close(options?: { timeout?: number }): Promise<void>;
}

/** As `new Webhooks`; nobody goes on listening for those there cannot be. */
function startOn(feed: Feed, receivers: readonly WebhookOptions[], options: WebhooksOptions): Webhooks {
  try {
    return new Webhooks(feed, receivers, options);
  } catch (error) {
    feed.close();
    throw error;
  }
}

/**
 * Sends what happens in the rooms to HTTP servers, signed (docs/events.md).
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION` for what is no URL, no secret, or no type of event; `CHAT_ERR_USAGE` for what are no
 * rooms
 */
export function webhooks(
  rooms: FeedSource,
  receivers: WebhookOptions | readonly WebhookOptions[],
  options: WebhooksOptions = {},
): RunningWebhooks {
  requireRooms(rooms);
  const feed = new Feed(rooms, options);
  const running = startOn(feed, [receivers].flat(), options);
  const listening = (): void => feed.tell({ type: 'server.ready' });
  rooms.on('listening', listening);
  return {
    get states() {
      return running.states;
    },
    get stats() {
      return running.stats;
    },
    close: async (closing) => {
      rooms.off('listening', listening);
      feed.close();
      await running.close(closing);
    },
  };
}

/** @throws ChatroomsError `CHAT_ERR_USAGE` for the receivers without the rooms, or nothing at all */
function requireRooms(rooms: Partial<FeedSource> | undefined): void {
  if (typeof rooms?.on === 'function') return;
  throw new ChatroomsError('CHAT_ERR_USAGE', 'webhooks takes the rooms first: what chatrooms() gave.');
}
