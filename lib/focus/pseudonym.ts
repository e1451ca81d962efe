/** Rooms in which everybody is hidden from the others, as if they had asked for privacy (RFC 3323). */
import { serializeCpim } from '../cpim/index.js';
import type { Identity } from './types.js';

/** Who somebody is in such a room. */
export const hidden = (identity: Identity): Identity => ({ ...identity, displayName: null, anonymous: true });

export interface HiddenMember {
  /** URI of the room. */
  room: string;
  /** The only URI that others see. */
  uri: string;
  /** Takes private messages (7701-6.2-05). */
  privateMessages: boolean;
}

/**
 * What somebody is told who did not ask to be hidden and so writes under the real URI, which is refused (P-ANON-01): a
 * complete message/cpim body from the room. Its To is the URI to write under, for programs to read, where the client takes
 * private messages.
 */
export function pseudonymNotice({ room, uri, privateMessages }: HiddenMember, now: Date): Buffer {
  return serializeCpim({
    from: { name: null, uri: room },
    to: [{ name: null, uri: privateMessages ? uri : room }],
    dateTime: now,
    contentType: 'text/plain;charset=utf-8',
    content: `Everybody here is hidden from the others. Write under ${uri}; what you write under your own address is refused.`,
  });
}
