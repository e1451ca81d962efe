import type { Participant } from './participant.js';

/** Who wrote to a room last. */
export class Speakers {
  /** The latest one last. */
  readonly #order = new Set<Participant>();

  /** True when somebody entered the list of the latest `limit`. */
  spoke(participant: Participant, limit: number): boolean {
    const known = this.#order.delete(participant);
    if (limit > 0) this.#order.add(participant);
    for (const oldest of this.#order) {
      if (this.#order.size <= limit) break;
      this.#order.delete(oldest);
    }
    return !known && limit > 0;
  }

  delete(participant: Participant): void {
    this.#order.delete(participant);
  }

  latest(): Participant[] {
    return [...this.#order].toReversed();
  }
}
