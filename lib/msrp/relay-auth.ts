/** AUTH at one MSRP relay (RFC 4976 §5.1), without the connection: headers out, responses in. */
import {
  authorization,
  type Challenge,
  chooseChallenge,
  type Credentials,
  type DigestHash,
  type DigestRequest,
  expectedRspauth,
  parseDigestParams,
} from './digest.js';
import { randomId } from './ids.js';
import type { Header, Response } from './message.js';
import { octets } from './serializer.js';
import { parseMsrpUri } from './uri.js';

/** Which relay, and who asks it for a Use-Path (RFC 4976). */
export interface RelayAuthOptions extends Credentials {
  /** The relay; may lack a port. */
  relay: string;
  /** Use-Path of the relays in front of it, next hop first. @defaultValue none */
  through?: readonly string[];
  /** Seconds the Use-Path shall be good for. @defaultValue whatever the relay grants */
  expires?: number;
  hash: DigestHash;
}

/** What the answer to an AUTH request means. */
export type RelayVerdict =
  /** Send AUTH again, with new headers. */
  | { kind: 'again' }
  /** @param usePath next hop first @param expires seconds */
  | { kind: 'granted'; usePath: readonly string[]; expires: number }
  | { kind: 'refused'; status: number; reason: string };

/** Requests for one grant: challenge, stale nonce, interval, and one more. */
const MAX_ATTEMPTS = 5;
/** Where a relay does not say how long its Use-Path is good (it has to, RFC 4976 §6.3). */
const DEFAULT_EXPIRES = 1800;
/** URIs of a Use-Path. */
const MAX_HOPS = 16;

/** One relay's challenges, and the grants they lead to; lives as long as the relay is used. */
export class RelayAuth {
  readonly #options: RelayAuthOptions;
  #challenge: Challenge | undefined;
  #request: DigestRequest | undefined;
  #count = 0;
  #attempts = 0;
  #expires: number | undefined;

  constructor(options: RelayAuthOptions) {
    this.#options = options;
    this.#expires = options.expires;
  }

  /** To-Path of the AUTH: through the relays that are in use already (RFC 4976 §5.1). */
  get toPath(): readonly string[] {
    return [...(this.#options.through ?? []), this.#options.relay];
  }

  /** Headers of the next AUTH request; each call counts as one. */
  next(): Header[] {
    const headers: Header[] = [];
    if (this.#expires !== undefined) headers.push(['Expires', `${this.#expires}`]);
    this.#attempts++;
    if (!this.#challenge) return headers;
    // 4976-9.1-01: "digest URI = rightmost To-Path URI"
    this.#request = { method: 'AUTH', uri: this.#options.relay, count: ++this.#count, cnonce: randomId(16) };
    const { hash } = this.#options;
    headers.push(['Authorization', octets(authorization(hash, this.#challenge, this.#options, this.#request))]);
    return headers;
  }

  /** What the answer to the last request means. */
  receive(response: Response): RelayVerdict {
    const verdict = this.#judge(response);
    if (verdict.kind !== 'again') this.#attempts = 0;
    else if (this.#attempts >= MAX_ATTEMPTS) {
      this.#attempts = 0;
      return refused(response, 'it asks again and again');
    }
    return verdict;
  }

  #judge(response: Response): RelayVerdict {
    switch (response.status) {
      case 200:
        return this.#granted(response);
      case 401:
        return this.#challenged(response);
      case 423:
        return this.#outOfBounds(response);
      default:
        // 4976-5.1-06: "403: give up"
        return refused(response, response.comment ?? '');
    }
  }

  // 4976-5.1-04: "read realm, nonce, qop from WWW-Authenticate and repeat AUTH with Authorization in a new transaction"
  #challenged(response: Response): RelayVerdict {
    const challenge = chooseChallenge(valuesOf(response, 'www-authenticate'));
    if (!challenge) return refused(response, 'it asks for an authentication that MSRP does not have');
    // a nonce remembered from an earlier grant may be forgotten at the other end, credentials just made may be wrong
    const fresh = this.#request !== undefined && this.#count === 1 && this.#attempts > 1;
    if (fresh && !challenge.stale) return refused(response, 'user name or password are wrong');
    this.#challenge = challenge;
    this.#count = 0;
    return { kind: 'again' };
  }

  // 4976-5.1-06: "423 with Min-Expires or Max-Expires: retry with a permitted value"
  #outOfBounds(response: Response): RelayVerdict {
    const least = seconds(response, 'min-expires');
    const most = seconds(response, 'max-expires');
    const asked = this.#expires ?? DEFAULT_EXPIRES;
    const allowed = Math.min(Math.max(asked, least ?? asked), most ?? Number.MAX_SAFE_INTEGER);
    if (allowed === this.#expires || allowed < (least ?? 0)) return refused(response, 'no interval suits it');
    this.#expires = allowed;
    return { kind: 'again' };
  }

  #granted(response: Response): RelayVerdict {
    const usePath = usePathOf(response);
    if (!usePath) return refused(response, 'it grants no path that can be used');
    if (!this.#isGenuine(response)) return refused(response, 'it does not know the password itself');
    // 4976-5.1-05
    return { kind: 'granted', usePath, expires: seconds(response, 'expires') ?? this.#expires ?? DEFAULT_EXPIRES };
  }

  // 4976-9.1-02: "Verify rspauth and remember nextnonce from Authentication-Info."
  #isGenuine(response: Response): boolean {
    const [info] = valuesOf(response, 'authentication-info');
    if (info === undefined || !this.#challenge || !this.#request) return true;
    const params = parseDigestParams(info);
    const rspauth = params.get('rspauth');
    const expected = expectedRspauth(this.#options.hash, this.#challenge, this.#options, this.#request);
    if (rspauth !== undefined && rspauth.toLowerCase() !== expected) return false;
    const nextnonce = params.get('nextnonce');
    if (nextnonce !== undefined) {
      this.#challenge = { ...this.#challenge, nonce: nextnonce };
      this.#count = 0;
    }
    return true;
  }
}

/** 4976-5.1-02: "SDP path of a relay user = the Use-Path list reversed", its own URI behind it. */
export const relayHops = (usePath: readonly string[]): readonly string[] => usePath.toReversed();

const valuesOf = ({ headers }: Response, name: string): string[] =>
  headers.filter(([written]) => written.toLowerCase() === name).map(([, value]) => value);

function seconds(response: Response, name: string): number | undefined {
  const [value] = valuesOf(response, name);
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

// 4976-8-01: every URI that goes into SDP and To-Path has an explicit port
function usePathOf(response: Response): readonly string[] | null {
  const uris = (valuesOf(response, 'use-path')[0] ?? '').split(' ').filter((uri) => uri !== '');
  if (uris.length === 0 || uris.length > MAX_HOPS) return null;
  return uris.every((uri) => (parseMsrpUri(uri)?.port ?? null) !== null) ? uris : null;
}

function refused({ status }: Response, reason: string): RelayVerdict {
  return { kind: 'refused', status, reason };
}
