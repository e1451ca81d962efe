import { quote } from '../../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { DigestAlgorithm } from './credentials-header.js';

export interface ChallengeOptions {
  realm: string;
  nonce: string;
  opaque: string;
  /** Best first (RFC 8760 §2.4). */
  algorithms: readonly DigestAlgorithm[];
  /** The nonce was too old, or used already: the same password will do (RFC 7616 §3.3). */
  stale: boolean;
  /** 407 instead of 401. */
  proxy: boolean;
}

/** The answer to a request without credentials, or with ones that do not hold. */
export class Challenge extends ChatroomsError {
  readonly headers: Readonly<Record<string, readonly string[]>>;

  constructor({ realm, nonce, opaque, algorithms, stale, proxy }: ChallengeOptions) {
    // IDN-04: a user agent server answers 401 (RFC 3261 §22.2); handsets take only 407 for INVITE, SUBSCRIBE and REFER.
    const sipStatus = proxy ? 407 : 401;
    super('CHAT_ERR_UNAUTHENTICATED', `Nobody enters ${realm} without a password.`, { sipStatus });
    // RFC 8760 §2.4: "the UAS … MUST add these header fields in order of preference"; RFC 3261 §7.3.1: one line each.
    this.headers = {
      [proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate']: algorithms.map((algorithm) =>
        [
          `Digest realm=${quote(realm)}`,
          `nonce="${nonce}"`,
          `opaque="${opaque}"`,
          `algorithm=${algorithm}`,
          'qop="auth"',
          ...(stale ? ['stale=true'] : []),
        ].join(', '),
      ),
    };
  }
}
