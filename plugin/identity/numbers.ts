/**
 * Telephone numbers as names of people. A handset writes one number in many ways: `tel:+33…`, `sip:+33…@any;user=phone`,
 * `sip:+33…@home`. IDN-06: "one member key per E.164 number".
 */
import { formatUri, parseUri, type SipUri } from '../../lib/embedded-drachtio/message/index.js';
import type { Identity } from '../../lib/chat-server.js';
import type { ChatroomSettings } from '../options/options.js';

/** What decides which URIs are numbers: only with profile `rcs` does a SIP URI stand for one. */
export type Numbering = Pick<ChatroomSettings, 'profile' | 'domain' | 'digest'>;

/** RFC 3966 §5.1.1. */
const VISUAL_SEPARATORS = /[-.()]/g;

/** E.164: a country code never begins with 0, and there are at most 15 digits. */
const GLOBAL_NUMBER = /^\+[1-9]\d{0,14}$/;

/** Domains of IMS networks (3GPP TS 23.003 §13.2): every user part that looks like a number is one. */
const IMS_DOMAIN = /^(?:[\w-]+\.)*3gppnetwork\.org$/;

/**
 * The form in which URIs of one person are the same string: `tel:+33612345678` for a number, otherwise the URI without
 * password, headers and parameters other than `gr`, host in lower case, escapes of characters that need none undone. For
 * comparing; what is dialled is the URI as it was given.
 *
 * @returns null for what is no sip, sips or tel URI (FAC-09)
 */
export function canonicalTarget(uri: string, numbering: Numbering): string | null {
  const number = numberOf(uri, numbering);
  if (number !== null) return `tel:${number}`;
  const parsed = parseUri(uri);
  if (parsed) return canonicalSip(parsed);
  // A local number means something only within its context (RFC 3966 §5.1.5).
  const local = /^tel:([\w().*#-]+)(;.*)?$/i.exec(uri);
  if (!local) return null;
  const context = /;phone-context=([^;\s]+)/i.exec(local[2] ?? '')?.[1];
  const digits = local[1].toLowerCase().replace(VISUAL_SEPARATORS, '');
  return `tel:${digits}${context === undefined ? '' : `;phone-context=${context.toLowerCase()}`}`;
}

/** The E.164 number that a URI stands for, like `+33612345678`; null when it is the name of something else. */
export function numberOf(uri: string, numbering: Numbering): string | null {
  const tel = /^tel:(\+[\d().-]+)(?:;|$)/i.exec(uri)?.[1];
  if (tel !== undefined) return globalNumber(tel);
  if (numbering.profile !== 'rcs') return null;
  const parsed = parseUri(uri);
  const user = parsed?.user?.split(/[:;]/, 1)[0].replace(/%2b/i, '+');
  if (!parsed || user === undefined) return null;
  const isPhone = parsed.params.get('user')?.toLowerCase() === 'phone';
  return isPhone || isHome(parsed.host.toLowerCase(), numbering) ? globalNumber(user) : null;
}

/**
 * All the ways to write one number that can be listed: `tel:`, and SIP URIs at the host of `uri` and at the domains of this
 * server; empty for what is no number.
 */
export function sameNumberForms(uri: string, numbering: Numbering): string[] {
  const number = numberOf(uri, numbering);
  if (number === null) return [];
  if (numbering.profile !== 'rcs') return [`tel:${number}`];
  const given = parseUri(uri)?.host.toLowerCase();
  const hosts = new Set([...(given === undefined ? [] : [given]), ...ownDomains(numbering)]);
  return [`tel:${number}`, ...Array.from(hosts, (host) => `sip:${number}@${host};user=phone`)];
}

/**
 * IDN-06: somebody who is a number, under its one canonical URI, the other ways to write it among the aliases. Nothing
 * changes without profile `rcs`.
 */
export function withNumberForms(identity: Identity, numbering: Numbering): Identity {
  if (numbering.profile !== 'rcs') return identity;
  const known = [identity.uri, ...identity.aliases];
  const number = known.map((uri) => numberOf(uri, numbering)).find((found) => found !== null);
  if (number === undefined) return identity;
  const uri = `tel:${number}`;
  // Another number among the aliases is a second name of the same person; it keeps its own forms.
  const forms = known.flatMap((each) => sameNumberForms(each, numbering).concat(each));
  return { ...identity, uri, aliases: [...new Set(forms)].filter((form) => form !== uri) };
}

function globalNumber(text: string): string | null {
  const digits = text.replace(VISUAL_SEPARATORS, '');
  return GLOBAL_NUMBER.test(digits) ? digits : null;
}

/** A room server lives in a domain of its own beside the users: `conf.example.com` is at home in `example.com`. */
const isHome = (host: string, numbering: Numbering): boolean =>
  IMS_DOMAIN.test(host) ||
  ownDomains(numbering).some(
    (domain) => domain === host || (host.includes('.') && !/^[\d.]+$/.test(host) && domain.endsWith(`.${host}`)),
  );

const ownDomains = ({ domain, digest }: Numbering): string[] => [
  ...(typeof domain === 'function' ? [] : domain),
  ...(digest.realm === undefined || !/^[\w.-]+$/.test(digest.realm) ? [] : [digest.realm.toLowerCase()]),
];

function canonicalSip({ scheme, user, host, port, params }: SipUri): string {
  const gr = params.has('gr') ? new Map([['gr', params.get('gr')]]) : new Map<string, string | undefined>();
  const name = user === undefined ? undefined : unescapeUnreserved(user.split(':', 1)[0]);
  // The same person has sip and sips URIs (RFC 3261 §19.1: any SIP URI "can be upgraded").
  const sip = scheme === 'sips' ? 'sip' : scheme;
  return formatUri({ scheme: sip, user: name, host: host.toLowerCase(), port, params: gr, headers: undefined });
}

/** RFC 3261 §19.1.4: characters that need no escape "are equivalent to their % encoding". */
const unescapeUnreserved = (user: string): string =>
  user.replace(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()+]/.test(char) ? char : escape.toUpperCase();
  });
