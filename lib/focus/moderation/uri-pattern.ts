/** Who is meant by an entry of `allow`, `deny` or the list of bans (PBX-03). */
import { cpimUriKey } from '../../cpim/index.js';
import type { Identity } from '../types.js';

/** One entry, understood. */
export interface UriPattern {
  /** As it was written. */
  readonly text: string;
  /** It means more than one user. */
  readonly wild: boolean;
  matches(uri: string): boolean;
}

/** User and host of an address; a telephone number without host has null. */
interface Address {
  user: string;
  host: string | null;
}

/** RFC 3966 §5.1.1: visual separators "are ignored when comparing". */
const NUMBER = /^\+?[\d\-.()]+$/;
const digits = (user: string): string => (NUMBER.test(user) ? user.replace(/[-.()]/g, '') : user);

/** Neither port nor parameters tell one user from another. */
function addressOf(uri: string): Address | null {
  const key = cpimUriKey(uri);
  if (key === null) return null;
  const tel = /^tel:([^;]+)/.exec(key);
  if (tel) return { user: tel[1], host: null };
  const sip = /^sip:([^@]+)@(\[[^\]]*\]|[^:;]+)/.exec(key);
  return sip && { user: digits(sip[1]), host: sip[2] };
}

/**
 * Understands an entry; null when it is none:
 *
 *     sip:ana@example.com  ana@example.com  tel:+34600000001     that user
 *     *@example.com                                              everybody of that domain
 *     sip:+34*  tel:+34*  +34*                                   numbers that begin so, as SIP user of any domain or as tel
 *     +34*@example.com                                           as SIP user of that domain
 *     *                                                          everybody
 */
export function uriPattern(text: string): UriPattern | null {
  return text.includes('*') ? wildcard(text) : exact(text);
}

function exact(text: string): UriPattern | null {
  const address = addressOf(/^[a-z][a-z\d+.-]*:/i.test(text) ? text : `sip:${text}`);
  if (!address) return null;
  const matches = (uri: string): boolean => {
    const of = addressOf(uri);
    return of !== null && of.user === address.user && of.host === address.host;
  };
  return { text, wild: false, matches };
}

function wildcard(text: string): UriPattern | null {
  const match = /^(?:sips?:|tel:)?([^*@\s]*)\*(?:@([^*@\s]+))?$/i.exec(text);
  if (!match) return null;
  const [, start, domain] = match;
  // What is no host names nobody, and would let somebody believe that it does.
  const host = domain === undefined ? undefined : addressOf(`sip:x@${domain}`)?.host;
  if (domain !== undefined && host === undefined) return null;
  const prefix = digits(start);
  const matches = (uri: string): boolean => {
    const of = addressOf(uri);
    return of !== null && of.user.startsWith(prefix) && (host === undefined || of.host === host);
  };
  return { text, wild: true, matches };
}

/** Whether an entry can be understood. */
export const isUriPattern = (text: string): boolean => uriPattern(text) !== null;

/** One of the URIs of somebody is meant: they are all authenticated, also of who hides from the others. */
export const means = (pattern: UriPattern, identity: Identity): boolean =>
  pattern.matches(identity.uri) || identity.aliases.some((alias) => pattern.matches(alias));

/** The entries that can be understood; the SIP face refuses others before. */
export const uriPatterns = (texts: readonly string[]): UriPattern[] =>
  texts.map(uriPattern).filter((pattern) => pattern !== null);
