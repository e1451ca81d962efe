import type { KeptMessage, LogChange, MessageLog } from './message-log.js';

/** Forgets all with the process. */
export class MemoryMessages implements MessageLog {
  readonly #messages = new Map<string, readonly KeptMessage[]>();

  rooms(): string[] {
    return [...this.#messages.keys()];
  }

  newest(room: string, count: number): KeptMessage[] {
    const messages = this.#messages.get(room) ?? [];
    return messages.slice(Math.max(0, messages.length - count));
  }

  write(changes: ReadonlyMap<string, LogChange>): void {
    for (const [room, { wipe, oldest, added }] of changes) {
      const before = wipe ? [] : (this.#messages.get(room) ?? []);
      const messages = [...before, ...added].filter(({ id }) => id >= oldest);
      if (messages.length === 0) this.#messages.delete(room);
      else this.#messages.set(room, messages);
    }
  }
}
