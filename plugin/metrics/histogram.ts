import { Histogram } from 'prom-client';
import type { HistogramData } from '../../lib/util/histogram.js';

/** As prom-client writes it. */
interface Written {
  name: string;
  help: string;
  type: 'histogram';
  values: { metricName: string; labels: Record<string, string | number>; value: number }[];
}

interface Facts {
  name: string;
  help: string;
  /** Upper bounds of the buckets. */
  bounds: readonly number[];
  read: () => HistogramData;
}

/** A histogram whose values were counted elsewhere, and are read when somebody asks. */
export class CountedHistogram extends Histogram {
  readonly #facts: Facts;

  constructor(facts: Facts) {
    const { name, help, bounds } = facts;
    super({ name, help, buckets: [...bounds], registers: [] });
    this.#facts = facts;
  }

  /** What prom-client asks a metric for before it writes it, and takes from for `get`, too. */
  async getForPromString(): Promise<Written> {
    const { name, help, bounds, read } = this.#facts;
    const { counts, sum } = read();
    let count = 0;
    // Each bucket has those of the smaller ones too.
    const values: Written['values'] = [...bounds, '+Inf'].map((le, index) => {
      count += counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le }, value: count };
    });
    values.push({ metricName: `${name}_sum`, labels: {}, value: sum });
    values.push({ metricName: `${name}_count`, labels: {}, value: count });
    return { name, help, type: 'histogram', values };
  }
}
