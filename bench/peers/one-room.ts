import type { Setup } from '../harness/contender.js';

/** Larger messages are no chat: the daemons have limits of their own above. */
export const MAX_TEXT_OCTETS = 65_536;

/** Why a peer cannot be measured so; undefined when it can. Each has one room, without TLS. */
export function lacksOf(setup: Setup): string | undefined {
  if (setup.link !== 'tcp') return 'peers are measured without TLS, and over their own protocol only';
  return setup.rooms > 1 ? 'peers are measured with one room' : undefined;
}
