import { randomBytes } from 'node:crypto';
import { parseUri } from '../../../lib/embedded-drachtio/message/index.js';
import type { Clock } from '../../../lib/util/clock.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Logger } from '../../../lib/util/log.js';
import { PacedLog } from '../../../lib/util/paced-log.js';
import { percentDecoded } from '../../../lib/util/percent-decoded.js';
import { sourceOf } from '../../../lib/util/source.js';
import type { CredentialSource } from '../credentials/source.js';
import { header } from '../../sip/header-values.js';
import type { SipRequest } from '../../drachtio/srf-types.js';
import { Challenge } from './challenge.js';
import { ALGORITHMS, type DigestAlgorithm, type DigestCredentials, parseCredentials } from './credentials-header.js';
import { Nonces } from './nonces.js';
import { canCheck, isRight } from './response.js';
import { WrongPasswords } from './wrong-passwords.js';

export interface DigestVerifierOptions {
  source: CredentialSource;
  /** In the order in which they are offered. @defaultValue what `source` can check, SHA-256 first */
  algorithms?: readonly DigestAlgorithm[];
  /** Milliseconds a nonce may be used. */
  nonceLifetime: number;
  /** Challenge with 407. */
  proxy: boolean;
  clock: Clock;
  log: Logger;
}

/** Digest authentication (RFC 7616, RFC 8760) of requests to this user agent server (RFC 3261 §22). */
export class DigestVerifier {
  #options: DigestVerifierOptions;
  readonly #nonces: Nonces;
  readonly #wrong: WrongPasswords;
  readonly #paced: PacedLog;
  readonly #opaque = randomBytes(9).toString('base64url');
  /** What some user can be checked with, where that is less than was offered. */
  #learned: readonly DigestAlgorithm[] | undefined;

  constructor(options: DigestVerifierOptions) {
    this.#options = options;
    this.#nonces = new Nonces(options.clock, options.nonceLifetime);
    this.#wrong = new WrongPasswords(options.clock);
    this.#paced = new PacedLog(options.clock, options.log);
  }

  /** Other users and rules from now on; nonces that clients have stay good, so that nobody is asked for his password again. */
  adjust(options: DigestVerifierOptions): void {
    this.#options = options;
    this.#nonces.lifetime = options.nonceLifetime;
    this.#learned = undefined;
  }

  /**
   * The user name that the credentials prove.
   *
   * Rejects with a `Challenge`, or with a ChatroomsError: `CHAT_ERR_CREDENTIALS` (`sipStatus` 400) for credentials that
   * cannot be read, `CHAT_ERR_FORBIDDEN` (403) after three wrong passwords, `CHAT_ERR_CREDENTIAL_SOURCE` (503).
   */
  async authenticate(req: SipRequest, realm: string): Promise<string> {
    const credentials = this.#credentials(req, realm);
    if (!credentials) throw this.#challenge(realm, false);
    if (!samePlace(credentials.uri, req.uri)) {
      // RFC 7616 §3.4.6: "if they are not, the server SHOULD return a 400 Bad Request error".
      throw unreadable('uri is another one than the Request-URI');
    }
    // RFC 7616 §3.3: a stale nonce says nothing about the password, which is not looked up.
    const { nonce, opaque, algorithm, username, count } = credentials;
    const ours = opaque === undefined || opaque === this.#opaque;
    if (!ours || this.#nonces.check(nonce, realm) === 'stale') throw this.#challenge(realm, true);
    if (!this.#offered().includes(algorithm)) throw this.#challenge(realm, false);

    const secrets = await this.#options.source.find(username, realm);
    if (isRight(credentials, req.method, secrets)) {
      if (this.#nonces.use(nonce, realm, count) === 'stale') throw this.#challenge(realm, true);
      this.#wrong.clear(username, req.source_address);
      return username;
    }
    if (secrets.length > 0 && !canCheck(secrets, algorithm) && this.#narrow(algorithm)) {
      throw this.#challenge(realm, false);
    }
    throw this.#refusal(req, realm, username);
  }

  /** Of several, those with a nonce of ours: a proxy on the way may have a realm of the same name. */
  #credentials(req: SipRequest, realm: string): DigestCredentials | undefined {
    const all = ['Authorization', 'Proxy-Authorization']
      .flatMap((name) => parseCredentials(header(req, name)))
      .filter((each) => each.realm === realm);
    const read = all.filter((each) => 'nonce' in each);
    const offered = this.#offered();
    const fresh = read.filter(({ nonce }) => this.#nonces.check(nonce, realm) === 'fresh');
    const best = fresh.find(({ algorithm }) => offered.includes(algorithm)) ?? fresh[0] ?? read[0];
    if (best) return best;
    const [bad] = all;
    if (bad && 'malformed' in bad) throw unreadable(bad.malformed);
    return undefined;
  }

  #offered(): readonly DigestAlgorithm[] {
    return this.#learned ?? this.#options.algorithms ?? this.#options.source.algorithms ?? ALGORITHMS;
  }

  /** Somebody has no password, and no hash of the kind that was offered first: from now on that kind is not offered. */
  #narrow(without: DigestAlgorithm): boolean {
    const rest = this.#offered().filter((algorithm) => algorithm !== without);
    if (this.#options.algorithms || rest.length === 0) {
      this.#options.log.warn({ algorithm: without }, 'a user has no hash for an algorithm of digest.algorithms');
      return false;
    }
    this.#learned = rest;
    return true;
  }

  #challenge(realm: string, stale: boolean): Challenge {
    const { proxy } = this.#options;
    const nonce = this.#nonces.issue(realm);
    return new Challenge({ realm, nonce, opaque: this.#opaque, algorithms: this.#offered(), stale, proxy });
  }

  /** The same for a wrong password and for a user that there is not. */
  #refusal(req: SipRequest, realm: string, username: string): ChatroomsError {
    const address = req.source_address;
    const last = this.#wrong.add(username, address);
    const fields = { method: req.method, callId: header(req, 'Call-ID', 'i'), user: username, realm, source: address };
    this.#paced.info(sourceOf(address), fields, 'wrong user name or password');
    if (!last) return this.#challenge(realm, false);
    // IDN-04: "wrong password 3× → 403".
    return new ChatroomsError('CHAT_ERR_FORBIDDEN', 'User name or password are wrong.', { sipStatus: 403 });
  }
}

const unreadable = (what: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_CREDENTIALS', `The credentials cannot be checked: ${what}.`, { sipStatus: 400 });

/** RFC 3261 §22.4: proxies may add parameters and ports to a Request-URI on the way; user and host stay who is called. */
function samePlace(digestUri: string, requestUri: string): boolean {
  const [one, other] = [parseUri(digestUri), parseUri(requestUri)];
  if (!one || !other) return digestUri === requestUri;
  return userOf(one.user) === userOf(other.user) && one.host.toLowerCase() === other.host.toLowerCase();
}

const userOf = (user: string | undefined): string | undefined =>
  user === undefined ? undefined : percentDecoded(user);
