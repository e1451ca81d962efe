import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { Core } from 'sip.js';
import { authorization, type Credentials, type DigestAlgorithm, randomId } from '../../../../../lib/msrp/index.js';

/** Neither MD5 nor a hash that answers at once is among what browsers have. */
const hash = (algorithm: DigestAlgorithm, text: string): string =>
  bytesToHex((algorithm === 'MD5' ? md5 : sha256)(utf8ToBytes(text)));

/** What SIP.js reads of a challenge. */
interface ParsedChallenge {
  realm?: string;
  nonce?: string;
  algorithm?: string;
  opaque?: string;
  stale?: boolean;
  qop?: string[];
}

/**
 * Answers one challenge (RFC 3261 §22). SIP.js knows MD5 only and looks at no challenge but the first, which is the one a
 * server likes best (RFC 8760 §2.4): SHA-256 for ours.
 */
export class DigestAnswer extends Core.DigestAuthentication {
  readonly #credentials: Credentials;
  #value = '';

  constructor(loggers: Core.LoggerFactory, credentials: Credentials) {
    super(loggers, undefined, credentials.username, credentials.password);
    this.#credentials = credentials;
  }

  override authenticate({ method, ruri }: Core.OutgoingRequestMessage, challenge: ParsedChallenge): boolean {
    const { realm, nonce, opaque, stale = false, qop = ['auth'] } = challenge;
    const algorithm = (challenge.algorithm ?? 'MD5').toUpperCase();
    if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return false;
    if (realm === undefined || nonce === undefined || !qop.includes('auth')) return false;
    const named = challenge.algorithm !== undefined;
    this.#value = authorization(
      hash,
      { realm, nonce, algorithm, named, stale, ...(opaque === undefined ? {} : { opaque }) },
      this.#credentials,
      { method, uri: ruri.toRaw(), count: 1, cnonce: randomId(16) },
    );
    return true;
  }

  override toString(): string {
    return this.#value;
  }
}
