/** How an INVITE that was refused is sent once more (INV-16), each kind of refusal once. */
import { createHash, randomBytes } from 'node:crypto';
import { param, parseNameAddrs } from '../../lib/embedded-drachtio/message/index.js';
import { authorization, type Challenge, chooseChallenge, type DigestHash } from '../../lib/msrp/digest.js';
import { repeated } from '../drachtio/outgoing-invite.js';
import type { SentRequest, SipHeaders, SipResponse } from '../drachtio/srf-types.js';
import { header, tokens } from '../sip/header-values.js';

export interface DialCredentials {
  user: string;
  password: string;
}

/** What is written into one INVITE, beside what all of an invitation have. */
export interface Attempt {
  /** Request-URI. */
  readonly uri: string;
  /** With the list of those who are invited, if there is one. */
  readonly withList: boolean;
  /** Option tags that the peer does not know. */
  readonly unsupported: readonly string[];
  /** Seconds; undefined for no session timer of ours. */
  readonly sessionExpires: number | undefined;
  /** Seconds that the peer wants at least. */
  readonly minSe: number | undefined;
  /** Of the INVITE before: From, Call-ID, CSeq. */
  readonly sequence: SipHeaders;
  /** To be answered with the credentials. */
  readonly challenge: { header: string; value: Challenge; count: number } | undefined;
  /** Classes of refusal that were met. */
  readonly met: ReadonlySet<string>;
}

export interface RetryRules {
  mayDial: (uri: string) => boolean;
  credentials: DialCredentials | undefined;
  /** Option tags that we name in Supported. */
  supported: ReadonlySet<string>;
}

export const firstAttempt = (uri: string, sessionExpires: number | undefined): Attempt => ({
  uri,
  withList: true,
  unsupported: [],
  sessionExpires,
  minSe: undefined,
  sequence: {},
  challenge: undefined,
  met: new Set(),
});

/** What to send after this refusal; null when it stands. `hadList`: the INVITE carried a list. */
export function nextAttempt(
  attempt: Attempt,
  { request, response, hadList }: { request: SentRequest; response: SipResponse; hadList: boolean },
  rules: RetryRules,
): Attempt | null {
  const change = changeAfter(attempt, response, hadList, rules);
  if (!change || attempt.met.has(change.met)) return null;
  const { met, ...changes } = change;
  const challenge = attempt.challenge && { ...attempt.challenge, count: attempt.challenge.count + 1 };
  return { ...attempt, challenge, ...changes, sequence: repeated(request), met: new Set([...attempt.met, met]) };
}

type Change = Partial<Omit<Attempt, 'met'>> & { met: string };

function changeAfter(attempt: Attempt, response: SipResponse, hadList: boolean, rules: RetryRules): Change | null {
  const { status } = response;
  if (status >= 300 && status < 400) return redirected(response, rules);
  switch (status) {
    case 401:
    case 407:
      return challenged(response, rules);
    case 415:
      // RFC 3261 §21.4.13: without the multipart there is nothing but SDP.
      return hadList ? { met: '415', withList: false } : null;
    case 420: {
      const unsupported = tokens(header(response, 'Unsupported')).filter((tag) => rules.supported.has(tag));
      return unsupported.length > 0 ? { met: '420', unsupported } : null;
    }
    case 422: {
      // RFC 4028 §7.3: "the UAC MAY retry … with a Session-Expires … at least … the value from the Min-SE header field".
      const minimum = Number(/^\s*(\d{1,9})/.exec(header(response, 'Min-SE') ?? '')?.[1] ?? 0);
      const useful = minimum > (attempt.sessionExpires ?? 0) && !attempt.unsupported.includes('timer');
      return useful ? { met: '422', sessionExpires: minimum, minSe: minimum } : null;
    }
    default:
      // 491, and 503 with Retry-After: whoever wants him asks again.
      return null;
  }
}

/** RFC 3261 §21.3: the best of the Contacts that may be dialled. */
function redirected(response: SipResponse, { mayDial }: RetryRules): Change | null {
  const contacts = parseNameAddrs(header(response, 'Contact', 'm') ?? '')
    .filter(({ uri }) => mayDial(uri))
    .map(({ uri, params }) => ({ uri, q: Number(param(params, 'q') ?? 1) }));
  contacts.sort((a, b) => b.q - a.q);
  return contacts.length > 0 ? { met: '3xx', uri: contacts[0].uri } : null;
}

function challenged(response: SipResponse, { credentials }: RetryRules): Change | null {
  if (!credentials) return null;
  const proxy = response.status === 407;
  const given = header(response, proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate') ?? '';
  // drachtio-srf joins the challenges of several lines with a comma.
  const value = chooseChallenge(given.split(/,\s*(?=Digest\s)/i));
  if (!value) return null;
  const name = proxy ? 'Proxy-Authorization' : 'Authorization';
  return { met: String(response.status), challenge: { header: name, value, count: 1 } };
}

const hash: DigestHash = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

/** The headers that answer a challenge (RFC 7616 §3.4; RFC 8760 §2.6: the strongest algorithm that both know). */
export function credentialsHeaders(attempt: Attempt, credentials: DialCredentials | undefined): SipHeaders {
  const { challenge, uri } = attempt;
  if (!challenge || !credentials) return {};
  const { user: username, password } = credentials;
  const request = { method: 'INVITE', uri, count: challenge.count, cnonce: randomBytes(8).toString('hex') };
  return { [challenge.header]: authorization(hash, challenge.value, { username, password }, request) };
}
