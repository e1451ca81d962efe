/** What the room answers to commands. */
import type { Room } from '../../lib/chat-server.js';
import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { COMMANDS, commandNamed, synopsis } from './table.js';

/** Names in an answer; a message is no place for two thousand. */
const MAX_NAMES = 50;
/** Characters of what somebody else wrote. */
const MAX_TEXT = 500;

/** What users wrote: one line, of bounded length, without what would steer a terminal. */
export const printable = (text: string): string =>
  Array.from(text.replace(/\p{C}+/gu, ' '))
    .slice(0, MAX_TEXT)
    .join('');

/** All commands, or one. */
export function helpOn(about: string | undefined, moderator: boolean): string {
  const name = about?.replace(/^\//, '').toLowerCase();
  const one = name === undefined ? undefined : commandNamed(name);
  const known = name !== undefined && one ? [[name, one] as const] : Object.entries(COMMANDS);
  return known
    .filter(([, { moderators }]) => one !== undefined || moderator || !moderators)
    .map(([each, command]) => `${synopsis(each, command)}: ${command.does}`)
    .join('\n');
}

export function whoIsIn({ participants }: Room): string {
  const names: string[] = [];
  for (const { name, uri, moderator } of participants.values()) {
    if (names.length === MAX_NAMES) break;
    names.push(`${printable(name ?? uri)}${moderator ? ' (moderator)' : ''}`);
  }
  const more = participants.size - names.length;
  if (more > 0) names.push(`${more} more`);
  return `Here: ${names.join(', ')}.`;
}

/** Of the statuses of RFC 7701 §7.1. */
export function nicknameAnswer(status: number, nickname: string): string {
  const name = printable(nickname);
  switch (status) {
    case 200:
      return `You are ${name} now.`;
    case 424:
      return `${name} cannot be a nickname.`;
    case 425:
      return `${name} is taken, or reserved.`;
    default:
      return 'You may not change your nickname, or not so often.';
  }
}

/** Why a private message did not reach its recipient (7701-6.2-04 to 7701-6.2-07). */
export function undelivered(status: number, name: string): string {
  switch (status) {
    case 404:
      return `${name} is not here.`;
    case 408:
      return `Whether you may write to ${name} was not decided in time.`;
    case 415:
    case 428:
      return `${name} takes no private messages.`;
    default:
      return `You may not write that to ${name}.`;
  }
}

/** The URI in what somebody typed, `sip:` unless it says otherwise; null for what can be none. */
export function addressIn(text: string): string | null {
  const bare = /^<([^<>]*)>$/.exec(text)?.[1] ?? text;
  if (/^tel:\+?[\d().-]+$/i.test(bare)) return bare;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(bare)?.[1]?.toLowerCase();
  if (!bare.includes('@') || (scheme !== undefined && scheme !== 'sip' && scheme !== 'sips')) return null;
  const uri = scheme === undefined ? `sip:${bare}` : bare;
  return parseUri(uri) ? uri : null;
}
