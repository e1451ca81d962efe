/** Metrics of the process, and of its HTTP port. */
import { byWords, counter, type Definition, gauge, type Sample } from './definition.js';
import type { Figures, WebhookFigures } from './figures.js';

const LEVELS = { none: 0, shedding: 1, full: 2 } as const;

export const LOAD_METRICS: readonly Definition[] = [
  gauge(
    'chatroom_build_info',
    'Always 1; what runs.',
    ({ version }) => [[{ version, node: process.versions.node }, 1]],
    'version',
    'node',
  ),
  gauge(
    'chatroom_overload',
    '0: none, 1: no joins and no large messages, 2: no messages.',
    ({ rooms }) => LEVELS[rooms.load.level],
  ),
  counter(
    'chatroom_overloads_total',
    'Times that less was taken in for want of time or memory.',
    ({ rooms }) => rooms.overloads,
  ),
  gauge(
    'chatroom_event_loop_delay_mean_seconds',
    'Seconds that the event loop was late, the mean of the last second.',
    ({ rooms }) => rooms.load.delay.mean / 1000,
  ),
  gauge(
    'chatroom_event_loop_delay_p99_seconds',
    'Seconds that the event loop was late, the 99th percentile of the last second.',
    ({ rooms }) => rooms.load.delay.p99 / 1000,
  ),
  gauge(
    'chatroom_event_loop_delay_max_seconds',
    'Seconds that the event loop was late, the longest of the last second.',
    ({ rooms }) => rooms.load.delay.max / 1000,
  ),
  gauge('chatroom_memory_resident_bytes', 'Octets of resident memory.', ({ rooms }) => rooms.load.rss),
  gauge(
    'chatroom_memory_needed_bytes',
    'Octets of resident memory that are not free to be used again.',
    ({ rooms }) => rooms.load.needed,
  ),
];

export const HTTP_METRICS: readonly Definition[] = [
  counter(
    'chatroom_http_requests_total',
    'HTTP requests, by method, route (none: there is none) and status.',
    ({ http = {} }) => byWords(http, 'method', 'route', 'status'),
    'method',
    'route',
    'status',
  ),
  gauge('chatroom_event_streams', 'Those who are sent events as they happen.', ({ streams = 0 }) => streams),
  counter('chatroom_webhook_events_total', 'Events for webhooks, by what became of them.', events, 'webhook', 'result'),
  counter(
    'chatroom_webhook_failures_total',
    'Attempts to deliver events to webhooks that came to nothing.',
    (figures) => each(figures, ({ failed }) => failed),
    'webhook',
  ),
  gauge(
    'chatroom_webhook_queued_events',
    'Events that wait for webhooks.',
    (figures) => each(figures, ({ queued }) => queued),
    'webhook',
  ),
];

/** `webhook`: its place in the configuration, from 1. Its URL may hold a secret. */
const each = ({ webhooks = [] }: Figures, value: (webhook: WebhookFigures) => number): Sample[] =>
  webhooks.map((webhook, index) => [{ webhook: String(index + 1) }, value(webhook)]);

function events(figures: Figures): Sample[] {
  const having = (result: 'delivered' | 'dropped'): Sample[] =>
    each(figures, (webhook) => webhook[result]).map(([labels, count]) => [{ ...labels, result }, count]);
  return [...having('delivered'), ...having('dropped')];
}
