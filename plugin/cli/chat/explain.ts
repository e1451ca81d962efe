import { ChatroomsError } from '../../../lib/util/errors.js';

/** One line with cause and fix for a status that is not 200 (RFC 4975 §10, RFC 7701 §6-7). */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'the room could not read the message',
  403: 'the room does not let you do that',
  404: 'nobody with that address is in the room; /who lists who is here',
  408: 'the room did not answer in time; the message may be lost',
  413: 'the message is too large for this room; send it in parts',
  415: 'the room or the recipient does not take this kind of content',
  424: 'the room does not accept that nickname; use letters, digits and single spaces',
  425: 'that nickname is taken or reserved; choose another',
  428: "the recipient's program cannot receive private messages",
  481: 'the room no longer knows this session; join again',
};

export function explainStatus(status: number, comment: string): string {
  return REFUSALS[status] ?? `the room answered ${status}${comment === '' ? '' : ` ${comment}`}`;
}

const SIP_REFUSALS: Readonly<Record<number, string>> = {
  401: 'the room wants a password, or another one; give it with --password, and your account with --from',
  403: 'you are not allowed in; ask its owner, or try another --from',
  404: 'there is no such room there; check its name and the domain',
  407: 'the proxy wants a password, or another one; give it with --password, and your account with --from',
  408: 'nobody answered; is the server running?',
  480: 'it is not available just now; try again later',
  486: 'the room is full; try again later',
  488: 'the other side does not offer a chat (MSRP with message/cpim)',
  503: 'the server is shutting down or overloaded; try again later',
};

/** One line with cause and fix for whatever `join` and the other calls throw. */
export function explainError(error: unknown, room: string): string {
  if (!(error instanceof ChatroomsError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'CHAT_ERR_JOIN_REFUSED' && error.sipStatus !== undefined) {
    const known = SIP_REFUSALS[error.sipStatus];
    if (known !== undefined) return `cannot join ${room}: ${known} (${error.sipStatus})`;
  }
  return error.message;
}
