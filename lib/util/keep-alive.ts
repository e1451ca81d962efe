import type { Clock, Timer } from './clock.js';

/** Milliseconds between a sign of life and the next question; proxies on the way want to see some traffic too. */
const INTERVAL = 15_000;
/** Milliseconds that what was sent for another reason may stay without any answer before there is a question. */
const UNANSWERED = 5000;
/** Milliseconds that an answer may take (RFC 5626 §3.5.1). */
const PATIENCE = 10_000;
/** The same where there is reason to doubt: who is told to have no network shall not write into a void for long. */
const PATIENCE_IN_DOUBT = 5000;
/** Milliseconds by which a timer may be late on a machine that has much to do; browsers hold them back by 1 s, or 60 s. */
const LATE = 2000;

export interface KeepAliveOptions {
  clock: Clock;
  /** Sends what the other side has to answer. */
  ask: () => void;
  /** Whether silence after a question means anything. @defaultValue it does */
  judges?: () => boolean;
  /** Nothing comes any more; told once. */
  onDead: () => void;
}

/**
 * Finds that a connection is gone although nobody closed it, at most 25 s after something was heard last, or 15 s after
 * something was sent; later where timers are, as in a page that nobody sees, or on a machine that slept. It asks only where
 * nothing is heard: while there is talk it costs nothing.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #heardAt: number;
  /** When what is to be answered was sent; nothing has come since. */
  #waitsSince: number | undefined;
  /** Until the next look, with its time. */
  #next: { timer: Timer; at: number } | undefined;
  /** Runs while a question is unanswered. */
  #deadline: Timer | undefined;
  /** The question is the second one, because it was found too late that the first had no answer. */
  #again = false;
  #stopped = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#look();
  }

  /** Something arrived. The timer stays: to set it anew for each of many messages would be the larger part of their cost. */
  heard(): void {
    if (this.#stopped) return;
    this.#heardAt = this.#options.clock.now();
    this.#waitsSince = undefined;
    this.#again = false;
    if (!this.#deadline) return;
    this.#deadline.cancel();
    this.#deadline = undefined;
    this.#look();
  }

  /** Something was sent that is to be answered, if not at once: without a sign of life there is a question soon. */
  sent(): void {
    if (this.#stopped || this.#deadline || this.#waitsSince !== undefined) return;
    this.#waitsSince = this.#options.clock.now();
    this.#look();
  }

  /** Asks at once, and waits 5 s only: there is reason to doubt. */
  check(): void {
    if (!this.#deadline) this.ask(PATIENCE_IN_DOUBT);
  }

  /** Asks at once. */
  ask(patience = PATIENCE): void {
    if (this.#stopped) return;
    const { clock, ask } = this.#options;
    this.#next?.timer.cancel();
    this.#next = undefined;
    this.#deadline?.cancel();
    const due = clock.now() + patience;
    this.#deadline = clock.after(patience, () => this.#missed(due));
    ask();
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.timer.cancel();
    this.#deadline?.cancel();
  }

  /** Asks when it is time, and sees to it that it will. */
  #look(): void {
    const { clock } = this.#options;
    const now = clock.now();
    const at = Math.min(this.#heardAt + INTERVAL, (this.#waitsSince ?? Number.POSITIVE_INFINITY) + UNANSWERED);
    if (at <= now) return this.ask();
    if (this.#next && this.#next.at <= at) return;
    this.#next?.timer.cancel();
    const timer = clock.after(at - now, () => {
      this.#next = undefined;
      this.#look();
    });
    this.#next = { timer, at };
  }

  #missed(due: number): void {
    const { judges, onDead, clock } = this.#options;
    const now = clock.now();
    this.#deadline = undefined;
    if (judges?.() === false) {
      this.#heardAt = now;
      this.#waitsSince = undefined;
      return this.#look();
    }
    // Nothing ran here for a while, so that the answer may have come and wait to be read behind this timer.
    if (now - due > LATE && !this.#again) {
      this.#again = true;
      return this.ask(PATIENCE_IN_DOUBT);
    }
    this.stop();
    onDead();
  }
}
