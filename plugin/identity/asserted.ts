import { type NameAddr, parseNameAddr, parseNameAddrs } from '../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { header } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { addressOfRecord, isAnonymous } from './address-of-record.js';
import { shownName } from './claimed.js';
import type { Recognised } from './recognised.js';

/** Octets of the longest P-Asserted-Identity that is read. */
const MAX_LENGTH = 4096;

/**
 * Whom the proxy in front of us says that the caller is (RFC 3325 §9.1); null when it does not say. Only for requests of
 * trusted peers: from anybody else the header means nothing (IDN-01).
 *
 * @param rcs P-Served-User stands in for it (HDR-05)
 */
export function assertedBy(req: Pick<SipRequest, 'get'>, rcs: boolean): Recognised | null {
  const value = header(req, 'P-Asserted-Identity') ?? '';
  const names = value.length > MAX_LENGTH ? [] : parseNameAddrs(value).map(named).filter(isUsable);
  // 3325-9-01, IDN-02: at most one sip or sips URI and one tel URI; both name the same person, and further values nobody.
  const sip = names.find(({ uri }) => !uri.startsWith('tel:'));
  const tel = names.find(({ uri }) => uri.startsWith('tel:'));
  const [first, second] = [sip, tel].filter(isUsable);
  if (first) {
    const aliases = second ? [second.uri] : [];
    return { uri: first.uri, aliases, displayName: first.displayName ?? second?.displayName };
  }
  return rcs ? servedUser(req) : null;
}

/**
 * RFC 5502 §6: the user on whose behalf a request is handled. With `sescase=term` that is who is called, which tells
 * nothing about the caller.
 */
function servedUser(req: Pick<SipRequest, 'get'>): Recognised | null {
  // HDR-05: only a hint. Proxies that are no IMS core do not take it out of what their users send.
  const parsed = parseNameAddr(header(req, 'P-Served-User') ?? '');
  if (!parsed || parsed.params.get('sescase')?.toLowerCase() === 'term') return null;
  const name = named(parsed);
  return name && { uri: name.uri, aliases: [], displayName: name.displayName };
}

interface Name {
  uri: string;
  displayName: string | undefined;
}

/** Null for what denotes nobody: anonymous, or no SIP nor tel URI. */
function named(value: NameAddr): Name | null {
  try {
    const uri = addressOfRecord(value.uri);
    return isAnonymous(uri) || !isPerson(uri) ? null : { uri, displayName: shownName(value) ?? undefined };
  } catch (error) {
    if (error instanceof ChatroomsError) return null;
    throw error;
  }
}

/** A SIP URI without user part is a host. */
const isPerson = (uri: string): boolean => uri.startsWith('tel:') || uri.includes('@');

const isUsable = (name: Name | null | undefined): name is Name => name !== null && name !== undefined;
