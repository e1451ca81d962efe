import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../options/options.js';
import type { DigestAlgorithm, DigestCredentials } from './credentials-header.js';

const HASH: Readonly<Record<DigestAlgorithm, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };

/** Lower-case hex of the hash over the text as UTF-8. */
export const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(HASH[algorithm]).update(text).digest('hex');

/** `H(username ":" realm ":" password)`, what user files keep (RFC 7616 §3.4.2). */
export const ha1Of = (algorithm: DigestAlgorithm, username: string, realm: string, password: string): string =>
  hash(algorithm, `${username}:${realm}:${password}`);

/** What `response` has to be with that HA1 (RFC 7616 §3.4.1, qop=auth). */
export function responseOf(credentials: DigestCredentials, method: string, ha1: string): string {
  const { algorithm, nonce, nc, cnonce, uri } = credentials;
  return hash(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:auth:${hash(algorithm, `${method}:${uri}`)}`);
}

/** Whether one of somebody's secrets can check an answer in that algorithm. */
export const canCheck = (secrets: readonly Secret[], algorithm: DigestAlgorithm): boolean =>
  secrets.some((secret) => 'password' in secret || secret.algorithm === algorithm);

/**
 * Whether the credentials were made with one of the secrets. Does the same work, and takes as long, for users that there are
 * not: whose `secrets` are none.
 */
export function isRight(credentials: DigestCredentials, method: string, secrets: readonly Secret[]): boolean {
  const { algorithm, username, realm, response } = credentials;
  const secret = secrets.find((each) => !('password' in each) && each.algorithm === algorithm);
  const password = secrets.find((each) => 'password' in each);
  const computed = ha1Of(algorithm, username, realm, password && 'password' in password ? password.password : '');
  const ha1 = secret && 'ha1' in secret ? secret.ha1.toLowerCase() : computed;
  const expected = Buffer.from(responseOf(credentials, method, ha1));
  const same = timingSafeEqual(expected, Buffer.from(response));
  return same && canCheck(secrets, algorithm);
}
