/** Which URIs denote whom in one room: no two participants share one, and nobody gets that of another (P-ANON-01). */
import { cpimUriKey } from '../cpim/index.js';
import type { Participant } from './participant.js';
import type { Identity } from './types.js';

/** What clients write that hide without a URI of their own: it denotes nobody in particular. */
const NOBODY = 'sip:anonymous@anonymous.invalid';

/** RFC 3323 §4.1.1.3: nobody can be reached under this domain, so it names no authenticated user. */
const isInvalidHost = (key: string): boolean => /\.invalid(?::\d+)?(?:;|$)/.test(key);

const isGruu = (key: string): boolean => key.includes(';gr=');

/** Is there somebody behind the identity that could come with a second device? */
export const isTraceable = (identity: Identity): boolean => {
  const key = cpimUriKey(identity.uri);
  return key !== null && !isInvalidHost(key);
};

export class Addresses {
  readonly #owners = new Map<string, Participant>();
  readonly #claims = new Map<Participant, string[]>();
  readonly #roomKey: string;
  #anonymousCount = 0;

  constructor(roomKey: string) {
    this.#roomKey = roomKey;
  }

  find(uri: string): Participant | undefined {
    return this.#owners.get(cpimUriKey(uri) ?? '');
  }

  /** The next URI for somebody who hides; its number is never used again (IDN-07). */
  nextAnonymous(): { uri: string; name: string } {
    for (;;) {
      const n = ++this.#anonymousCount;
      const uri = `sip:anonymous${n}@anonymous.invalid`;
      // A client may have picked the same URI for itself.
      if (!this.find(uri)) return { uri, name: `Anonymous${n}` };
    }
  }

  /** From now on the URI denotes the participant; false when it denotes another, or the room. */
  claim(uri: string, participant: Participant): boolean {
    const key = cpimUriKey(uri);
    if (key === null || key === this.#roomKey) return false;
    const owner = this.#owners.get(key);
    if (owner) return owner === participant;
    this.#owners.set(key, participant);
    const claims = this.#claims.get(participant);
    if (claims) claims.push(key);
    else this.#claims.set(participant, [key]);
    return true;
  }

  /** The URIs of a new endpoint: what it may write as CPIM From, and by which others address it. */
  admit(identity: Identity, participant: Participant): { fromUris: string[]; toUris: string[] } {
    this.claim(participant.uri, participant);
    if (!participant.anonymous) {
      const uris = [identity.uri, ...identity.aliases].filter((uri) => this.claim(uri, participant));
      return { fromUris: uris, toUris: uris };
    }
    // IDN-08: its assigned URI, and the one that clients write who hide without knowing it.
    const fromUris = [participant.uri, NOBODY];
    const toUris = [participant.uri];
    const own = identity.anonymousUri;
    const key = own === null ? null : cpimUriKey(own);
    if (own === null || key === null || key === NOBODY) return { fromUris, toUris };
    // 7701-2-01: made up under `.invalid`, or a temporary GRUU. Anything else could be the address of another.
    if ((isInvalidHost(key) || isGruu(key)) && this.claim(own, participant)) {
      fromUris.push(own);
      toUris.push(own);
    }
    return { fromUris, toUris };
  }

  /** The participant left. */
  release(participant: Participant): void {
    for (const key of this.#claims.get(participant) ?? []) this.#owners.delete(key);
    this.#claims.delete(participant);
  }
}
