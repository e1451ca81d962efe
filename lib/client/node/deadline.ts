import type { Clock } from '../../util/clock.js';

/** Waits for `work`, but no longer than `delay` milliseconds; what comes of it later is nobody's concern. */
export function within(clock: Clock, delay: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(delay, resolve);
    work
      .finally(() => timer.cancel())
      .then(() => resolve())
      .catch(reject);
  });
}
