import type { Setup } from '../harness/contender.js';

/** Larger messages are no chat: the daemons have limits of their own above. */
export const MAX_TEXT_OCTETS = 65_536;

/** Joining larger rooms takes minutes, and what a copy costs grows no more. */
const MAX_PARTICIPANTS = 1000;

/** Why a peer cannot be measured so; undefined when it can. Each has one room, without TLS. */
export function lacksOf({ confirm, link, participants, rooms }: Setup): string | undefined {
  if (link !== 'tcp') return 'peers speak a protocol of their own and are measured without TLS';
  if (rooms > 1) return 'peers are measured with one room';
  // Their copies are unconfirmed everywhere: one row is enough, and the one beside confirmed copies is the harder for us.
  if (confirm !== 'always') return 'the copies of peers are never confirmed, and stand beside confirmed ones';
  return participants > MAX_PARTICIPANTS ? `peers are measured with ${MAX_PARTICIPANTS} at most` : undefined;
}
