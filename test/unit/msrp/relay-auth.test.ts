import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import {
  authorization,
  type Challenge,
  chooseChallenge,
  type DigestHash,
  expectedRspauth,
  parseChallenge,
} from '../../../lib/msrp/digest.js';
import { type Header, type MessageSink, Parser, RelayAuth, relayHops, type Response } from '../../../lib/msrp/index.js';

const hash: DigestHash = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

const RELAY = 'msrps://relay.example.org;tcp';
const USE_PATH = 'msrps://relay.example.org:2855/t0kA;tcp';

function response(status: number, headers: Header[] = []): Response {
  return {
    kind: 'response',
    tid: 'tid1',
    status,
    comment: 'why',
    toPath: ['msrps://alice.example.org:2855/a1;tcp'],
    fromPath: [RELAY],
    headers,
    errors: [],
  };
}

const challenge = (parameters = 'nonce="n-7f3a"'): Response =>
  response(401, [['WWW-Authenticate', `Digest realm="relay.example.org", qop="auth", ${parameters}`]]);
const grant = (headers: Header[] = []): Response =>
  response(200, [['Use-Path', USE_PATH], ['Expires', '900'], ...headers]);
const challengeOf = (algorithm: string): string => `Digest realm="x", nonce="n", qop="auth", algorithm=${algorithm}`;
const info = (value: string): Header => ['Authentication-Info', `rspauth="${value}", nc=00000001, qop=auth`];

/** A response as the parser makes it of octets. */
const frame = (status: string, headers: string): Response => {
  const text = `MSRP tid12 ${status}\r\nTo-Path: msrp://a:1/s;tcp\r\nFrom-Path: ${RELAY}\r\n${headers}\r\n-------tid12$\r\n`;
  let seen: Response | undefined;
  const sink: MessageSink = {
    head: (message) => {
      if (message.kind === 'response') seen = message;
    },
    body: () => {},
    end: () => {},
    fatal: () => {},
  };
  new Parser(sink).receive(Buffer.from(text));
  return seen ?? response(0);
};

const auth = (options = {}): RelayAuth =>
  new RelayAuth({ relay: RELAY, username: 'alice', password: 's3cret', hash, ...options });
const valueOf = (headers: Header[], name: string): string | undefined =>
  headers.find(([written]) => written === name)?.[1];
const param = (headers: Header[], name: string): string | undefined =>
  new RegExp(`[ ,]${name}=("[^"]*"|[^,]*)`).exec(valueOf(headers, 'Authorization') ?? '')?.[1];

describe('4976-9.1-01 digest, known answers', () => {
  // RFC 7616 §3.9.1
  const mufasa = { username: 'Mufasa', password: 'Circle of Life' };
  const request = {
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  const base = {
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    named: true,
    stale: false,
  };

  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('%s', (algorithm, expected) => {
    const value = authorization(hash, { ...base, algorithm }, mufasa, request);
    expect(value).toContain(`response="${expected}"`);
    expect(value).toMatch(/, qop=auth, nc=00000001, cnonce="/);
  });

  test.each([
    ['MD5', 'd5d1f55ad18fbfc2a945234e5e1ce80f', '2842141da19acb594beb059ac31a77e2'],
    [
      'SHA-256',
      '308a9b6063fbb9c7971b85c3a2c90073285502433ad2cfd4801dd3db7a174c82',
      'e39eabb7e188407fa1f37f54686aa99a4c23e3a4bca7b5a83071c255e5a9ed36',
    ],
  ] as const)('of AUTH with %s, and rspauth', (algorithm, expected, rspauth) => {
    const known: Challenge = { realm: 'relay.example.org', nonce: 'n-7f3a', algorithm, named: false, stale: false };
    const credentials = { username: 'alice', password: 's3cret' };
    const asked = { method: 'AUTH', uri: RELAY, count: 1, cnonce: 'c0ffee' };
    expect(authorization(hash, known, credentials, asked)).toContain(`response="${expected}"`);
    expect(expectedRspauth(hash, known, credentials, asked)).toBe(rspauth);
  });
});

describe('4976-9.1-01 challenges', () => {
  test.each([
    ['Basic', 'Basic realm="x"'],
    ['MD5-sess', 'Digest realm="x", nonce="y", qop="auth", algorithm=MD5-sess'],
    ['auth-int alone', 'Digest realm="x", nonce="y", qop="auth-int"'],
    ['no nonce', 'Digest realm="x", qop="auth"'],
    ['no realm', 'Digest nonce="x", qop="auth"'],
    ['nothing', ''],
  ])('%s cannot be answered', (_name, value) => {
    expect(parseChallenge(value)).toBeNull();
  });

  test('domain is ignored, other parameters and spaces do no harm', () => {
    const value =
      'digest  realm = "a \\"b\\", c" ,domain="x", nonce="n", QOP="auth-int, auth",opaque="o", stale=TRUE, x=y';
    expect(parseChallenge(value)).toEqual({
      realm: 'a \\"b\\", c',
      nonce: 'n',
      algorithm: 'MD5',
      named: false,
      opaque: 'o',
      stale: true,
    });
  });

  test('SHA-256 is preferred to MD5, whichever comes first', () => {
    expect(chooseChallenge([challengeOf('MD5'), challengeOf('SHA-256')])?.algorithm).toBe('SHA-256');
    expect(chooseChallenge([challengeOf('SHA-512-256'), challengeOf('MD5')])?.algorithm).toBe('MD5');
    expect(chooseChallenge([challengeOf('SHA-512-256')])).toBeNull();
  });

  test('nothing a relay says throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseChallenge(`Digest ${text}`)));
  });
});

describe('AUTH', () => {
  test('4976-5.1-04, -05 a challenge is answered, a grant taken', () => {
    const session = auth();
    expect(session.toPath).toEqual([RELAY]);
    expect(session.next()).toEqual([]);
    expect(session.receive(challenge())).toEqual({ kind: 'again' });
    const headers = session.next();
    expect(valueOf(headers, 'Authorization')).toMatch(
      /^Digest username="alice", realm="relay.example.org", nonce="n-7f3a"/,
    );
    // A-31; "digest URI = rightmost To-Path URI"
    expect(param(headers, 'uri')).toBe(`"${RELAY}"`);
    expect(session.receive(grant())).toEqual({ kind: 'granted', usePath: [USE_PATH], expires: 900 });
  });

  test('4976-5.1-01 the AUTH to an outer relay goes through the inner one', () => {
    expect(auth({ through: [USE_PATH], relay: 'msrps://extra.example.org;tcp' }).toPath).toEqual([
      USE_PATH,
      'msrps://extra.example.org;tcp',
    ]);
  });

  test('a second refusal of fresh credentials means that they are wrong', () => {
    const session = auth();
    session.next();
    session.receive(challenge());
    session.next();
    expect(session.receive(challenge('nonce="other"'))).toMatchObject({ kind: 'refused', status: 401 });
  });

  test('a stale nonce is no refusal', () => {
    const session = auth();
    session.next();
    session.receive(challenge());
    session.next();
    expect(session.receive(challenge('nonce="n2", stale=true'))).toEqual({ kind: 'again' });
    expect(param(session.next(), 'nonce')).toBe('"n2"');
  });

  test('a relay that only ever asks is given up', () => {
    const session = auth();
    const verdicts = Array.from({ length: 5 }, () => {
      session.next();
      return session.receive(challenge('nonce="n", stale=true')).kind;
    });
    expect(verdicts).toEqual(['again', 'again', 'again', 'again', 'refused']);
  });

  test('4976-9.1-02 nextnonce is used for the next request; without it the count goes on', () => {
    const session = auth();
    session.next();
    session.receive(challenge());
    session.next();
    session.receive(grant());
    const second = session.next();
    expect([param(second, 'nonce'), param(second, 'nc')]).toEqual(['"n-7f3a"', '00000002']);
    session.receive(grant([['Authentication-Info', 'nextnonce="n-8"']]));
    const third = session.next();
    expect([param(third, 'nonce'), param(third, 'nc')]).toEqual(['"n-8"', '00000001']);
    // a nonce remembered may be forgotten at the relay
    expect(session.receive(challenge('nonce="n-9"'))).toEqual({ kind: 'again' });
  });

  test('4976-9.1-02 rspauth is verified', () => {
    const session = auth();
    session.next();
    session.receive(challenge());
    const headers = session.next();
    const known: Challenge = {
      realm: 'relay.example.org',
      nonce: 'n-7f3a',
      algorithm: 'MD5',
      named: false,
      stale: false,
    };
    const cnonce = param(headers, 'cnonce')?.slice(1, -1) ?? '';
    const asked = { method: 'AUTH', uri: RELAY, count: 1, cnonce };
    const rspauth = expectedRspauth(hash, known, { username: 'alice', password: 's3cret' }, asked);
    expect(session.receive(grant([info(rspauth.replace(/./, 'x'))]))).toMatchObject({ kind: 'refused' });
    expect(session.receive(grant([info(rspauth)]))).toMatchObject({ kind: 'granted' });
  });

  test.each([
    [600, ['Min-Expires', '900'], '900'],
    [9000, ['Max-Expires', '3600'], '3600'],
    [undefined, ['Max-Expires', '60'], '60'],
  ] as const)('4976-5.1-06, 4975-10-06 423: %p with %j becomes %s', (expires, header, next) => {
    const session = auth({ expires });
    expect(valueOf(session.next(), 'Expires')).toBe(expires === undefined ? undefined : `${expires}`);
    expect(session.receive(response(423, [header]))).toEqual({ kind: 'again' });
    expect(valueOf(session.next(), 'Expires')).toBe(next);
  });

  test.each([
    [[]],
    [[['Min-Expires', '90'] as const, ['Max-Expires', '30'] as const]],
    [[['Min-Expires', 'x'] as const]],
  ])('423 with %j leaves nothing to ask for', (headers) => {
    const session = auth({ expires: 60 });
    session.next();
    expect(session.receive(response(423, headers))).toMatchObject({ kind: 'refused', status: 423 });
  });

  test('4976-5.1-06 403 is final', () => {
    const session = auth();
    session.next();
    expect(session.receive(response(403))).toEqual({ kind: 'refused', status: 403, reason: 'why' });
  });

  test.each([[''], ['msrps://relay.example.org/t0kA;tcp'], ['http://x'], [Array(17).fill(USE_PATH).join(' ')]])(
    '4976-8-01 a Use-Path %j cannot be used',
    (usePath) => {
      const session = auth();
      session.next();
      expect(session.receive(response(200, [['Use-Path', usePath]]))).toMatchObject({ kind: 'refused' });
    },
  );

  test('4976-5.1-02 the SDP path is the Use-Path reversed', () => {
    expect(relayHops(['B', 'C'])).toEqual(['C', 'B']);
  });

  test('a user name beyond ASCII is written as UTF-8', () => {
    const session = auth({ username: 'zoë "z"' });
    session.next();
    session.receive(challenge());
    const value = valueOf(session.next(), 'Authorization') ?? '';
    expect(Buffer.from(value, 'latin1').toString()).toContain('username="zoë \\"z\\""');
  });

  test('v: auth-401, auth-423, auth-200: what the parser makes of them suffices', () => {
    const session = auth();
    session.next();
    const challenged = 'WWW-Authenticate: Digest realm="relay.example.org", qop="auth", nonce="n-7f3a", algorithm=MD5';
    expect(session.receive(frame('401 Unauthorized', challenged)).kind).toBe('again');
    expect(param(session.next(), 'algorithm')).toBe('MD5');
    expect(session.receive(frame('423 Interval', 'Min-Expires: 60\r\nMax-Expires: 3600')).kind).toBe('again');
    session.next();
    const granted =
      'Use-Path: msrps://r1.example.org:2855/t0kA;tcp msrps://r2.example.org:9000/t0kB;tcp\r\nExpires: 1800';
    expect(session.receive(frame('200 OK', granted))).toEqual({
      kind: 'granted',
      usePath: ['msrps://r1.example.org:2855/t0kA;tcp', 'msrps://r2.example.org:9000/t0kB;tcp'],
      expires: 1800,
    });
  });
});
