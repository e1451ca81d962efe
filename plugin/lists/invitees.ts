/** From a list of recipients to those who are invited (RFC 5363, RFC 5364, RFC 5366). */
import type { Identity } from '../../lib/chat-server.js';
import { cpimUriKey } from '../../lib/cpim/index.js';
import type { Invitee } from '../invitations/invitations.js';
import type { ListEntry } from './resource-lists.js';

export interface Inviting {
  /** Whether a URI names a room or factory of ours, which is not to invite itself. */
  own: (uri: string) => boolean;
  /** Who sent the list: is in the room by his own INVITE. */
  creator: Identity;
  /**
   * Profile `rcs`: a telephone number denotes one person, in whatever URI it stands (IDN-06), and what the URI of an entry
   * says about its INVITE is passed on (FAC-18).
   */
  rcs: boolean;
}

/** Higher counts more: RFC 5364 §4 "to", then "cc", then "bcc", which is what saying nothing means. */
const RANK = { to: 2, cc: 1, bcc: 0 } as const;

const SCHEMES = /^(?:sips?|tel):/i;

/**
 * FAC-09: each target once, in the order of the list. Of entries for the same one, that of the highest copyControl counts;
 * it stays hidden when one of them asks for that. The creator, URIs of our own and those of schemes that cannot be called
 * are left out.
 */
export function inviteesOf(entries: readonly ListEntry[], { own, creator, rcs }: Inviting): Invitee[] {
  const keyOf = (uri: string): string | null => personKey(uri, rcs);
  const himself = new Set([creator.uri, ...creator.aliases].map(keyOf));
  const invitees = new Map<string, Invitee>();
  for (const entry of entries) {
    const key = SCHEMES.test(entry.uri) ? keyOf(entry.uri) : null;
    if (key === null || himself.has(key) || own(entry.uri)) continue;
    const known = invitees.get(key);
    const invitee = inviteeOf(rcs ? entry : { ...entry, headers: {} });
    invitees.set(key, known ? merged(known, invitee) : invitee);
  }
  return [...invitees.values()];
}

function inviteeOf({ uri, displayName, copyControl, anonymize, headers }: ListEntry): Invitee {
  return {
    uri,
    ...(displayName !== undefined && { displayName }),
    copyControl: copyControl ?? 'bcc',
    ...(anonymize && { anonymize }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

function merged(known: Invitee, other: Invitee): Invitee {
  const [first, second] = rank(other) > rank(known) ? [other, known] : [known, other];
  const headers = { ...second.headers, ...first.headers };
  return {
    ...second,
    ...first,
    ...((known.anonymize || other.anonymize) && { anonymize: true }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

const rank = ({ copyControl = 'bcc' }: Invitee): number => RANK[copyControl];

/** The form of a URI under which those of one person are equal; null for what names nobody. */
export const personKey = (uri: string, rcs: boolean): string | null => (rcs ? numberKey(uri) : null) ?? cpimUriKey(uri);

/**
 * IDN-06: the E.164 number in a tel URI, or in the user part of a SIP URI of whatever domain, so that nobody gets two INVITEs;
 * null where there is none.
 */
function numberKey(uri: string): string | null {
  const user = /^(?:tel:|sips?:(?=[^@]*@))([^@;?:]*)/i.exec(uri)?.[1] ?? '';
  const digits = user.replace(/%2b/gi, '+').replace(/[-.()]/g, '');
  return /^\+\d{3,15}$/.test(digits) ? `tel:${digits}` : null;
}
