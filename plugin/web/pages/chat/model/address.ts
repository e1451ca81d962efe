/** Addresses made of what people type. */
import { percentDecoded } from '../../../../../lib/util/percent-decoded.js';

const escapeUser = (text: string): string =>
  encodeURIComponent(text).replace(/['()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const URI = /^sips?:[^@\s<>"]+@[^@\s<>"]+$/i;

/** URI of a room by its name, which may be a URI already. Undefined for what names none. */
export function roomUri(text: string, domain: string): string | undefined {
  const name = text.trim().replace(/^#/, '');
  if (name === '') return undefined;
  if (URI.test(name)) return name;
  if (/^[^@\s]+@[^@\s:]+(?::\d+)?$/.test(name)) return `sip:${name}`;
  return `sip:${escapeUser(name)}@${domain}`;
}

/** Own URI where nobody asks who we are: nobody else in the room has it. */
export function guestUri(nickname: string, domain: string, random: string): string {
  const readable = nickname
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return `sip:${readable || 'guest'}-${random}@${domain}`;
}

/** Own URI of an account: its name may be a URI already. */
export const accountUri = (user: string, domain: string): string => roomUri(user, domain) ?? '';

/** What to call a room: its user part, as typed. */
export const roomName = (uri: string): string => percentDecoded(/^sips?:([^@]+)@/i.exec(uri)?.[1] ?? uri);
