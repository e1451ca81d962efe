import { rm, writeFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TlsCredentials } from '../../../lib/transport/tls-credentials.js';
import { type Logger, silent } from '../../../lib/util/log.js';
import { fileWith, removeFiles, type TestCertificate, testCertificate } from '../../support/certificates.js';
import { ManualClock } from '../../support/manual-clock.js';

let clock: ManualClock;
let files: { cert: string; key: string };
let old: TestCertificate;
let renewed: TestCertificate;
let credentials: TlsCredentials;
let complaints: string[];
let complained: () => void;

beforeAll(async () => {
  [old, renewed] = [await testCertificate('old'), await testCertificate('renewed')];
});

beforeEach(async () => {
  clock = new ManualClock(Date.now());
  files = { cert: await fileWith(old.cert, 'cert.pem'), key: await fileWith(old.key, 'key.pem') };
  complaints = [];
  complained = () => undefined;
  const log: Logger = {
    ...silent,
    error: (fields) => {
      complaints.push((fields as { error: string }).error);
      complained();
    },
  };
  credentials = await TlsCredentials.open({ clock, log, hosts: [], files });
});

afterEach(async () => {
  credentials.close();
  await removeFiles();
});

const shown = (): string => `SHA-256 ${credentials.fingerprints[0]?.value}`;
const changed = (): Promise<void> => new Promise((resolve) => credentials.onChange(resolve));

async function write(certificate: Pick<TestCertificate, 'cert' | 'key'>): Promise<void> {
  await writeFile(files.cert, certificate.cert);
  await writeFile(files.key, certificate.key);
}

test('files that changed are read again by themselves', async () => {
  const replaced = changed();
  await write(renewed);
  await clock.passUntil(replaced, 1000);
  expect(shown()).toBe(renewed.sha256);
  expect(credentials.server).toMatchObject({ cert: renewed.cert, key: renewed.key });
});

test('they are read once they have stayed the same for a minute: who renews writes two files', async () => {
  await write(renewed);
  clock.advance(60_000);
  // It has looked at them when it waits for the next time.
  while (clock.pending === 0) await nextTurn();
  expect(shown()).toBe(old.sha256);
  const replaced = changed();
  clock.advance(60_000);
  await replaced;
  expect(shown()).toBe(renewed.sha256);
});

test('half a renewal is said once and changes nothing; the other half puts it right', async () => {
  await writeFile(files.cert, renewed.cert);
  const told = new Promise<void>((resolve) => {
    complained = resolve;
  });
  await clock.passUntil(told, 1000);
  expect(shown()).toBe(old.sha256);
  const replaced = changed();
  await writeFile(files.key, renewed.key);
  await clock.passUntil(replaced, 1000);
  expect(shown()).toBe(renewed.sha256);
  expect(complaints).toEqual([expect.stringContaining('is not the key of the certificate')]);
});

test('reload() rejects what cannot be used, and the certificate there was stays', async () => {
  await write({ cert: 'x', key: 'y' });
  await expect(credentials.reload()).rejects.toMatchObject({ code: 'CHAT_ERR_TLS_CERTIFICATE' });
  await rm(files.cert);
  await expect(credentials.reload()).rejects.toMatchObject({ code: 'CHAT_ERR_TLS_CERTIFICATE' });
  expect(shown()).toBe(old.sha256);
});

test('reload() of unchanged files changes nothing; of a self-signed certificate too', async () => {
  const before = credentials.client;
  await credentials.reload();
  expect(credentials.client).toBe(before);
  const selfSigned = await TlsCredentials.open({ clock, log: silent, hosts: ['localhost'] });
  const { fingerprints } = selfSigned;
  await selfSigned.reload();
  expect(selfSigned.fingerprints).toEqual(fingerprints);
});

test.each([
  [{ ca: '/nowhere/ca.pem' }, /CA list \/nowhere\/ca\.pem/],
  [{ ciphers: 'NONE-SUCH' }, /ciphers cannot be used/],
])('%j is refused at start', async (options, message) => {
  await expect(TlsCredentials.open({ clock, log: silent, hosts: ['x'], ...options })).rejects.toMatchObject({
    code: 'CHAT_ERR_TLS_CERTIFICATE',
    message: expect.stringMatching(message),
  });
});

test('close() leaves no timer', () => {
  credentials.close();
  expect(clock.pending).toBe(0);
});

test('reload() of other files takes these, and looks at these from then on; of none makes one', async () => {
  const [old, other] = [await testCertificate('old'), await testCertificate('other')];
  const before = { cert: await fileWith(old.cert), key: await fileWith(old.key) };
  const after = { cert: await fileWith(other.cert), key: await fileWith(other.key) };
  const clock = new ManualClock(Date.now());
  const credentials = await TlsCredentials.open({ clock, log: silent, hosts: ['127.0.0.1'], files: before });
  await expect(credentials.reload({ cert: '/nowhere', key: '/nowhere' })).rejects.toMatchObject({
    code: 'CHAT_ERR_TLS_CERTIFICATE',
  });
  expect(credentials.pem.cert).toBe(old.cert);
  await credentials.reload(after);
  expect(credentials.pem.cert).toBe(other.cert);
  await credentials.reload();
  expect(credentials.pem.cert).toBe(other.cert);
  expect(clock.pending).toBe(1);
  await credentials.reload(null);
  expect(credentials.pem.cert).not.toBe(other.cert);
  expect(clock.pending).toBe(0);
  credentials.close();
});
