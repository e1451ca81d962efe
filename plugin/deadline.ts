import type { Clock } from '../lib/util/clock.js';

/** What `work` comes to, unless it takes longer than `timeout` milliseconds: then rejects with `late()`. */
export function within<T>(clock: Clock, timeout: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeout, () => reject(late()));
    work.finally(() => timer.cancel()).then(resolve, reject);
  });
}
