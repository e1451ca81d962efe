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
