import { type Attempt, credentialsHeaders, firstAttempt, nextAttempt } from '../../../../plugin/invitations/attempt.js';
import type { SentRequest, SipResponse } from '../../../../plugin/drachtio/srf-types.js';

const BOB = 'sip:bob@example.com';
const CREDENTIALS = { user: 'rooms', password: 'secret' };

const rules = {
  mayDial: (uri: string): boolean => uri.endsWith('@example.com'),
  credentials: CREDENTIALS,
  supported: new Set(['timer']),
};

const getter = (headers: Record<string, string>) => (name: string) => headers[name];

const request = {
  get: getter({ From: '<sip:r@x>;tag=1', 'Call-ID': 'c', CSeq: '7 INVITE' }),
} as unknown as SentRequest;

const refused = (
  attempt: Attempt,
  status: number,
  headers: Record<string, string> = {},
  hadList = false,
): Attempt | null =>
  nextAttempt(
    attempt,
    { request, response: { status, get: getter(headers) } as unknown as SipResponse, hadList },
    rules,
  );

const first = firstAttempt(BOB, undefined);

const CHALLENGES =
  'Digest realm="a, b", nonce="1", qop="auth", algorithm=MD5,Digest realm="a, b", nonce="2", qop="auth", algorithm=SHA-256';

test('RFC 3261 §8.1.3.5: the next one has the Call-ID, From and tag of the one before, and the CSeq after', () => {
  expect(refused(first, 415, {}, true)?.sequence).toEqual({
    From: '<sip:r@x>;tag=1',
    'Call-ID': 'c',
    CSeq: '8 INVITE',
  });
});

test('INV-16: each kind of refusal once, one after the other', () => {
  const withCredentials = refused(first, 407, { 'Proxy-Authenticate': CHALLENGES });
  const plain = withCredentials && refused(withCredentials, 415, {}, true);
  const elsewhere = plain && refused(plain, 302, { Contact: '<sip:b@example.com>' });
  const timed = elsewhere && refused(elsewhere, 422, { 'Min-SE': '1800' });
  const untimed = timed && refused(timed, 420, { Unsupported: 'timer' });
  expect(untimed).toMatchObject({
    uri: 'sip:b@example.com',
    withList: false,
    sessionExpires: 1800,
    unsupported: ['timer'],
  });
  for (const status of [407, 415, 302, 422, 420]) {
    const headers = {
      'Proxy-Authenticate': CHALLENGES,
      Contact: '<sip:c@example.com>',
      'Min-SE': '3600',
      Unsupported: 'timer',
    };
    expect(untimed && refused(untimed, status, headers, true)).toBeNull();
  }
});

test.each([
  ['3xx without Contact', 300, {}],
  ['3xx to somebody who may not be called', 302, { Contact: '<sip:x@elsewhere.example>' }],
  ['420 about what we never said', 420, { Unsupported: 'path' }],
  ['422 without Min-SE', 422, {}],
  ['422 with nonsense', 422, { 'Min-SE': 'soon' }],
  ['401 without challenge', 401, {}],
  ['415 of a plain INVITE', 415, {}],
  ['503 with Retry-After', 503, { 'Retry-After': '1' }],
  ['491', 491, {}],
])('%s stands', (_title, status, headers) => {
  expect(refused(first, status, headers)).toBeNull();
});

test('RFC 8760 §2.4: of several challenges the strongest; the nonce is counted when it is used again', () => {
  const answered = refused(first, 401, { 'WWW-Authenticate': CHALLENGES });
  const headers = answered ? credentialsHeaders(answered, CREDENTIALS) : {};
  expect(headers.Authorization).toMatch(/realm="a, b", nonce="2".*nc=00000001/);
  const again = answered && refused(answered, 415, {}, true);
  expect(again && credentialsHeaders(again, CREDENTIALS).Authorization).toMatch(/nonce="2".*nc=00000002/);
});

test('without credentials there is no answer', () => {
  const response = { status: 401, get: getter({ 'WWW-Authenticate': CHALLENGES }) } as unknown as SipResponse;
  expect(nextAttempt(first, { request, response, hadList: false }, { ...rules, credentials: undefined })).toBeNull();
  expect(credentialsHeaders(first, undefined)).toEqual({});
});
