import { SipAuthentication } from '../../../../lib/client/sip/authentication.js';
import { Headers, type SipRequest, type SipResponse } from '../../../../lib/embedded-drachtio/sip.js';
import { parseCredentials } from '../../../../plugin/identity/digest/credentials-header.js';
import { isRight } from '../../../../plugin/identity/digest/response.js';

const EMPTY = Buffer.alloc(0);

const invite = (headers: [string, string][] = []): SipRequest => ({
  kind: 'request',
  method: 'INVITE',
  uri: 'sip:lobby@localhost',
  headers: new Headers([
    ['Via', 'SIP/2.0/UDP a;branch=b'],
    ['To', '<sip:lobby@localhost>'],
    ['CSeq', '1 INVITE'],
    ...headers,
  ]),
  body: EMPTY,
});

const challenge = (status: number, ...values: string[]): SipResponse => ({
  kind: 'response',
  status,
  reason: '',
  headers: new Headers(values.map((value) => [status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate', value])),
  body: EMPTY,
});

const MD5 = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5';
const SHA256 = MD5.replace('MD5', 'SHA-256');
const client = new SipAuthentication({ username: 'ana', password: 'secret' });

test.each([
  [401, 'Authorization', [MD5], 'MD5'],
  [401, 'Authorization', [MD5, SHA256], 'SHA-256'],
  [407, 'Proxy-Authorization', ['Basic realm="r"', MD5], 'MD5'],
])('RFC 3261 §22: %d is answered in %s', (status, name, challenges, algorithm) => {
  const again = client.retry(invite(), challenge(status, ...challenges));
  expect(again?.headers.get('CSeq')).toBe('2 INVITE');
  expect(again?.headers.has('Via')).toBe(false);
  const [credentials] = parseCredentials(again?.headers.get(name));
  if (!credentials || !('nonce' in credentials)) throw new Error('no credentials');
  expect(credentials).toMatchObject({ username: 'ana', realm: 'r', nonce: 'n', algorithm });
  expect(isRight(credentials, 'INVITE', [{ password: 'secret' }])).toBe(true);
});

test('RFC 7616 §3.3: a password that was refused is not sent again, except for a stale nonce, once', () => {
  const second = client.retry(invite(), challenge(401, MD5));
  if (!second) throw new Error('no answer');
  expect(client.retry(second, challenge(401, MD5))).toBeUndefined();
  const third = client.retry(second, challenge(401, `${MD5}, stale=true`));
  expect(third?.headers.get('CSeq')).toBe('3 INVITE');
  expect(third && client.retry(third, challenge(401, `${MD5}, stale=true`))).toBeUndefined();
});

test.each([
  ['no password', new SipAuthentication(undefined), invite(), challenge(401, MD5)],
  ['another refusal', client, invite(), challenge(403)],
  ['a scheme it does not know', client, invite(), challenge(401, 'Basic realm="r"')],
  ['a request in a dialog', client, invite([['To', '<sip:lobby@localhost>;tag=1']]), challenge(401, MD5)],
])('not answered: %s', (_, authentication, request, response) => {
  if (request.headers.getAll('To').length > 1) request.headers.set('To', '<sip:lobby@localhost>;tag=1');
  expect(authentication.retry(request, response)).toBeUndefined();
});
