/** Authorization and Proxy-Authorization (RFC 7616 §3.4, RFC 3261 §25.1). */
import { splitOutside, unquote } from '../../../lib/embedded-drachtio/message/index.js';

export const ALGORITHMS = ['SHA-256', 'MD5'] as const;
export type DigestAlgorithm = (typeof ALGORITHMS)[number];

/** What a client answered to a challenge. Values are as written between the quotes, except `username` and `realm`. */
export interface DigestCredentials {
  username: string;
  realm: string;
  nonce: string;
  /** The digest-uri. */
  uri: string;
  /** Lower-case hex. */
  response: string;
  algorithm: DigestAlgorithm;
  cnonce: string;
  /** Eight digits, hex, as written: they are part of what is hashed. */
  nc: string;
  /** The number in `nc`. */
  count: number;
  opaque: string | undefined;
}

/** Credentials for a realm that cannot be checked, and why. */
export interface Malformed {
  realm: string;
  malformed: string;
}

/** Characters of the longest header read. */
const MAX_LENGTH = 8192;

/** Characters of the longest user name. */
const MAX_USERNAME = 256;

const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { MD5: 32, 'SHA-256': 64 };

/**
 * All Digest credentials in a header, or several of that name that were joined by commas; those of other schemes are left
 * out. Never throws.
 */
export function parseCredentials(value: string | undefined): (DigestCredentials | Malformed)[] {
  if (value === undefined || value.length > MAX_LENGTH) return [];
  const found: (DigestCredentials | Malformed)[] = [];
  for (const params of schemes(value)) {
    const realm = params.get('realm');
    if (realm === undefined) continue;
    found.push(read(params, unquote(realm)));
  }
  return found;
}

/** The parameters of each `Digest …`, values with their quotes. */
function schemes(value: string): Params[] {
  const all: Params[] = [];
  let current: Params | undefined;
  for (const part of splitOutside(value, ',')) {
    const [, scheme, parameter = part] = /^([!#$%&'*+\-.^_`|~\w]+)\s+(\S.*)$/s.exec(part) ?? [];
    if (scheme !== undefined && !/^\s*=/.test(parameter)) {
      current = scheme.toLowerCase() === 'digest' ? new Params() : undefined;
      if (current) all.push(current);
    }
    current?.add(scheme !== undefined && /^\s*=/.test(parameter) ? part : parameter);
  }
  return all;
}

class Params extends Map<string, string> {
  /** "Each directive must not appear more than once" (RFC 7616 §3.4). */
  repeated = false;

  add(text: string): void {
    const equals = text.indexOf('=');
    if (equals < 1) return;
    const name = text.slice(0, equals).trim().toLowerCase();
    if (this.has(name)) this.repeated = true;
    else this.set(name, text.slice(equals + 1).trim());
  }
}

function read(params: Params, realm: string): DigestCredentials | Malformed {
  const bad = (malformed: string): Malformed => ({ realm, malformed });
  if (params.repeated) return bad('a parameter is there twice');
  const username = usernameOf(params);
  if (username === null) return bad('there is no user name that can be read');
  const [nonce, uri, cnonce] = ['nonce', 'uri', 'cnonce'].map((name) => inner(params.get(name)));
  // RFC 7616 §3.4: "The qop parameter MUST be present"; without it there is no cnonce, and no protection from replays.
  if (unquote(params.get('qop') ?? '').toLowerCase() !== 'auth') return bad('qop has to be auth (RFC 7616)');
  if (!nonce || !uri || !cnonce) return bad('nonce, uri or cnonce are missing');
  const nc = unquote(params.get('nc') ?? '');
  if (!/^[0-9a-f]{8}$/i.test(nc)) return bad('nc is not eight digits');
  // RFC 7616 §3.4: "If not present, it is assumed to be MD5".
  const named = unquote(params.get('algorithm') ?? 'MD5').toUpperCase();
  const algorithm = ALGORITHMS.find((known) => known === named);
  if (algorithm === undefined) return bad('the algorithm is none that was offered');
  const response = unquote(params.get('response') ?? '').toLowerCase();
  if (response.length !== HEX_LENGTH[algorithm] || !/^[0-9a-f]+$/.test(response)) return bad('response is no hash');
  const opaque = inner(params.get('opaque'));
  return { username, realm, nonce, uri, response, algorithm, cnonce, nc, count: Number.parseInt(nc, 16), opaque };
}

/** What stands between the quotes; escapes are part of what is hashed (`unq` of RFC 7616 §3.3). */
function inner(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

/** RFC 7616 §3.4: `username`, or `username*` in the encoding of RFC 8187, never both. */
function usernameOf(params: Params): string | null {
  const [plain, extended] = [params.get('username'), params.get('username*')];
  const name = extended === undefined ? unquote(plain ?? '') : plain === undefined ? decoded(extended) : null;
  // oxlint-disable-next-line no-control-regex -- controls have no place in a name
  return name === null || name === '' || name.length > MAX_USERNAME || /[\u0000-\u001f\u007f]/.test(name) ? null : name;
}

/** `UTF-8'language'octets` (RFC 8187 §3.2). */
function decoded(value: string): string | null {
  const octets = /^utf-8'[\w-]*'((?:%[0-9a-f]{2}|[\w!#$&+\-.^`|~])+)$/i.exec(value)?.[1];
  try {
    return octets === undefined ? null : decodeURIComponent(octets);
  } catch {
    return null;
  }
}
