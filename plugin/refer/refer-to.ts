/** Refer-To (RFC 3515 §2.1), as it is really written. */
import {
  isHeaderValue,
  param,
  parseNameAddr,
  parseUri,
  splitOutside,
} from '../../lib/embedded-drachtio/message/index.js';
import { percentDecoded } from '../../lib/util/percent-decoded.js';
import { header } from '../sip/header-values.js';
import { entryUri } from '../lists/entry-uri.js';
import type { SipRequest } from '../drachtio/srf-types.js';

export type ReferTo =
  | {
      is: 'target';
      /** `sip:`, `sips:` or `tel:`, without headers and without the `method` parameter. */
      uri: string;
      displayName?: string;
      /** In capitals. */
      method: string;
      /** Headers of the URI that may stand in the request to it (FAC-18). */
      headers: Record<string, string>;
    }
  /** A list in the body (RFC 5368 §4). */
  | { is: 'list'; contentId: string; method: string }
  /** Somewhere that no room calls. */
  | { is: 'elsewhere' };

/** Parameters that lead a request elsewhere than the URI says (RFC 3261 §19.1.5: "obviously dangerous"). */
const LEADING_ASTRAY = /^(?:maddr|ttl|lr|received|comp|sigcomp-id)(?:=|$)/i;

/** Every Refer-To of a request; drachtio joins several by a comma, and leaves the compact form alone. */
export const referTos = (req: Pick<SipRequest, 'get'>): string[] =>
  [req.get('Refer-To'), req.get('r')].flatMap((value) => (value === undefined ? [] : splitOutside(value, ',')));

/**
 * One Refer-To, liberally (REF-03): with brackets or without, `method` inside of them or outside, in any case. Undefined
 * for what names nothing.
 */
export function parseReferTo(value: string): ReferTo | undefined {
  if (!isHeaderValue(value)) return undefined;
  const address = value.includes('<') ? bracketed(value) : { uri: joined(value) };
  const parsed = address && entryUri(address.uri);
  if (!address || !parsed) return undefined;
  // "`method` of the URI wins, then of the header; absent = INVITE" (REF-03).
  const method = (parsed.method ?? address.method ?? 'INVITE').toUpperCase();
  const scheme = parsed.uri.slice(0, parsed.uri.indexOf(':')).toLowerCase();
  switch (scheme) {
    case 'cid':
      return { is: 'list', contentId: contentId(parsed.uri.slice('cid:'.length)), method };
    case 'sip':
    case 'sips':
    case 'tel': {
      const uri = leadingThere(parsed.uri);
      if (uri === undefined) return undefined;
      const { displayName } = address;
      return { is: 'target', uri, ...(displayName !== undefined && { displayName }), method, headers: parsed.headers };
    }
    default:
      return { is: 'elsewhere' };
  }
}

/** The URI with nothing in it that leads elsewhere; undefined when it is none that can be called. */
export function leadingThere(uri: string): string | undefined {
  const scheme = uri.slice(0, uri.indexOf(':')).toLowerCase();
  if (scheme === 'tel') return /^tel:\+?[\w().*#-]+(?:;|$)/i.test(uri) ? uri : undefined;
  if (!parseUri(uri)) return undefined;
  const afterUser = uri.lastIndexOf('@') + 1;
  const [hostport, ...parameters] = uri.slice(afterUser).split(';');
  const kept = parameters.filter((parameter) => parameter !== '' && !LEADING_ASTRAY.test(parameter));
  return [uri.slice(0, afterUser) + hostport, ...kept].join(';');
}

/** What a message part calls itself, as `cid` names it: without brackets, case does not count (RFC 2392 §2). */
export const contentId = (text: string): string => percentDecoded(text.trim().replace(/^<(.*)>$/, '$1')).toLowerCase();

interface Address {
  uri: string;
  displayName?: string;
  method?: string;
}

function bracketed(value: string): Address | undefined {
  const parsed = parseNameAddr(value);
  if (!parsed) return undefined;
  const { uri, displayName, params } = parsed;
  const method = param(params, 'method');
  return { uri, ...(displayName !== undefined && { displayName }), ...(method !== undefined && { method }) };
}

/**
 * RFC 3261 §20: without brackets, parameters are the header's. Handsets write `sip:+33…@d;user=phone` and mean the URI's;
 * `method` means the same in both places.
 */
const joined = (value: string): string =>
  value
    .split(';')
    .map((part) => part.trim())
    .join(';');

/** Refer-Sub (RFC 4488 §4.1): whether no subscription is wanted. */
export const wantsNoSubscription = (req: Pick<SipRequest, 'get'>): boolean =>
  /^\s*false\s*(?:;|$)/i.test(header(req, 'Refer-Sub') ?? '');
