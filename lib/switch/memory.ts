import type { Meter } from './content.js';

/** Octets of the objects around a message that waits, about. */
const AROUND = 512;

/**
 * Octets that messages on their way hold in memory, in all rooms, each counted once however many wait for it. As it fills, less
 * may wait for each session, so that those furthest behind go without first.
 */
export class Memory implements Meter {
  octets = 0;
  #limit: number;

  /** @param limit in octets */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Octets that may still come; negative when there are too many. */
  get free(): number {
    return this.#limit - this.octets;
  }

  /** The limit is another from now on. */
  resize(limit: number): void {
    this.#limit = limit;
  }

  /** A complete message of so many octets waits for somebody. */
  keep(octets: number): void {
    this.octets += octets + AROUND;
  }

  /** It waits for nobody any more. */
  release(octets: number): void {
    this.octets -= octets + AROUND;
  }
}
