import { MemoryMessages } from './memory-messages.js';
import type { Saved, Store } from './store.js';

/** Forgets all with the process; values are kept as text, so that nobody shares them. */
export class MemoryStore implements Store {
  readonly messages = new MemoryMessages();
  readonly #texts = new Map<string, string>();

  all(): Saved[] {
    return Array.from(this.#texts, ([key, text]) => ({ key, value: JSON.parse(text) as unknown }));
  }

  write(changes: ReadonlyMap<string, unknown>): void {
    // First all of them to text: one that is no JSON leaves the others unwritten too.
    const texts = Array.from(changes, ([key, value]) => [key, JSON.stringify(value)] as const);
    for (const [key, text] of texts) {
      if (text === undefined) this.#texts.delete(key);
      else this.#texts.set(key, text);
    }
  }

  close(): void {}
}
