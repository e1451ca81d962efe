import type { WebhookOptions } from '../events/webhooks/webhook-options.js';
import type { WebOptions } from '../web/options.js';
import type { ChatroomsOptions } from '../options/options.js';
import type { HostPort } from '../sip/host-port.js';

/** What `serve` does, with every default in place and every secret read. */
export interface Config {
  /** Options of `chatrooms()`; the logger is the program's. */
  chatrooms: ChatroomsOptions & { domain: readonly string[] };
  /** The embedded endpoint, in use when `drachtio` is undefined. */
  sip: {
    /** UDP and TCP. */
    listen: HostPort;
    /** With the certificate of `msrp.tls`. */
    tls: HostPort | undefined;
    ws: HostPort | undefined;
    limits: { maxConnections?: number; maxConnectionsPerAddress?: number; maxTransactions?: number };
  };
  /** A running drachtio-server instead. */
  drachtio: (HostPort & { secret: string }) | undefined;
  http: {
    listen: HostPort | undefined;
    /** Of the API; without it this machine alone may use that. */
    token: string | undefined;
    /** The chat page; false for none. */
    web: false | WebOptions;
  };
  webhooks: readonly WebhookOptions[];
  log: {
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
    /** @defaultValue pretty on a terminal, else json */
    format?: 'json' | 'pretty';
    /** What people write gets into the log. */
    bodies: boolean;
  };
  trace: {
    /** @defaultValue there are no traces */
    directory?: string;
    /** Octets of the largest one. */
    maxBytes: number;
    /** Milliseconds of the longest one. */
    maxDuration: number;
  };
  /** Milliseconds that leaving may take. */
  drainTimeout: number;
}
