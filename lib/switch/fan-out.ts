/**
 * How long copies take to leave: one look at the watch when a small message is complete, and one for all messages of a turn
 * when what was written in it was handed to the sockets. Copies for readers that do not read leave later, and count not.
 */
import type { Histogram } from '../util/histogram.js';

export interface FanOutOptions {
  /** In seconds. */
  histogram: Histogram;
  /** Milliseconds, with fractions. */
  watch: () => number;
  /** Calls `action` once, when all that was written in this turn was handed to the sockets. */
  flushed: (action: () => void) => void;
}

export class FanOut {
  readonly #options: FanOutOptions;
  /** When the messages of this turn began. */
  readonly #begun: number[] = [];
  readonly #settle = (): void => this.#settled();

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** The last octet of a message came: what `handed` is to be given. */
  begin(): number {
    return this.#options.watch();
  }

  /** Its copies were given to the outboxes. */
  handed(begun: number): void {
    if (this.#begun.push(begun) === 1) this.#options.flushed(this.#settle);
  }

  #settled(): void {
    const now = this.#options.watch();
    for (const begun of this.#begun) this.#options.histogram.observe((now - begun) / 1000);
    this.#begun.length = 0;
  }
}
