import { ChatroomsError } from '../../../lib/util/errors.js';
import type { DigestOptions, Secret } from '../../options/options.js';
import { hashed } from './secrets.js';
import type { CredentialSource } from './source.js';

/** A function of the program that knows the users. */
export class LookupSource implements CredentialSource {
  readonly #lookup: NonNullable<DigestOptions['lookup']>;

  constructor(lookup: NonNullable<DigestOptions['lookup']>) {
    this.#lookup = lookup;
  }

  async open(): Promise<void> {}

  async find(user: string, realm: string): Promise<readonly Secret[]> {
    const secret = await this.#lookup(user, realm);
    return secret === null ? [] : [checked(secret)];
  }

  async close(): Promise<void> {}
}

/** Programs are not always written in TypeScript. */
function checked(secret: Secret): Secret {
  if ('password' in secret && typeof secret.password === 'string') return secret;
  const known = 'ha1' in secret && typeof secret.ha1 === 'string' ? hashed(secret.ha1) : null;
  if (known && 'algorithm' in known && 'algorithm' in secret && known.algorithm === secret.algorithm) return known;
  throw new ChatroomsError('CHAT_ERR_CREDENTIAL_SOURCE', 'digest.lookup gave neither a password nor an HA1 in hex.', {
    sipStatus: 503,
  });
}
