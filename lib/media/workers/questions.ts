import type { Clock } from '../../util/clock.js';

/** Milliseconds that anybody here waits for an answer: 25 s, and some more. */
const LIFETIME = 30_000;

interface Open<T> {
  asked: number;
  resolve: (answer: T) => void;
}

/** Questions to another thread that have no answer yet, by number. Who asks gives up by himself; nothing is kept longer. */
export class Questions<T> {
  readonly #clock: Clock;
  readonly #open = new Map<number, Open<T>>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those without answer. */
  get size(): number {
    return this.#open.size;
  }

  ask(post: (question: number) => void): Promise<T> {
    const asked = this.#clock.now();
    this.#forget(asked - LIFETIME);
    const question = ++this.#count;
    return new Promise((resolve) => {
      this.#open.set(question, { asked, resolve });
      post(question);
    });
  }

  /** Nothing happens when nobody waits for it any more. */
  answer(question: number, answer: T): void {
    const open = this.#open.get(question);
    this.#open.delete(question);
    open?.resolve(answer);
  }

  #forget(before: number): void {
    for (const [question, { asked }] of this.#open) {
      if (asked > before) return;
      this.#open.delete(question);
    }
  }
}
