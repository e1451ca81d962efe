/**
 * Comparing the addresses of CPIM headers with those of participants and rooms.
 *
 * RFC 7701 does not say how (A-11): the rules of RFC 3261 §19.1.4 would tell `sip:room@h` from
 * `sip:room@h;transport=tcp`, and the example of RFC 7701 uses exactly this pair. So addresses are compared: scheme
 * (`sip` and `sips` of one AOR are one user, A-48), user, host, port, and `gr` when either has it; nothing else.
 */
import { ownText } from '../util/own-text.js';
import { Recent } from '../util/recent.js';

/**
 * The form of a URI under which equal addresses are equal strings, so that it can be the key of a map; null when the
 * text is no URI that could name a participant or a room.
 */
export function cpimUriKey(uri: string): string | null {
  const known = keys.get(uri);
  if (known !== undefined) return known;
  const key = keyOf(uri);
  if (uri.length <= LONGEST) keys.set(ownText(uri), key === null ? null : ownText(key));
  return key;
}

/** The same few URIs are asked for again and again: of who joins, of who writes, and of the room. */
const REMEMBERED = 2048;
/** Characters of the longest URI that is remembered. */
const LONGEST = 256;
const keys = new Recent<string | null>(REMEMBERED);

function keyOf(uri: string): string | null {
  const colon = uri.indexOf(':');
  if (colon < 1 || !SCHEME.test(uri.slice(0, colon)) || BLANK.test(uri)) return null;
  const scheme = uri.slice(0, colon).toLowerCase();
  const rest = uri.slice(colon + 1);
  switch (scheme) {
    case 'sip':
    case 'sips':
      return userAtHostKey('sip', rest);
    case 'im':
    case 'pres':
      return userAtHostKey(scheme, rest);
    case 'tel':
      return telKey(rest);
    default:
      return rest === '' ? null : `${scheme}:${rest}`;
  }
}

/** 7701-6.1-16, 7701-6.1-17: do both URIs denote the same participant or room? */
export function matchCpimUri(known: string, given: string): boolean {
  const key = cpimUriKey(known);
  return key !== null && key === cpimUriKey(given);
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
// oxlint-disable-next-line no-control-regex -- controls make it no URI
const BLANK = /[\s<>"\u0000-\u001f\u007f]/;

function userAtHostKey(scheme: string, rest: string): string | null {
  const at = rest.indexOf('@');
  const userinfo = at < 0 ? null : rest.slice(0, at);
  const afterUser = rest.slice(at + 1);
  const end = afterUser.search(/[;?]/);
  const hostport = end < 0 ? afterUser : afterUser.slice(0, end);
  const parameters = end < 0 ? '' : (afterUser.slice(end).split('?', 1)[0] ?? '');

  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]@]+)(?::(\d{1,5}))?$/.exec(hostport);
  if (!match) return null;
  const host = canonicalHost(match[1]);
  if (host === null) return null;
  const user = userinfo === null ? null : unescapeUser(userinfo.split(':', 1)[0]);
  if (user === '') return null;
  const port = match[2] === undefined ? '' : `:${Number(match[2])}`;
  return `${scheme}:${user === null ? '' : `${user}@`}${host}${port}${gruuOf(parameters)}`;
}

/** 7701-2-01: a GRUU must not be reduced to its AOR, so `gr` counts, with or without a value. */
function gruuOf(parameters: string): string {
  for (const parameter of parameters.split(';')) {
    const [name = '', value = ''] = parameter.split('=', 2);
    if (name.toLowerCase() === 'gr') return `;gr=${value.toLowerCase()}`;
  }
  return '';
}

function canonicalHost(host: string): string | null {
  if (!host.startsWith('[')) return host.toLowerCase();
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return null;
  }
}

/**
 * Decodes escaped characters that need no escape (RFC 3261 §25.1 `unreserved`), and `+`, which some handsets escape in
 * telephone numbers. Reserved characters stay escaped: `a%3Bb` and `a;b` are different users (RFC 3261 §19.1.4).
 */
function unescapeUser(user: string): string {
  if (!user.includes('%')) return user;
  return user.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()+]/.test(char) ? char : escape.toUpperCase();
  });
}

/** RFC 3966 §4: compare without visual separators and without case; parameters in any order; global is not local. */
function telKey(rest: string): string | null {
  const [number = '', ...parameters] = rest.split(';');
  const digits = stripSeparators(number);
  if (!/^(?:\+[0-9]+|[0-9a-f*#]+)$/.test(digits)) return null;
  const sorted = parameters
    .filter((parameter) => parameter !== '')
    .map(telParameter)
    .toSorted();
  return ['tel:', digits, ...sorted.map((parameter) => `;${parameter}`)].join('');
}

function telParameter(parameter: string): string {
  const [name = '', value = ''] = parameter.toLowerCase().split('=', 2);
  const isNumber = name === 'ext' || name === 'isub' || value.startsWith('+');
  return `${name}=${isNumber ? stripSeparators(value) : value}`;
}

const stripSeparators = (text: string): string => text.toLowerCase().replace(/[-.()]/g, '');
