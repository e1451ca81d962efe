/** Reads the process itself: how late its event loop is, and its memory. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { collectGarbage } from '../util/collector.js';
import type { MemoryReading } from './memory.js';

/** Of the event loop since the last reading, in ms. */
export interface DelayReading {
  mean: number;
  p99: number;
  max: number;
}

export interface Probe {
  /** Begins anew with each reading. */
  delay(): DelayReading;
  memory(): MemoryReading;
  /** Lets go what nobody uses any more, so that it does not count. */
  collect(): void;
  close(): void;
}

/** Milliseconds between two looks at the event loop; what is below is not seen. */
const RESOLUTION = 10;
const NS_PER_MS = 1e6;

export class ProcessProbe implements Probe {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  /** Found when it is needed first. */

  constructor() {
    this.#histogram.enable();
  }

  delay(): DelayReading {
    const { mean, max } = this.#histogram;
    const reading = { mean: late(mean), p99: late(this.#histogram.percentile(99)), max: late(max) };
    this.#histogram.reset();
    return reading;
  }

  memory(): MemoryReading {
    return process.memoryUsage();
  }

  collect(): void {
    collectGarbage();
  }

  close(): void {
    this.#histogram.disable();
  }
}

/** How much later than asked for; without a look there is no number. */
const late = (ns: number): number => (ns > 0 ? Math.max(0, ns / NS_PER_MS - RESOLUTION) : 0);
