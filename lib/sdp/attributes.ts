/**
 * The attributes of an MSRP media line as values: RFC 4975 §8, RFC 4145 and 6135 (setup), RFC 7701 §8 (chatroom),
 * RFC 6714 (msrp-cema), RFC 8122 (fingerprint), RFC 5547 (file-selector).
 */
import { ownText } from '../util/own-text.js';
import { Recent } from '../util/recent.js';

/** `a=setup` as received; `holdconn` is understood as if the attribute were absent (6135-4.2-03). */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

/** `a=sendrecv` and its kin (RFC 4566 §6). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** `a=chatroom` (RFC 7701 §8): a declaration, not a negotiation (7701-8-07). */
export interface Chatroom {
  /** All tokens in lower case, each once, as written otherwise. */
  readonly tokens: readonly string[];
  readonly nickname: boolean;
  readonly privateMessages: boolean;
  /** Tokens that RFC 7701 does not define (7701-8-06). */
  readonly extensions: readonly string[];
}

/** One `a=fingerprint`: hash name in lower case, value as upper-case hex pairs joined by colons (8122-5-01). */
export interface Fingerprint {
  readonly hash: string;
  readonly value: string;
}

/** `name:value` or `name`; the name without case, because peers are lax about it. */
export function attributeValues(attributes: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (const attribute of attributes) {
    const colon = attribute.indexOf(':');
    const written = colon < 0 ? attribute.length : colon;
    // What is shorter is another one.
    if (written < name.length) continue;
    if (attribute.slice(0, written).trim().toLowerCase() === name)
      values.push(colon < 0 ? '' : attribute.slice(colon + 1).trim());
  }
  return values;
}

/** The first attribute of that name; null when there is none. */
export const attributeValue = (attributes: readonly string[], name: string): string | null =>
  attributeValues(attributes, name)[0] ?? null;

/** Clients differ in few of what they write here: who writes the same shares what was read of it. */
const REMEMBERED = 64;
const knownTypes = new Recent<readonly string[]>(REMEMBERED);
const knownChatrooms = new Recent<Chatroom>(REMEMBERED);

const words = (value: string): string[] => value.split(/[ \t]+/).filter((word) => word !== '');

/** `a=path`: the URIs in order, unchecked; null without any. They live as long as the session. */
export function parsePath(value: string | null): string[] | null {
  const uris = value === null ? [] : words(value);
  return uris.length === 0 ? null : uris.map(ownText);
}

/** `a=accept-types` and `a=accept-wrapped-types`: entries in lower case (4975-8.6-02); null when absent or empty. */
export function parseTypes(value: string | null): readonly string[] | null {
  if (value === null) return null;
  let types = knownTypes.get(value);
  if (!types) {
    types = words(ownText(value.toLowerCase()));
    knownTypes.set(ownText(value), types);
  }
  return types.length === 0 ? null : types;
}

/** `a=max-size` in octets; null when absent or no number. */
export const parseMaxSize = (value: string | null): number | null =>
  value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;

const SETUPS: ReadonlySet<string> = new Set<Setup>(['active', 'passive', 'actpass', 'holdconn']);

/** `a=setup`; null when absent or unknown. Its companion `a=connection` is neither read nor written (6135-4.4-01). */
export function parseSetup(value: string | null): Setup | null {
  const setup = value?.toLowerCase() ?? '';
  return SETUPS.has(setup) ? (setup as Setup) : null;
}

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** The direction among these attributes; null when none is written. */
export function parseDirection(attributes: readonly string[]): Direction | null {
  return DIRECTIONS.find((direction) => attributeValue(attributes, direction) !== null) ?? null;
}

/** The direction as the other side has to write it. */
export function reverse(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly';
  return direction === 'recvonly' ? 'sendonly' : direction;
}

/**
 * Parses what follows `a=chatroom`, colon included; null means the attribute is absent.
 * 7701-8-02: "bare" (also `chatroom:`, P-SDP-01) = procedures supported, neither nicknames nor private messages.
 * 7701-8-04: `nicknames` is accepted for `nickname`. 7701-8-05: repetitions are ignored.
 */
export function parseChatroom(value: string | null): Chatroom | null {
  if (value === null) return null;
  const known = knownChatrooms.get(value);
  if (known) return known;
  const chatroom = chatroomOf(ownText(value));
  knownChatrooms.set(ownText(value), chatroom);
  return chatroom;
}

function chatroomOf(value: string): Chatroom {
  const tokens = [...new Set(words(value.replace(/^:/, '').toLowerCase()))].filter((token) => TOKEN.test(token));
  return {
    tokens,
    nickname: tokens.includes('nickname') || tokens.includes('nicknames'),
    privateMessages: tokens.includes('private-messages'),
    extensions: tokens.filter((token) => !STANDARD_TOKENS.has(token)),
  };
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const STANDARD_TOKENS: ReadonlySet<string> = new Set(['nickname', 'nicknames', 'private-messages']);

/** `chatroom` or `chatroom:token token`, each token once (7701-8-05). */
export function formatChatroom(tokens: readonly string[]): string {
  return tokens.length === 0 ? 'chatroom' : `chatroom:${[...new Set(tokens)].join(' ')}`;
}

/** All well-formed `a=fingerprint` values, those of hashes we refuse included. */
export function parseFingerprints(attributes: readonly string[]): Fingerprint[] {
  const found: Fingerprint[] = [];
  for (const value of attributeValues(attributes, 'fingerprint')) {
    const match = /^([A-Za-z0-9-]+)[ \t]+([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*)$/.exec(value);
    if (match) found.push({ hash: match[1].toLowerCase(), value: match[2].toUpperCase() });
  }
  return found;
}

export const formatFingerprint = (fingerprint: Fingerprint): string =>
  `fingerprint:${fingerprint.hash.toUpperCase()} ${fingerprint.value}`;

/** Octets of the hashes we verify, best first. 8122-5-02: "Never compute or accept md5/md2". */
const HASH_OCTETS: ReadonlyMap<string, number> = new Map([
  ['sha-512', 64],
  ['sha-384', 48],
  ['sha-256', 32],
  ['sha-224', 28],
  ['sha-1', 20],
]);

/** What the peer's certificate has to match: one of the values, all of one hash. */
export interface ExpectedFingerprint {
  readonly hash: string;
  readonly values: readonly string[];
}

/** 8122-5.1-01: the values of the preferred hash among those offered; null when none can be used. */
export function preferredFingerprint(fingerprints: readonly Fingerprint[]): ExpectedFingerprint | null {
  for (const [hash, octets] of HASH_OCTETS) {
    const values = fingerprints
      .filter((fingerprint) => fingerprint.hash === hash && fingerprint.value.length === octets * 3 - 1)
      .map((fingerprint) => fingerprint.value);
    if (values.length > 0) return { hash, values };
  }
  return null;
}
