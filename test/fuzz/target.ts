import type { Random } from './random.js';

/** One part of the product under fire. */
export interface Target {
  readonly name: string;
  /**
   * Feeds one batch and checks what must hold, whatever came in. A batch depends on its random numbers only.
   * @returns how many frames (bodies, descriptions) it fed
   * @throws Violation
   */
  batch(random: Random): Promise<number> | number;
}

/** What must hold does not. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function must(holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(what());
}
