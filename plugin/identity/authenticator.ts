import type { Identity } from '../../lib/chat-server.js';
import type { Clock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { ChatroomSettings } from '../options.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { assertedBy } from './asserted.js';
import { modeOf } from './check-options.js';
import { identityOf } from './claimed.js';
import { type CredentialSource, credentialSource } from './credentials/index.js';
import { DigestVerifier } from './digest/verifier.js';
import { withNumberForms } from './numbers.js';
import { recognised } from './recognised.js';
import { TrustedPeers } from './trusted-peers.js';

/** Seconds a nonce may be used. */
const NONCE_LIFETIME = 300;

/** Finds out who sent a request, by the means that the domain of the room allows (D5, IDN-04). */
export class Authenticator {
  readonly #settings: ChatroomSettings;
  readonly #peers: TrustedPeers;
  readonly #source: CredentialSource | undefined;
  readonly #digest: DigestVerifier | undefined;

  /** @throws ChatroomsError `CHAT_ERR_OPTION` */
  constructor(settings: ChatroomSettings, clock: Clock) {
    const { digest, profile, trustedPeers, logger: log } = settings;
    this.#settings = settings;
    this.#peers = new TrustedPeers(trustedPeers);
    this.#source = credentialSource(digest, clock, log);
    const { algorithms, nonceLifetime = NONCE_LIFETIME } = digest;
    const challenge = digest.challenge ?? (profile === 'rcs' ? 'proxy' : 'user-agent');
    this.#digest =
      this.#source &&
      new DigestVerifier({
        source: this.#source,
        ...(algorithms && { algorithms }),
        nonceLifetime: nonceLifetime * 1_000,
        proxy: challenge === 'proxy',
        clock,
        log,
      });
  }

  /** Reads or connects to where the users are; rejects with a ChatroomsError `CHAT_ERR_CREDENTIAL_SOURCE`. */
  async open(): Promise<void> {
    await this.#source?.open();
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }

  /** IDN-11: whether identity headers of that address are believed, and may be sent there. */
  trusts(address: string): boolean {
    return this.#peers.has(address);
  }

  /**
   * 7701-5.2-01: who asks something of a room in `domain`. Rejects with a ChatroomsError whose `sipStatus` is the answer: a `Challenge`
   * (401, 407), 400, 403, 500 or 503.
   */
  async identify(req: SipRequest, domain: string): Promise<Identity> {
    const claimed = identityOf(req);
    return withNumberForms(await this.#recognise(req, domain, claimed), this.#settings);
  }

  async #recognise(req: SipRequest, domain: string, claimed: Identity): Promise<Identity> {
    const { auth, profile, digest } = this.#settings;
    // IDN-01: a P-Asserted-Identity from anywhere else is as if it were not there. PBX-05: what comes from a proxy was written
    // by it; taking out what its users say of themselves is its part.
    const asserted = this.trusts(req.source_address) ? assertedBy(req, profile === 'rcs') : null;
    if (asserted) return recognised(asserted, claimed);
    const mode = modeOf(auth, domain);
    if (mode === 'open') return claimed;
    if (mode === 'digest' && this.#digest) {
      const realm = digest.realm ?? domain;
      return recognised({ uri: userUri(await this.#digest.authenticate(req, realm), realm) }, claimed);
    }
    // IDN-04: "no PAI/P-Served-User, or an untrusted peer → 403, never From".
    throw new ChatroomsError(
      'CHAT_ERR_FORBIDDEN',
      'Only who comes through a trusted proxy, and was named by it, may.',
      {
        sipStatus: 403,
      },
    );
  }
}

/** RFC 3261 §25.1: characters of a user part that need no escape, beside those of `encodeURIComponent`. */
const UNESCAPED = /%(?:26|3D|2B|24|2C|3B|3F|2F)/g;

/** The address of record of a user; some user files have names with their domain. */
function userUri(username: string, realm: string): string {
  const at = username.lastIndexOf('@');
  const [user, host] = at > 0 ? [username.slice(0, at), username.slice(at + 1)] : [username, realm];
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(host)) {
    throw new ChatroomsError('CHAT_ERR_IDENTITY', `${JSON.stringify(host)} cannot be the domain of a user.`, {
      sipStatus: 403,
    });
  }
  return `sip:${encodeURIComponent(user).replace(UNESCAPED, decodeURIComponent)}@${host}`;
}
