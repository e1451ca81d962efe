/** One thing after the other, of which nothing is to be done twice at a time. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Calls `act` when all that was asked for before is over, well or not. Resolves, or rejects, with it. */
  run<T>(act: () => Promise<T>): Promise<T> {
    const next = this.#last.then(act);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
