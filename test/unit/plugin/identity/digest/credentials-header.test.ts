import * as fc from 'fast-check';
import { quote } from '../../../../../lib/embedded-drachtio/message/index.js';
import { type DigestCredentials, parseCredentials } from '../../../../../plugin/identity/digest/credentials-header.js';
import { isRight } from '../../../../../plugin/identity/digest/response.js';

/** RFC 7616 §3.9.1. */
const mufasa = (algorithm: string, response: string): string =>
  [
    'Digest username="Mufasa"',
    'realm="http-auth@example.org"',
    'uri="/dir/index.html"',
    `algorithm=${algorithm}`,
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
    'nc=00000001',
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"',
    'qop=auth',
    `response="${response}"`,
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  ].join(', ');

const MD5 = mufasa('MD5', '8ca523f5e9506fed4657c9700eebdbec');
const SHA256 = mufasa('SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');

const readable = (text: string): DigestCredentials => {
  const [only] = parseCredentials(text);
  if (!only || !('nonce' in only)) throw new Error(`not read: ${JSON.stringify(only)}`);
  return only;
};

const problem = (text: string): string | undefined => {
  const [only] = parseCredentials(text);
  return only && 'malformed' in only ? only.malformed : undefined;
};

test.each([MD5, SHA256])('RFC 7616 §3.9.1: %s', (header) => {
  const credentials = readable(header);
  expect(isRight(credentials, 'GET', [{ password: 'Circle of Life' }])).toBe(true);
  expect(isRight(credentials, 'GET', [{ password: 'Circle of Death' }])).toBe(false);
  expect(isRight(credentials, 'PUT', [{ password: 'Circle of Life' }])).toBe(false);
  expect(isRight(credentials, 'GET', [])).toBe(false);
});

test('an HA1 serves its own algorithm alone', () => {
  const ha1 = '3d78807defe7de2157e2b0b6573a855f';
  expect(isRight(readable(MD5), 'GET', [{ algorithm: 'MD5', ha1: ha1.toUpperCase() }])).toBe(true);
  expect(isRight(readable(SHA256), 'GET', [{ algorithm: 'MD5', ha1 }])).toBe(false);
});

test('RFC 7616 §3.4: nobody logs in with the empty password of a user that there is not', () => {
  const ofNobody = readable(mufasa('MD5', '0'.repeat(32)));
  expect(isRight(ofNobody, 'GET', [])).toBe(false);
});

test('several, of several headers joined by a comma, and of other schemes', () => {
  const all = parseCredentials(`Basic dXNlcjpwYXNz, ${SHA256},Bearer a.b-c, digest ${MD5.slice(7)}`);
  expect(all.map((each) => ('algorithm' in each ? each.algorithm : each.malformed))).toEqual(['SHA-256', 'MD5']);
});

test('names: escaped, of other scripts, never both ways', () => {
  expect(readable(MD5.replace('"Mufasa"', '"Mu\\"fa\\\\sa"')).username).toBe('Mu"fa\\sa');
  expect(readable(MD5.replace('username="Mufasa"', "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe")).username).toBe(
    'Jäsøn Doe',
  );
  expect(problem(MD5.replace('username=', "username*=UTF-8''x, username="))).toMatch(/user name/);
  expect(problem(MD5.replace('username="Mufasa"', "username*=UTF-8''%FF"))).toMatch(/user name/);
  expect(problem(MD5.replace('username="Mufasa"', 'username=""'))).toMatch(/user name/);
});

test.each([
  ['qop=auth', 'opaque2="x"', /qop/],
  ['qop=auth', 'qop=auth-int', /qop/],
  ['nc=00000001', 'nc=1', /nc/],
  ['nc=00000001', 'nc=0000000g', /nc/],
  ['algorithm=MD5', 'algorithm=MD5-sess', /algorithm/],
  ['algorithm=MD5', 'algorithm=SHA-256', /response/],
  ['response="8', 'response="g', /response/],
  ['cnonce="', 'x="', /cnonce/],
  ['nc=00000001', 'nc=00000001, nc=00000002', /twice/],
])('RFC 7616: %s is not %s', (from, to, why) => {
  expect(problem(MD5.replace(from, to))).toMatch(why);
});

test.each([
  undefined,
  '',
  'Digest',
  'Digest x',
  'Basic realm="a"',
  'Digest nonce="a"',
  `Digest realm="${'x'.repeat(9000)}"`,
])('no credentials in %.20s', (value) => {
  expect(parseCredentials(value)).toEqual([]);
});

test('no input throws', () => {
  const pieces = [
    'Digest ',
    'Basic ',
    'realm',
    'username*',
    'nonce',
    'qop',
    '=',
    ',',
    '"',
    '\\',
    '<',
    ' ',
    'auth',
    "UTF-8''%",
    'a',
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string())).map((all) => all.join(''));
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (value) => Array.isArray(parseCredentials(value))),
  );
});

test('what was written is read, whatever the name and the realm', () => {
  const name = fc.string({
    minLength: 1,
    maxLength: 40,
    unit: fc.constantFrom('a', ' ', ',', ';', '=', '"', '\\', '<', '>', '@', 'é'),
  });
  fc.assert(
    fc.property(name, name, (username, realm) => {
      const header = MD5.replace('"Mufasa"', () => quote(username)).replace('"http-auth@example.org"', () =>
        quote(realm),
      );
      expect(readable(header)).toMatchObject({ username, realm, count: 1, algorithm: 'MD5' });
    }),
  );
});
