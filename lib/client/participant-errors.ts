import { ChatroomsError } from '../util/errors.js';
import type { CallEnd } from './sip/signalling.js';

/** RFC 7701 §7.1, for people. */
export const NICKNAME_REFUSALS: Readonly<Record<number, string>> = {
  403: 'was refused: this room has no nicknames for you',
  424: 'is not one the room accepts; use letters, digits and single spaces',
  425: 'is taken or reserved; choose another',
};

/** Octets (RFC 7701 §7.1). */
const MAX_NICKNAME = 1023;

/** Whether a value has in it what would end a header line, or hide in one. */
export const hasControls = (value: string): boolean => /\p{Cc}/u.test(value);

/**
 * 7701-7.1-02, -03: what cannot be written is not sent; the rest is for the room to judge.
 * @throws ChatroomsError `CHAT_ERR_NICKNAME_MALFORMED`
 */
export function requireNickname(name: string): void {
  if (!hasControls(name) && Buffer.byteLength(name) <= MAX_NICKNAME) return;
  const text = `${JSON.stringify(name.slice(0, 40))} cannot be a nickname: at most ${MAX_NICKNAME} bytes, no control characters`;
  throw new ChatroomsError('CHAT_ERR_NICKNAME_MALFORMED', text, { msrpStatus: 424 });
}

/**
 * Nothing is sent to or as somebody who cannot be: the network would only say that nobody answers.
 * @throws ChatroomsError `CHAT_ERR_USAGE`
 */
export function requireAddresses(own: string, room: string): void {
  if (!/^(?:sips?|tel):./i.test(own)) throw misuse(`uri: ${JSON.stringify(own)} is no URI; write sip:NAME@DOMAIN`);
  if (!/^sips?:./i.test(room)) throw misuse(`${JSON.stringify(room)} is no room; write sip:ROOM@DOMAIN`);
}

/** @throws ChatroomsError `CHAT_ERR_USAGE` */
export function requireText(text: string): Buffer {
  if (typeof text !== 'string') throw misuse(`send takes a text; this is of type ${typeof text}`);
  return Buffer.from(text);
}

export function misuse(text: string): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_USAGE', text);
}

export function hungUp(room: string, { text, cause }: CallEnd): ChatroomsError {
  const status = cause === undefined ? {} : { sipStatus: cause };
  return new ChatroomsError('CHAT_ERR_JOIN_REFUSED', `${room} hung up at once: ${text}`, status);
}

/** Who called `leave` before `join` was through; `cause` is what the step then under way made of it. */
export const leftWhileJoining = (cause?: unknown): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_CLOSED', 'the room was left while joining', { cause });
