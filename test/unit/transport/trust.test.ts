import type { ExpectedFingerprint, NegotiatedSession } from '../../../lib/sdp/index.js';
import { misfit } from '../../../lib/transport/trust.js';
import { fingerprint, type TestCertificate, testCertificate } from '../../support/certificates.js';
import { endpoint } from '../../support/switch-world.js';

let own: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  [own, other] = [await testCertificate('own'), await testCertificate('other')];
});

function session(uri: string, expected: ExpectedFingerprint | null = null, path?: string[]): NegotiatedSession {
  const { session: plain } = endpoint('alice#1');
  const peer = { ...plain.peer, fingerprint: expected, path: path ?? plain.peer.path };
  return { ...plain, localUri: uri, secure: uri.startsWith('msrps:'), peer };
}

const URIS = {
  tcp: 'msrp://chat.example:2855/a;tcp',
  tls: 'msrps://chat.example:2856/a;tcp',
  ws: 'msrp://chat.example:2857/a;ws',
  wss: 'msrps://chat.example:443/a;ws',
};

test.each([
  ['tcp', ['tcp']],
  ['tls', ['tls']],
  ['ws', ['ws']],
  ['wss', ['wss']],
  ['memory', ['tcp', 'tls', 'ws', 'wss']],
])('a stream of kind %s takes sessions of %j', (kind, expected) => {
  const taken = Object.entries(URIS).filter(([, uri]) => misfit({ kind }, session(uri)) === null);
  expect(taken.map(([name]) => name)).toEqual(expected);
});

const expected = (...certificates: TestCertificate[]): ExpectedFingerprint => ({
  hash: 'sha-384',
  values: certificates.map(({ der }) => fingerprint(der, 'sha384')),
});

/** A stream of somebody who showed it. */
const shown = (
  certificate: TestCertificate | null,
): { kind: string; tls: { certificate: Buffer | null; authorized: boolean } } => ({
  kind: 'tls',
  // That a CA vouches for it is no substitute.
  tls: { certificate: certificate?.der ?? null, authorized: true },
});

describe('8122-6.2-01, 8122-5.1-01: the fingerprint in the SDP', () => {
  test('one of several is enough', () => {
    expect(misfit(shown(own), session(URIS.tls, expected(other, own)))).toBeNull();
  });

  test('another certificate, and none', () => {
    expect(misfit(shown(other), session(URIS.tls, expected(own)))).toBe('certificate');
    expect(misfit(shown(null), session(URIS.tls, expected(own)))).toBe('certificate');
    expect(misfit({ kind: 'tls' }, session(URIS.tls, expected(own)))).toBe('certificate');
  });

  test('8122-6.2-03, A-15: without one, and with a relay in front, the secret To-Path is all there is', () => {
    expect(misfit(shown(null), session(URIS.tls))).toBeNull();
    const path = ['msrps://relay.example:2855/r;tcp', 'msrps://peer.example:7000/a;tcp'];
    expect(misfit(shown(other), session(URIS.tls, expected(own), path))).toBeNull();
  });
});

const via = (...path: string[]): NegotiatedSession => session(URIS.tcp, null, path);

const from = (remote: string, kind = 'tcp'): Parameters<typeof misfit>[0] => ({ kind, remote });

describe('msrp.bindSource sdp: the address of the peer is that of its path', () => {
  const PEER = 'msrp://192.0.2.7:7654/p;tcp';

  test.each([
    ['192.0.2.7:40000', [PEER], null],
    ['::ffff:192.0.2.7:40000', [PEER], null],
    ['192.0.2.8:7654', [PEER], 'source'],
    ['2001:db8::7:40000', ['msrp://[2001:DB8:0::7]:7654/p;tcp'], null],
    ['2001:db8::8:40000', ['msrp://[2001:db8::7]:7654/p;tcp'], 'source'],
    ['192.0.2.7:40000', ['msrp://peer.example:7654/p;tcp'], 'source'],
    ['192.0.2.1:2855', ['msrp://192.0.2.1:2855/r;tcp', PEER], null],
    ['192.0.2.7:2855', ['msrp://192.0.2.1:2855/r;tcp', PEER], 'source'],
  ])('from %s with path %j: %s', (remote, path, expected) => {
    expect(misfit(from(remote), via(...path), 'sdp')).toBe(expected);
    expect(misfit(from(remote), via(...path))).toBeNull();
  });

  test('what we opened ourselves, and a WebSocket, which may come through a proxy', () => {
    expect(misfit(from('192.0.2.8:1'), { ...via(PEER), connector: 'us' }, 'sdp')).toBeNull();
    expect(misfit(from('192.0.2.8:1', 'ws'), session(URIS.ws, null, [PEER]), 'sdp')).toBeNull();
  });
});
