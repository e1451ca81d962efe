/** Time as an input: everything that waits takes a Clock, so that tests decide when time passes. */
export interface Clock {
  /**
   * Milliseconds for measuring how long ago something was: those since the epoch as they were thought to be when the process
   * began. They go on evenly when somebody sets the clock of the machine.
   */
  now(): number;
  /** What the clock of the machine says: for what is shown, kept, or compared with what others wrote. */
  date(): Date;
  /** Calls `action` once, `delay` milliseconds from now, unless the timer is cancelled before. */
  after(delay: number, action: () => void): Timer;
}

/** What waits, and may be told not to. */
export interface Timer {
  cancel(): void;
}

/** Milliseconds with fractions, for how long something took that takes less than one; their difference alone says something. */
export const stopwatch = (): number => performance.now();

/** The clock of the machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Math.trunc(performance.timeOrigin + performance.now()),
  date: () => new Date(),
  after(delay, action) {
    const handle = setTimeout(action, delay);
    if (typeof handle === 'object') handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
