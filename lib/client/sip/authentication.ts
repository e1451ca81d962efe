import { createHash } from 'node:crypto';
import { parseCSeq, type SipRequest, type SipResponse, tagOf } from '../../embedded-drachtio/sip.js';
import {
  authorization,
  type Challenge,
  chooseChallenge,
  type Credentials,
  type DigestAlgorithm,
  randomId,
} from '../../msrp/index.js';

/** Requests for one answer: without credentials, with them, and once more when the nonce was too old. */
const MAX_ATTEMPTS = 3;

/** Where challenges come in, and where they are answered (RFC 3261 §22.2, §22.3). */
const ANSWERS = [
  { status: 401, challenge: 'WWW-Authenticate', credentials: 'Authorization' },
  { status: 407, challenge: 'Proxy-Authenticate', credentials: 'Proxy-Authorization' },
] as const;

const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

/** Answers challenges to requests outside of dialogs (RFC 3261 §22, RFC 8760). */
export class SipAuthentication {
  readonly #credentials: Credentials | undefined;

  /** @param credentials undefined: challenges are not answered */
  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** The request to send next; undefined when the refusal stands. */
  retry(request: SipRequest, response: SipResponse): SipRequest | undefined {
    const answer = ANSWERS.find(({ status }) => status === response.status);
    const sequence = parseCSeq(request.headers.get('CSeq'))?.sequence ?? MAX_ATTEMPTS;
    if (!answer || !this.#credentials || tagOf(request.headers.get('To')) !== undefined) return undefined;
    const challenge = chooseChallenge(response.headers.getAll(answer.challenge));
    if (!challenge || sequence >= MAX_ATTEMPTS) return undefined;
    // RFC 7616 §3.3: without stale the same password would be refused again
    if (request.headers.has(answer.credentials) && !challenge.stale) return undefined;
    const headers = request.headers.clone();
    headers.set(answer.credentials, this.#answer(this.#credentials, challenge, request));
    // RFC 3261 §22.2: "the client … MUST increment the CSeq header field value"
    headers.set('CSeq', `${sequence + 1} ${request.method}`);
    headers.delete('Via');
    return { ...request, headers };
  }

  #answer(credentials: Credentials, challenge: Challenge, { method, uri }: SipRequest): string {
    return authorization(hash, challenge, credentials, { method, uri, count: 1, cnonce: randomId(16) });
  }
}
