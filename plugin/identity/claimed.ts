import { createHash } from 'node:crypto';
import type { Identity } from '../../lib/chat-server.js';
import { formatUri, type NameAddr, parseNameAddr, parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { ownText } from '../../lib/util/own-text.js';
import { header } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { addressOfRecord, badAddress, isAnonymous } from './address-of-record.js';
import { privacyAsked } from './privacy.js';

/** Characters of the longest display name kept. */
const MAX_NAME = 128;

/**
 * Whom an `open` site takes the caller for: who the From header says (D5).
 *
 * @throws ChatroomsError with `sipStatus` 400 for a From without a usable URI, 500 for privacy that cannot be given
 */
export function identityOf(req: SipRequest): Identity {
  const from = parseNameAddr(header(req, 'From', 'f') ?? '');
  if (!from) throw badAddress('The request has no From that can be read.');
  const uri = addressOfRecord(from.uri);
  const asked = privacyAsked(req);
  // 3323-4.1-01: an anonymous From asks for privacy as well as the header does.
  if (isAnonymous(uri)) {
    return {
      // Two callers may write the same anonymous URI; the dialog tells them apart (3323-4.1-02).
      uri: `sip:anonymous.${fingerprint(header(req, 'Call-ID', 'i') ?? '')}@anonymous.invalid`,
      aliases: [],
      displayName: null,
      anonymous: true,
      anonymousUri: uri,
    };
  }
  const gruu = gruuOf(req);
  return {
    uri,
    aliases: gruu?.aor === uri ? [gruu.uri] : [],
    displayName: asked ? null : shownName(from),
    anonymous: asked,
    // 7701-2-01: a temporary GRUU conceals the address of record.
    anonymousUri: asked && gruu && gruu.aor === null ? gruu.uri : null,
  };
}

/** What is kept of a display name; null for an empty one. */
export const shownName = ({ displayName }: NameAddr): string | null =>
  Array.from(displayName?.trim() ?? '')
    .slice(0, MAX_NAME)
    .join('') || null;

/** The GRUU in Contact (RFC 5627 §4.4), with nothing else of that URI; `aor` is null when it is a temporary one. */
function gruuOf(req: SipRequest): { uri: string; aor: string | null } | null {
  const contact = parseUri(parseNameAddr(header(req, 'Contact', 'm') ?? '')?.uri ?? '');
  if (!contact?.params.has('gr')) return null;
  const gr = contact.params.get('gr');
  const uri = ownText(formatUri({ ...contact, params: new Map([['gr', gr]]), headers: undefined }));
  return { uri, aor: gr ? addressOfRecord(uri) : null };
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
