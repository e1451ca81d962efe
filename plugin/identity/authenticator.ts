import { isDeepStrictEqual } from 'node:util';
import type { Identity } from '../../lib/chat-server.js';
import type { Clock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { ChatroomSettings } from '../options/options.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { assertedBy } from './asserted.js';
import { modeOf } from './check-options.js';
import { identityOf } from './claimed.js';
import { type CredentialSource, credentialSource } from './credentials/index.js';
import { DigestVerifier, type DigestVerifierOptions } from './digest/verifier.js';
import { withNumberForms } from './numbers.js';
import { recognised } from './recognised.js';
import { TrustedPeers } from './trusted-peers.js';

/** Seconds a nonce may be used. */
const NONCE_LIFETIME = 300;

/** Finds out who sent a request, by the means that the domain of the room allows (D5, IDN-04). */
export class Authenticator {
  readonly #clock: Clock;
  #settings: ChatroomSettings;
  #peers: TrustedPeers;
  #source: CredentialSource | undefined;
  #digest: DigestVerifier | undefined;
  #opened = false;

  /** @throws ChatroomsError `CHAT_ERR_OPTION` */
  constructor(settings: ChatroomSettings, clock: Clock) {
    const { digest, trustedPeers, logger: log } = settings;
    this.#clock = clock;
    this.#settings = settings;
    this.#peers = new TrustedPeers(trustedPeers);
    this.#source = credentialSource(digest, clock, log);
    this.#digest = this.#source && new DigestVerifier(verifierOptions(settings, this.#source, clock));
  }

  /**
   * Opens the users that other settings name. Rejects with a ChatroomsError `CHAT_ERR_CREDENTIAL_SOURCE`, and nothing changed.
   *
   * @returns what makes the settings hold, and what lets them be; one of them is to be called, once
   */
  async prepare(settings: ChatroomSettings): Promise<{ commit(): void; cancel(): void }> {
    const { logger: log } = settings;
    const before = this.#source;
    const isSame = isDeepStrictEqual(usersOf(settings), usersOf(this.#settings));
    const source = isSame ? before : credentialSource(settings.digest, this.#clock, log);
    const close = (closed: CredentialSource | undefined): void => {
      closed?.close().catch((error: unknown) => log.warn({ error }, 'users not closed'));
    };
    if (!isSame && this.#opened) {
      await source?.open().catch((error: unknown) => {
        close(source);
        throw error;
      });
    }
    return {
      commit: () => {
        this.#settings = settings;
        this.#peers = new TrustedPeers(settings.trustedPeers);
        this.#source = source;
        this.#adjustDigest(source);
        if (!isSame) close(before);
      },
      cancel: () => {
        if (!isSame) close(source);
      },
    };
  }

  #adjustDigest(source: CredentialSource | undefined): void {
    const options = source && verifierOptions(this.#settings, source, this.#clock);
    if (!options) this.#digest = undefined;
    else if (this.#digest) this.#digest.adjust(options);
    else this.#digest = new DigestVerifier(options);
  }

  /** Reads or connects to where the users are; rejects with a ChatroomsError `CHAT_ERR_CREDENTIAL_SOURCE`. */
  async open(): Promise<void> {
    await this.#source?.open();
    this.#opened = true;
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

function verifierOptions(settings: ChatroomSettings, source: CredentialSource, clock: Clock): DigestVerifierOptions {
  const { digest, profile, logger: log } = settings;
  const { algorithms, nonceLifetime = NONCE_LIFETIME } = digest;
  const challenge = digest.challenge ?? (profile === 'rcs' ? 'proxy' : 'user-agent');
  return {
    source,
    ...(algorithms && { algorithms }),
    nonceLifetime: nonceLifetime * 1_000,
    proxy: challenge === 'proxy',
    clock,
    log,
  };
}

/** Where users are. */
const usersOf = ({ digest: { file, lookup, sql } }: ChatroomSettings): object => ({ file, lookup, sql });

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
