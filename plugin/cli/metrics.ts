/** What the server does, as Prometheus reads it. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { ServerStats } from '../../lib/chat-server.js';

/** Name, help and where the number is; read when somebody asks. */
type Metric = [name: string, help: string, value: (stats: ServerStats) => number];

const LEVELS = { none: 0, shedding: 1, full: 2 } as const;

const GAUGES: readonly Metric[] = [
  ['chatroom_rooms', 'Rooms there are.', ({ rooms }) => rooms],
  ['chatroom_participants', 'People in rooms, each counted once a room.', ({ participants }) => participants],
  ['chatroom_endpoints', 'MSRP sessions in rooms.', ({ endpoints }) => endpoints],
  ['chatroom_msrp_connections', 'MSRP connections.', ({ connections }) => connections],
  ['chatroom_congested_endpoints', 'Endpoints that read too slowly now.', ({ congested }) => congested],
  ['chatroom_pending_bytes', 'Octets that wait for endpoints.', ({ pendingOctets }) => pendingOctets],
  [
    'chatroom_overload',
    '0: none, 1: no joins and no large messages, 2: no messages.',
    ({ load }) => LEVELS[load.level],
  ],
  [
    'chatroom_event_loop_delay_mean_seconds',
    'How late the event loop was, mean of a second.',
    ({ load }) => load.delay.mean / 1000,
  ],
  ['chatroom_event_loop_delay_p99_seconds', 'The same, 99th percentile.', ({ load }) => load.delay.p99 / 1000],
  ['chatroom_event_loop_delay_max_seconds', 'The same, longest.', ({ load }) => load.delay.max / 1000],
  ['chatroom_memory_resident_bytes', 'Resident memory.', ({ load }) => load.rss],
  ['chatroom_memory_needed_bytes', 'Of that, what is not free to be used again.', ({ load }) => load.needed],
  ['chatroom_partial_bytes', 'Octets of messages that are not complete.', ({ partialOctets }) => partialOctets],
];

const COUNTERS: readonly Metric[] = [
  [
    'chatroom_congestion_marks_total',
    'Times an endpoint was found to read too slowly.',
    ({ congestion }) => congestion.marks,
  ],
  [
    'chatroom_congestion_dropped_messages_total',
    'Copies of messages not delivered, or not to their end, to endpoints that read too slowly.',
    ({ congestion }) => congestion.dropped,
  ],
  [
    'chatroom_congestion_disconnects_total',
    'Endpoints ended because they read too slowly for too long.',
    ({ congestion }) => congestion.ended,
  ],
  [
    'chatroom_congestion_notices_total',
    'Messages that told endpoints how many they missed.',
    ({ congestion }) => congestion.notices,
  ],
  [
    'chatroom_overloads_total',
    'Times that less was taken in for want of time or memory.',
    ({ overloads }) => overloads,
  ],
  ['chatroom_save_failures_total', 'Times rooms could not be saved.', ({ saveFailures }) => saveFailures],
];

export class Metrics {
  /** Of its own: a program that uses prom-client for itself meets none of this. */
  readonly #registry = new Registry();

  constructor(stats: () => ServerStats) {
    for (const [name, help, value] of GAUGES) {
      const collect = (): void => gauge.set(value(stats()));
      const gauge = new Gauge({ name, help, registers: [], collect });
      this.#registry.registerMetric(gauge);
    }
    for (const [name, help, value] of COUNTERS) {
      const collect = (): void => {
        // Counted elsewhere, and never less than before.
        counter.reset();
        counter.inc(value(stats()));
      };
      const counter = new Counter({ name, help, registers: [], collect });
      this.#registry.registerMetric(counter);
    }
    this.#registry.registerMetric(limited(() => stats().limited));
  }

  /** Of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** What was refused, closed or slowed down, by the option that says how much is too much. */
function limited(totals: () => ServerStats['limited']): Counter<'limit'> {
  const counter: Counter<'limit'> = new Counter({
    name: 'chatroom_limited_total',
    help: 'Times a limit was reached.',
    labelNames: ['limit'],
    registers: [],
    collect: () => {
      counter.reset();
      for (const [limit, times] of Object.entries(totals())) counter.inc({ limit }, times);
    },
  });
  return counter;
}
