import { createHash } from 'node:crypto';
import type { Identity } from '../lib/chat-server.js';
import { formatUri, type NameAddr, parseNameAddr, parseUri } from '../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../lib/util/errors.js';
import { header, tokens } from './header-values.js';
import type { SipRequest } from './drachtio/srf-types.js';

/** Levels of RFC 3323 §4.2, RFC 3325 §9.3 and RFC 7044 that hiding the identity from the others amounts to. */
const GRANTED = new Set(['id', 'user', 'header', 'session', 'history']);

/** Characters of the longest display name kept. */
const MAX_NAME = 128;

const bad = (what: string): ChatroomsError => new ChatroomsError('CHAT_ERR_SIP_FROM', what, { sipStatus: 400 });

/**
 * Whom an `open` site takes the caller for: who the From header says (D5).
 *
 * @throws ChatroomsError with `sipStatus` 400 for a From without a usable URI, 500 for privacy that cannot be given
 */
export function identityOf(req: SipRequest): Identity {
  const from = parseNameAddr(header(req, 'From', 'f') ?? '');
  if (!from) throw bad('The request has no From that can be read.');
  const uri = addressOfRecord(from.uri);
  const asked = privacyAsked(header(req, 'Privacy'));
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
    displayName: asked ? null : displayName(from),
    anonymous: asked,
    // 7701-2-01: a temporary GRUU conceals the address of record.
    anonymousUri: asked && gruu && gruu.aor === null ? gruu.uri : null,
  };
}

/** The GRUU in Contact (RFC 5627 §4.4), with nothing else of that URI; `aor` is null when it is a temporary one. */
function gruuOf(req: SipRequest): { uri: string; aor: string | null } | null {
  const contact = parseUri(parseNameAddr(header(req, 'Contact', 'm') ?? '')?.uri ?? '');
  if (!contact?.params.has('gr')) return null;
  const gr = contact.params.get('gr');
  const uri = formatUri({ ...contact, params: new Map([['gr', gr]]), headers: undefined });
  return { uri, aor: gr ? addressOfRecord(uri) : null };
}

/** The URI without parameters, headers and password, host in lower case (RFC 3261 §19.1.4). */
export function addressOfRecord(uri: string): string {
  const parsed = parseUri(uri);
  if (parsed) {
    const user = parsed.user?.split(':', 1)[0];
    const host = parsed.host.toLowerCase();
    return formatUri({ ...parsed, user, host, params: new Map(), headers: undefined });
  }
  if (/^tel:\+?[\w().*#-]+(?:;|$)/i.test(uri)) return uri.split(';', 1)[0].toLowerCase();
  throw bad(`${JSON.stringify(uri.slice(0, 100))} is neither a SIP nor a tel URI.`);
}

const isAnonymous = (uri: string): boolean => {
  const parsed = parseUri(uri);
  return (
    parsed !== undefined && (parsed.host.toLowerCase().endsWith('.invalid') || /^anonymous$/i.test(parsed.user ?? ''))
  );
};

/** 3323-4.2-01: "if the room cannot give every level asked for, fail the INVITE with 500", when it is critical. */
function privacyAsked(value: string | undefined): boolean {
  const levels = tokens(value?.replaceAll(';', ','));
  const wanted = levels.filter((level) => level !== 'critical' && level !== 'none');
  if (levels.includes('critical') && wanted.some((level) => !GRANTED.has(level))) {
    throw new ChatroomsError('CHAT_ERR_SIP_PRIVACY', `Privacy ${JSON.stringify(value)} cannot be given.`, {
      sipStatus: 500,
    });
  }
  return wanted.some((level) => GRANTED.has(level));
}

const displayName = ({ displayName }: NameAddr): string | null =>
  Array.from(displayName?.trim() ?? '')
    .slice(0, MAX_NAME)
    .join('') || null;

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
