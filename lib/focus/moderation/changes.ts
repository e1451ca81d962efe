import type { Participant } from '../participant.js';

/** Somebody who is another one by what was decided, as he was before. */
export interface Changed {
  participant: Participant;
  nickname: string | null;
}

/**
 * Whose rights a change changes.
 *
 * @param change returns the keys of those whom it changes otherwise
 */
export function changesBy(
  change: () => ReadonlySet<string> | undefined,
  participants: ReadonlyMap<string, Participant>,
): Changed[] {
  const before = Array.from(participants.values(), (participant) => {
    const { role, mayWrite, nickname } = participant;
    return { participant, role, mayWrite, nickname };
  });
  const others = change();
  return before.filter(
    ({ participant: now, role, mayWrite }) => now.role !== role || now.mayWrite !== mayWrite || others?.has(now.key),
  );
}
