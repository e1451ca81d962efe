import type { Random } from '../../fuzz/random.js';
import { systemClock, type Timer } from '../../../lib/util/clock.js';

/** Time that people take; by the clock of the machine, whatever the protocol's clock does. */
export class Pause {
  constructor(private readonly random: Random) {}

  /** Between `least` and `most` milliseconds. */
  between(least: number, most: number): Promise<void> {
    return new Promise((resolve) => {
      systemClock.after(least + this.random.below(most - least), resolve);
    });
  }

  later(delay: number, action: () => void): Timer {
    return systemClock.after(delay, action);
  }
}
