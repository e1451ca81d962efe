import type { Verdict } from '../../focus-switch.js';
import type { PlainVerdict } from './to-worker.js';

/** Messages of one sender that wait for a verdict at once, in `switch/held`: what was asked before those is settled. */
const MAX_WAITING = 1024;

interface Calls {
  run?: () => void;
  refused?: (status: number) => void;
}

/**
 * What verdicts have to call once their message was answered, kept here while the message is in a worker. Messages of one
 * sender are answered in the order in which they came, so what is called for one settles those before it.
 */
export class Verdicts {
  /** By endpoint, then by question. */
  readonly #kept = new Map<string, Map<number, Calls>>();

  /** What is kept of all senders. */
  get size(): number {
    let size = 0;
    for (const calls of this.#kept.values()) size += calls.size;
    return size;
  }

  /** The verdict as it can cross; what it has to call is kept. */
  keep(endpoint: string, question: number, verdict: Verdict): PlainVerdict {
    if (verdict.is === 'refused') return verdict;
    if (verdict.is === 'taken') {
      this.#keep(endpoint, question, { run: verdict.run });
      return { is: 'taken' };
    }
    const { instead, refused } = verdict;
    if (refused) this.#keep(endpoint, question, { refused });
    return { is: 'passed', ...(instead && { instead: { ...instead } }), tellsRefusal: refused !== undefined };
  }

  /** The message was answered: what is to be called now, if it is not settled. */
  take(endpoint: string, question: number): Calls | undefined {
    const kept = this.#kept.get(endpoint);
    const calls = kept?.get(question);
    if (!kept || !calls) return undefined;
    for (const earlier of kept.keys()) if (earlier <= question) kept.delete(earlier);
    if (kept.size === 0) this.#kept.delete(endpoint);
    return calls;
  }

  /** The endpoint was removed: none of its messages will be answered. */
  forget(endpoint: string): void {
    this.#kept.delete(endpoint);
  }

  #keep(endpoint: string, question: number, calls: Calls): void {
    const kept = this.#kept.get(endpoint) ?? new Map<number, Calls>();
    kept.set(question, calls);
    this.#kept.set(endpoint, kept);
    if (kept.size <= MAX_WAITING) return;
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      return;
    }
  }
}
