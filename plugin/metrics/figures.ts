/** What the metrics of the program are read from, whenever somebody asks for them. */
import type { ChatroomsStats } from '../server-events.js';

export interface Figures {
  /** What this is. */
  version: string;
  rooms: ChatroomsStats;
  /** The control connection. */
  drachtio: {
    connected: boolean;
    /** Times that there was one again after it had been lost. */
    reconnects: number;
  };
  /** Of the embedded endpoint; absent where a drachtio-server is in front. */
  endpoint?: { dialogs: number; transactions: number } | undefined;
  /** By `METHOD ROUTE STATUS`. */
  http?: Readonly<Record<string, number>>;
  /** Those who are told events as they happen (SSE). */
  streams?: number;
  /** In the order of the configuration. */
  webhooks?: readonly WebhookFigures[];
}

export interface WebhookFigures {
  /** Events that wait. */
  readonly queued: number;
  /** Events that were taken. */
  readonly delivered: number;
  /** Attempts that came to nothing. */
  readonly failed: number;
  /** Events that were given up. */
  readonly dropped: number;
}
