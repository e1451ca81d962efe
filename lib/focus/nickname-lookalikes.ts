import { lookalikesOf } from './confusables.js';
import type { Nickname } from './nickname.js';

/** The nicknames of a scope by what they look like. */
export class NicknameLookalikes {
  /** Comparison forms, and how often each was added, by what they look like. */
  readonly #keys = new Map<string, Map<string, number>>();

  add(nickname: Nickname): void {
    for (const form of lookalikesOf(nickname)) {
      const keys = this.#keys.get(form) ?? new Map<string, number>();
      this.#keys.set(form, keys.set(nickname.key, (keys.get(nickname.key) ?? 0) + 1));
    }
  }

  /** Takes back what was added. */
  remove(nickname: Nickname): void {
    for (const form of lookalikesOf(nickname)) {
      const keys = this.#keys.get(form);
      const left = (keys?.get(nickname.key) ?? 0) - 1;
      if (left > 0) keys?.set(nickname.key, left);
      else keys?.delete(nickname.key);
      if (keys?.size === 0) this.#keys.delete(form);
    }
  }

  /** Comparison forms of what looks like it, itself included when it is there. */
  *of(nickname: Nickname): Iterable<string> {
    for (const form of lookalikesOf(nickname)) yield* this.#keys.get(form)?.keys() ?? [];
  }
}
