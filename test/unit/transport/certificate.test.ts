import { X509Certificate } from 'node:crypto';
import { loadCertificate, selfSigned } from '../../../lib/transport/certificate.js';
import { fileWith, fingerprint, removeFiles, testCertificate } from '../../support/certificates.js';
import { ManualClock } from '../../support/manual-clock.js';

const DAY = 86_400_000;
// Ahead of the certificates that the tests make.
const clock = new ManualClock(Date.now() + 60_000);

afterEach(removeFiles);

test('8122-5-02: self-signed, EC P-256, for every host, with its SHA-256', async () => {
  const { cert, fingerprints } = await selfSigned(['chat.example', '192.0.2.7', '2001:db8::7'], clock);
  const certificate = new X509Certificate(cert);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkHost('chat.example')).toBe('chat.example');
  expect(certificate.checkIP('192.0.2.7')).toBe('192.0.2.7');
  expect(certificate.checkIP('2001:db8::7')).toBe('2001:db8::7');
  expect(fingerprints).toEqual([{ hash: 'sha-256', value: certificate.fingerprint256 }]);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(clock.now());
});

test('a certificate and its key from files', async () => {
  const { cert, key, sha256 } = await testCertificate();
  const loaded = await loadCertificate({ cert: await fileWith(cert), key: await fileWith(key) }, clock);
  expect(`SHA-256 ${loaded.fingerprints[0].value}`).toBe(sha256);
});

test.each([
  [{ algorithm: 'sha384' }, 'sha-384'],
  [{ algorithm: 'sha512' }, 'sha-512'],
  [{ algorithm: 'sha1' }, 'sha-1'],
  [{ keyType: 'rsa', algorithm: 'sha384' }, 'sha-384'],
] as const)('8122-5-02: %j, so also a fingerprint in %s', async (options, hash) => {
  const { cert, key, der } = await testCertificate('localhost', options);
  const { fingerprints } = await loadCertificate({ cert: await fileWith(cert), key: await fileWith(key) }, clock);
  expect(fingerprints).toEqual([
    { hash: 'sha-256', value: fingerprint(der, 'sha256') },
    { hash, value: fingerprint(der, hash.replace('-', '')) },
  ]);
});

describe('CHAT_ERR_TLS_CERTIFICATE names file and cause in one line', () => {
  const good = testCertificate();
  const now = clock.now();

  test.each([
    ['unreadable', async () => ({ cert: '/nowhere/cert.pem', key: '' }), /certificate \/nowhere\/cert\.pem .*ENOENT/],
    [
      'no key',
      async () => ({ cert: await fileWith((await good).cert), key: '/nowhere/key.pem' }),
      /key \/nowhere\/key\.pem .*ENOENT/,
    ],
    ['not PEM', async () => ({ cert: await fileWith('x'), key: await fileWith('y') }), /file\.pem holds no PEM cert/],
    [
      'key not PEM',
      async () => ({ cert: await fileWith((await good).cert), key: await fileWith('y', 'key.pem') }),
      /key\.pem holds no PEM private key/,
    ],
    [
      'mismatch',
      async () => ({
        cert: await fileWith((await good).cert),
        key: await fileWith((await testCertificate()).key, 'key.pem'),
      }),
      /key\.pem is not the key of the certificate in .*file\.pem/,
    ],
    [
      'expired',
      async () => {
        const old = await testCertificate('old', {
          notBeforeDate: new Date(now - 9 * DAY),
          notAfterDate: new Date(now - DAY),
        });
        return { cert: await fileWith(old.cert), key: await fileWith(old.key) };
      },
      /file\.pem has expired/,
    ],
    [
      'of the future',
      async () => {
        const young = await testCertificate('young', { notBeforeDate: new Date(now + DAY) });
        return { cert: await fileWith(young.cert), key: await fileWith(young.key) };
      },
      /file\.pem is not valid before/,
    ],
  ])('%s', async (_what, files, message) => {
    const error: unknown = await loadCertificate(await files(), clock).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CHAT_ERR_TLS_CERTIFICATE', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('\n');
  });
});
