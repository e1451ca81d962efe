/** What the server does, as Prometheus reads it; docs/metrics.md lists it. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Definition, Sample } from './definition.js';
import type { Figures } from './figures.js';
import { CountedHistogram } from './histogram.js';
import { MESSAGE_METRICS, MSRP_METRICS, ROOM_METRICS } from './media.js';
import { HTTP_METRICS, LOAD_METRICS } from './program.js';
import { SIP_METRICS } from './sip.js';

export type { Figures, WebhookFigures } from './figures.js';

/** In the order in which they are written. */
export const DEFINITIONS: readonly Definition[] = [
  ...LOAD_METRICS,
  ...ROOM_METRICS,
  ...MESSAGE_METRICS,
  ...MSRP_METRICS,
  ...SIP_METRICS,
  ...HTTP_METRICS,
];

/** Gauges of prom-client with the suffix of counters, which checkers complain of; the same by type stands beside each. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export interface MetricsOptions {
  /** Also `process_*` and `nodejs_*`, as prom-client has them. @defaultValue `false` */
  process?: boolean;
}

export class Metrics {
  /** Of its own: a program that uses prom-client for itself meets none of this. */
  readonly #registry = new Registry();
  readonly #figures: () => Figures;
  /** Taken once for all that is written at a time: some of it is counted over every endpoint. */
  #current: Figures | undefined;

  constructor(figures: () => Figures, { process = false }: MetricsOptions = {}) {
    this.#figures = figures;
    for (const definition of DEFINITIONS) this.#registry.registerMetric(this.#metric(definition));
    if (process) this.#addProcess();
  }

  /** Of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them in the text format of Prometheus. */
  text(): Promise<string> {
    this.#current = this.#figures();
    return this.#registry.metrics();
  }

  #addProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  #metric(definition: Definition): Counter | Gauge | CountedHistogram {
    const current = (): Figures => (this.#current ??= this.#figures());
    if (definition.type === 'histogram') {
      return new CountedHistogram({ ...definition, read: () => definition.read(current()) });
    }
    const { name, help, labels: labelNames = [], read } = definition;
    const values = (): readonly Sample[] => {
      const value = read(current());
      return typeof value === 'number' ? [[{}, value]] : value;
    };
    const options = { name, help, labelNames: [...labelNames], registers: [] };
    if (definition.type === 'gauge') {
      const collect = (): void => {
        metric.reset();
        // Without labels it has begun anew at 0, which is no value where there is none.
        if (labelNames.length === 0 && values().length === 0) metric.remove();
        for (const [labels, value] of values()) metric.set(labels, value);
      };
      const metric: Gauge = new Gauge({ ...options, collect });
      return metric;
    }
    const collect = (): void => {
      // Counted elsewhere, and never less than before.
      metric.reset();
      for (const [labels, value] of values()) metric.inc(labels, value);
    };
    const metric: Counter = new Counter({ ...options, collect });
    return metric;
  }
}
