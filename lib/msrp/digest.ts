/** HTTP Digest (RFC 7616) as RFC 4976 §9.1 restricts it: always qop `auth`, never `auth-int`, never MD5-sess. */

/** RFC 4976 knows MD5; SHA-256 is what RFC 7616 puts beside it. */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** Lower-case hex of the hash over the text as UTF-8. Injected, because browsers have no MD5. */
export type DigestHash = (algorithm: DigestAlgorithm, text: string) => string;

/** What a 401 asks for. */
export interface Challenge {
  /** As written between the quotes. */
  realm: string;
  nonce: string;
  algorithm: DigestAlgorithm;
  /** Whether the challenge named its algorithm; one that is not named is not answered with a name. */
  named: boolean;
  opaque?: string;
  /** The nonce was too old, the credentials were right (RFC 7616 §3.3). */
  stale: boolean;
}

/** Who we are, and what proves it. */
export interface Credentials {
  username: string;
  password: string;
}

/** What a response is computed from, besides challenge and credentials. */
export interface DigestRequest {
  method: string;
  uri: string;
  /** How often the nonce has been used, this time included. */
  count: number;
  cnonce: string;
}

const PARAMETER = /([!#$%&'*+\-.^_`|~\w]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~\w/=]+))\s*(?:,|$)/g;

/** `name=value` pairs of a Digest header, names in lower case; values as written between quotes, if any. */
export function parseDigestParams(text: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const [, name, quoted, token] of text.matchAll(PARAMETER)) {
    if (name !== undefined) params.set(name.toLowerCase(), quoted ?? token ?? '');
  }
  return params;
}

/** One WWW-Authenticate value; null when it cannot be answered. */
export function parseChallenge(value: string): Challenge | null {
  const match = /^\s*digest\s+(.*)$/is.exec(value);
  // 4976-9.1-01: "Digest only, never Basic"
  if (match?.[1] === undefined) return null;
  const params = parseDigestParams(match[1]);
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const algorithm = (params.get('algorithm') ?? 'MD5').toUpperCase();
  // a relay that forgets qop is answered with it all the same: RFC 4976 §9.1 has no other form
  const qop = (params.get('qop') ?? 'auth').split(',').map((option) => option.trim().toLowerCase());
  if (realm === undefined || nonce === undefined || !qop.includes('auth')) return null;
  // RFC 4976 §9.1: "relays MUST NOT send challenges indicating the MD5-sess algorithm"
  if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return null;
  const opaque = params.get('opaque');
  return {
    realm,
    nonce,
    algorithm,
    named: params.has('algorithm'),
    ...(opaque === undefined ? {} : { opaque }),
    stale: params.get('stale')?.toLowerCase() === 'true',
  };
}

/** The strongest of the challenges that can be answered. */
export function chooseChallenge(values: readonly string[]): Challenge | null {
  const challenges = values.map(parseChallenge).filter((challenge) => challenge !== null);
  return challenges.find(({ algorithm }) => algorithm === 'SHA-256') ?? challenges[0] ?? null;
}

const countText = (count: number): string => count.toString(16).padStart(8, '0');

function digest(
  hash: DigestHash,
  { realm, nonce, algorithm }: Challenge,
  { username, password }: Credentials,
  { count, cnonce }: DigestRequest,
  a2: string,
): string {
  const secret = hash(algorithm, `${username}:${realm}:${password}`);
  return hash(algorithm, `${secret}:${nonce}:${countText(count)}:${cnonce}:auth:${hash(algorithm, a2)}`);
}

/** The value of an Authorization header (RFC 7616 §3.4); qop without quotes (4976-9.1-01). */
export function authorization(
  hash: DigestHash,
  challenge: Challenge,
  credentials: Credentials,
  request: DigestRequest,
): string {
  const { realm, nonce, algorithm, named, opaque } = challenge;
  const { method, uri, count, cnonce } = request;
  const response = digest(hash, challenge, credentials, request, `${method}:${uri}`);
  const params = [
    `username="${credentials.username.replace(/[\\"]/g, '\\$&')}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    // "Send quoted `uri`"
    `uri="${uri}"`,
    'qop=auth',
    `nc=${countText(count)}`,
    `cnonce="${cnonce}"`,
    `response="${response}"`,
    ...(named ? [`algorithm=${algorithm}`] : []),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ];
  return `Digest ${params.join(', ')}`;
}

/** What `rspauth` of Authentication-Info has to be: the other side knows the password too (RFC 7616 §3.5). */
export const expectedRspauth = (
  hash: DigestHash,
  challenge: Challenge,
  credentials: Credentials,
  request: DigestRequest,
): string => digest(hash, challenge, credentials, request, `:${request.uri}`);
