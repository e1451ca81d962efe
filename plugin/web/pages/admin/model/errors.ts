import type { ErrorEntry, Status } from '../../../../api/schemas/index.js';

/** Errors of one kind: what was refused, why, and in which room. */
export interface ErrorGroup {
  latest: ErrorEntry;
  count: number;
  /** When the first of them was. */
  first: string;
}

/** Errors by their kind, in the order of the latest of each. @param errors the latest first */
export function groupsOf(errors: readonly ErrorEntry[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const error of errors) {
    const { method, status, code, room, detail } = error;
    const kind = JSON.stringify([method, status, code, room, detail]);
    const group = groups.get(kind);
    if (group) {
      group.count += 1;
      group.first = error.time;
    } else groups.set(kind, { latest: error, count: 1, first: error.time });
  }
  return [...groups.values()];
}

/** What is another text after each refusal; `/status` of another version may not count them. */
export function refusalsOf(stats: Status['stats'] | Readonly<Record<string, unknown>>): string {
  const { sip, traffic } = stats as Counted;
  const nicknames = traffic?.nicknames && { ...traffic.nicknames, 200: 0 };
  const counts = [sip?.refusals, traffic?.refused, nicknames];
  return JSON.stringify(counts.map((count) => count ?? null));
}

interface Counted {
  sip?: { refusals?: unknown } | null;
  traffic?: { refused?: unknown; nicknames?: Readonly<Record<string, number>> } | null;
}
