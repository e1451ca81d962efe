/** Who of a room is at other switches. */
import type { Reach } from './reach.js';
import type { RemoteMember } from './remote-member.js';

export interface Elsewhere {
  readonly members: readonly RemoteMember[];
  /** The switches they are at. */
  readonly reaches: readonly Reach[];
}

/** Nobody is elsewhere: the only switch. */
export const NOWHERE: Elsewhere = { members: [], reaches: [] };

export function elsewhere(members: readonly RemoteMember[]): Elsewhere {
  if (members.length === 0) return NOWHERE;
  return { members, reaches: [...new Set(members.map(({ reach }) => reach))] };
}
