import { ChatroomsError } from '../util/errors.js';
import type { CallEnd } from './sip/signalling.js';

/** RFC 7701 §7.1, for people. */
export const NICKNAME_REFUSALS: Readonly<Record<number, string>> = {
  403: 'was refused: this room has no nicknames for you',
  424: 'is not one the room accepts; use letters, digits and single spaces',
  425: 'is taken or reserved; choose another',
};

export function misuse(text: string): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_USAGE', text);
}

export function hungUp(room: string, { text, cause }: CallEnd): ChatroomsError {
  const status = cause === undefined ? {} : { sipStatus: cause };
  return new ChatroomsError('CHAT_ERR_JOIN_REFUSED', `${room} hung up at once: ${text}`, status);
}
