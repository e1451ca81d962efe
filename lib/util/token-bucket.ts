/** So many a second, and after a quiet time as many at once as `burst` says. Both may be `Infinity`: no limit. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What somebody may still do at a rate. Time is that of `Clock.now`, in ms. */
export class TokenBucket {
  #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Goes on at another rate, with no more than its burst. */
  adjust(rate: Rate, now: number): void {
    this.#refill(now);
    this.#rate = rate;
    this.#tokens = Math.min(rate.burst, this.#tokens);
  }

  /** Takes `amount`; false, and nothing taken, when that is not there. */
  take(now: number, amount = 1): boolean {
    this.#refill(now);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Whether `take` would. */
  has(now: number, amount = 1): boolean {
    this.#refill(now);
    return this.#tokens >= amount;
  }

  /** Takes `amount` whether it is there or not: what is missing has to come first. */
  spend(now: number, amount: number): void {
    this.#refill(now);
    this.#tokens -= amount;
  }

  /** Gives back what was taken in vain. */
  giveBack(amount: number): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + amount);
  }

  /** Milliseconds until nothing is missing any more; 0 when nothing is. */
  debt(now: number): number {
    this.#refill(now);
    return this.#tokens >= 0 ? 0 : (-this.#tokens * 1000) / this.#rate.perSecond;
  }

  /** As good as a new one: nobody need remember it. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#rate.burst;
  }

  #refill(now: number): void {
    const passed = now - this.#at;
    this.#at = now;
    if (passed > 0) this.#tokens = Math.min(this.#rate.burst, this.#tokens + (passed * this.#rate.perSecond) / 1000);
  }
}
