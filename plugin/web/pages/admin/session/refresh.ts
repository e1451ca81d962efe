import type { Clock, Timer } from '../../../../../lib/util/clock.js';

export interface RefreshOptions {
  clock: Clock;
  /** Never rejects; it is not called again before it has resolved. */
  run: () => Promise<void>;
  /** Milliseconds from the end of one to the next that nobody asked for. */
  every: () => number;
  /** Milliseconds from the end of one to the next, whoever asks. */
  least: () => number;
}

/** Something that is read again at times, sooner when asked for, and never too often. */
export class Refresh {
  readonly #options: RefreshOptions;
  #timer: Timer | undefined;
  #running = false;
  #again = false;
  #closed = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(options: RefreshOptions) {
    this.#options = options;
  }

  /** As soon as it may; while it runs, once more after it. */
  soon(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    const { clock, least } = this.#options;
    this.#in(Math.max(0, this.#last + least() - clock.now()));
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #in(delay: number): void {
    this.#timer?.cancel();
    if (delay === 0) void this.#run();
    else this.#timer = this.#options.clock.after(delay, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { clock, run, every, least } = this.#options;
    this.#running = true;
    this.#again = false;
    await run();
    this.#running = false;
    this.#last = clock.now();
    if (!this.#closed) this.#in(Math.max(1, this.#again ? least() : every()));
  }
}
