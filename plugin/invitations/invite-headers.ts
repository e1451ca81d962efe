import { createHash, randomUUID } from 'node:crypto';
import { formatNameAddr } from '../../lib/embedded-drachtio/message/index.js';
import type { Identity, RoomConfig, RoomOrigin } from '../../lib/chat-server.js';
import { percentDecoded } from '../../lib/util/percent-decoded.js';
import { utf8Prefix } from '../../lib/util/utf8-prefix.js';
import type { SipHeaders } from '../drachtio/srf-types.js';
import { ACCEPT_CONTACT, GROUP_SERVICE } from '../handset/feature-tags.js';
import { ALLOW, SUPPORTED } from '../sip/header-values.js';
import type { ChatroomSettings } from '../options/options.js';
import type { RoomUri } from '../sip/room-uri.js';
import type { Attempt } from './attempt.js';

export interface InvitationFacts {
  room: RoomUri;
  config: Readonly<RoomConfig>;
  origin: RoomOrigin | null;
  /** Whom: To and first Request-URI. */
  uri: string;
  /** Who asked; null for the program. */
  by: Identity | null;
  /** URI of who is said to have asked, by the program. */
  referredBy: string | undefined;
  /** Subject of this INVITE alone. */
  subject: string | undefined;
  /** Of whoever is invited: Session-Replaces (FAC-18). */
  own: Readonly<Record<string, string>>;
  /** Of what caused the INVITE: P-Charging-Vector (HDR-02). */
  cause: Readonly<Record<string, string>>;
  /** The next hop is within the trust domain (RFC 3325 §2.3). */
  trusted: boolean;
  contact: string;
}

/** Octets of the longest Subject (FAC-17). */
const MAX_SUBJECT = 255;

/**
 * The headers that all INVITEs of one invitation have. They are made here, one by one, from what the room knows; of
 * requests that others sent nothing is copied but what is named below (HDR-03, INV-09).
 */
export function inviteHeaders(facts: InvitationFacts, settings: ChatroomSettings): SipHeaders {
  const { room, config, origin, uri, contact } = facts;
  const rcs = settings.profile === 'rcs';
  const headers: SipHeaders = {
    // INV-01.
    From: `<${room.uri}>`,
    To: `<${uri}>`,
    Contact: contact,
    // HDR-01, RFC 3261 §8.1.1.6: "This field … SHOULD be a number … set to 70".
    'Max-Forwards': '70',
    Allow: ALLOW,
    'Allow-Events': 'conference',
  };
  const subject = facts.subject ?? subjectOf(config, origin);
  // INV-06: handsets refuse an INVITE without.
  const shown = subject === '' && rcs ? (config.title ?? room.name) : subject;
  if (shown !== '') headers.Subject = shortened(shown);
  const referrer = referrerOf(facts, rcs);
  if (referrer !== null) headers['Referred-By'] = referrer;
  if (origin) addOrigin(headers, origin);
  return rcs ? { ...headers, ...handsetHeaders(facts, settings) } : headers;
}

/** Supported, with what the peer does not know left out (INV-16), and the session timer. */
export function timerHeaders({ unsupported, sessionExpires, minSe }: Attempt): SipHeaders {
  const supported = [...SUPPORTED].filter((tag) => !unsupported.includes(tag));
  const headers: SipHeaders = supported.length > 0 ? { Supported: supported.join(', ') } : {};
  // TMR-04: by default there is none, and with one it is us who refresh: a handset never does.
  if (sessionExpires === undefined || !supported.includes('timer')) return headers;
  headers['Session-Expires'] = `${sessionExpires};refresher=uac`;
  if (minSe !== undefined) headers['Min-SE'] = String(minSe);
  return headers;
}

/** FAC-15. */
function addOrigin(headers: SipHeaders, { contributionId, conversationId, inReplyTo }: RoomOrigin): void {
  headers['Contribution-ID'] = contributionId;
  if (conversationId !== null) headers['Conversation-ID'] = conversationId;
  // FAC-19.
  if (inReplyTo !== null) headers['InReplyTo-Contribution-ID'] = inReplyTo;
}

function handsetHeaders(
  { room, origin, own, cause, trusted }: InvitationFacts,
  settings: ChatroomSettings,
): SipHeaders {
  // INV-06: every group has one, also a room that no handset made; a room of the same URI has the same for ever.
  const made = {
    'Contribution-ID': digestOf(`contribution ${room.uri}`),
    'Conversation-ID': digestOf(`conversation ${room.uri}`),
  };
  const headers: SipHeaders = { ...made, ...ACCEPT_CONTACT };
  if (origin) addOrigin(headers, origin);
  // FAC-18.
  if (own['Session-Replaces'] !== undefined) headers['Session-Replaces'] = own['Session-Replaces'];
  // IDN-11, RFC 3325 §7: nothing of this leaves the trust domain.
  if (!trusted) return headers;
  // INV-05.
  headers['P-Asserted-Identity'] = `<${room.uri}>`;
  headers['P-Asserted-Service'] = GROUP_SERVICE;
  const vector = chargingVector(room, cause['P-Charging-Vector'], settings.invitations.chargingVector);
  if (vector !== undefined) headers['P-Charging-Vector'] = vector;
  return headers;
}

/** HDR-02, RFC 7315 §4.6: the same icid-value for all that one request causes. */
function chargingVector(
  room: RoomUri,
  given: string | undefined,
  policy: 'copy' | 'generate' | 'off',
): string | undefined {
  if (policy === 'off') return undefined;
  if (given !== undefined || policy === 'copy') return given;
  return `icid-value="${randomUUID()}";icid-generated-at=${room.domain}`;
}

/**
 * INV-03: who invited, as authenticated. Nothing of somebody who hides who he is (IDN-11). INV-04: a handset wants a
 * number, in angle brackets, and a name before it; of what the program invites to, it hears who made the group.
 */
function referrerOf({ by, origin, referredBy }: InvitationFacts, rcs: boolean): string | null {
  if (by?.anonymous) return null;
  const maker = rcs && origin ? [origin.creator] : [];
  const known = by ? [by.uri, ...by.aliases] : referredBy === undefined ? maker : [referredBy];
  const uri = (rcs ? known.find((each) => NUMBER.test(each)) : undefined) ?? known.at(0);
  if (uri === undefined) return null;
  const displayName = by?.displayName ?? (rcs ? (/^\w+:([^@;]+)/.exec(uri)?.[1] ?? uri) : undefined);
  return formatNameAddr({ displayName, uri, params: new Map() });
}

const NUMBER = /^(?:tel:|sips?:)\+?\d{3,}(?:[;@]|$)/i;

/** What the room's subject is now; in the octets in which it was first written, as long as it is still that one. */
function subjectOf({ subject }: Readonly<RoomConfig>, origin: RoomOrigin | null): string {
  const written = origin?.subject ?? '';
  return subject === '' || subject === percentDecoded(written) ? written || subject : subject;
}

/** No more octets than a handset takes, and no half character. */
const shortened = (text: string): string => utf8Prefix(Buffer.from(text), MAX_SUBJECT);

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
