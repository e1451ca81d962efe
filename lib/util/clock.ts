/** Time as an input: everything that waits takes a Clock, so that tests decide when time passes. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once, `delay` milliseconds from now, unless the timer is cancelled before. */
  after(delay: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The clock of the machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, action) {
    const handle = setTimeout(action, delay);
    if (typeof handle === 'object') handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
