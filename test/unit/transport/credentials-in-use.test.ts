/** What the credentials come to in handshakes: whom we believe, what we show, and what is never spoken. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  connect,
  type ConnectionOptions,
  createServer,
  DEFAULT_MAX_VERSION,
  type Server,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls';
import { TlsCredentials, type TlsCredentialsOptions } from '../../../lib/transport/tls-credentials.js';
import { fileWith, removeFiles, type TestCertificate, testCertificate } from '../../support/certificates.js';
import { LogLines } from '../../support/log-lines.js';
import { ManualClock } from '../../support/manual-clock.js';

let log: LogLines;
let server: Server;
let credentials: TlsCredentials;
const sockets: TLSSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  credentials.close();
  server.close();
  await removeFiles();
});

async function open(options: Partial<TlsCredentialsOptions> = {}): Promise<TlsCredentials> {
  log = new LogLines();
  const clock = new ManualClock(Date.now());
  credentials = await TlsCredentials.open({ clock, log: log.logger, hosts: ['127.0.0.1'], ...options });
  return credentials;
}

async function serve(options: TlsOptions): Promise<void> {
  server = createServer(options, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

const filesOf = async ({ cert, key }: TestCertificate) => ({ cert: await fileWith(cert), key: await fileWith(key) });

/** Rejects when the handshake fails. */
async function shakeHands(options: ConnectionOptions): Promise<TLSSocket> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, servername: 'peer.example.com', ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  return socket;
}

/** Of TLS 1.2, with who speaks these alone. */
const suiteOf = async (ciphers: string): Promise<string> =>
  (await shakeHands({ maxVersion: 'TLSv1.2', ciphers, rejectUnauthorized: false })).getCipher().name;

/** The certificate that a client shows with `credentials.client`. */
async function shown(): Promise<Buffer> {
  const taken = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  await shakeHands({ secureContext: credentials.client });
  return (await taken)[0].getPeerCertificate().raw;
}

describe('as a client', () => {
  let authority: TestCertificate;
  let peer: TestCertificate;
  beforeAll(async () => {
    authority = await testCertificate('authority');
    peer = await testCertificate('peer.example.com', { ca: authority });
  });

  test('a certificate of the CA in `ca` is believed, also after our own was replaced; without, it is not', async () => {
    await serve({ cert: peer.cert, key: peer.key });
    await open({ ca: await fileWith(authority.cert) });
    expect((await shakeHands({ secureContext: credentials.client })).authorized).toBe(true);
    credentials.replace(await testCertificate('renewed'));
    expect((await shakeHands({ secureContext: credentials.client })).authorized).toBe(true);
    credentials.close();
    await open();
    await expect(shakeHands({ secureContext: credentials.client })).rejects.toThrow(/certificate/);
  });

  test('8122-6.2-01: what is shown is the certificate of now, as the SDP says it', async () => {
    const [old, renewed] = [await testCertificate('old'), await testCertificate('renewed')];
    await serve({ cert: peer.cert, key: peer.key, requestCert: true, rejectUnauthorized: false });
    await open({ certificate: old, ca: await fileWith(authority.cert) });
    expect((await shown()).equals(old.der)).toBe(true);
    credentials.replace(renewed);
    expect((await shown()).equals(renewed.der)).toBe(true);
    expect(`SHA-256 ${credentials.fingerprints[0].value}`).toBe(renewed.sha256);
  });
});

describe('as a server', () => {
  /** All that OpenSSL can do, for peers as old as that. */
  const OLD = 'DEFAULT@SECLEVEL=0';

  test('nothing older than TLS 1.2 is spoken, whatever suites are allowed', async () => {
    const { server: options } = await open({ ciphers: OLD });
    await serve(options);
    const ask = (maxVersion: ConnectionOptions['maxVersion']): Promise<TLSSocket> =>
      shakeHands({ minVersion: 'TLSv1', maxVersion, ciphers: OLD, rejectUnauthorized: false });
    expect((await ask('TLSv1.2')).getProtocol()).toBe('TLSv1.2');
    expect((await ask(DEFAULT_MAX_VERSION)).getProtocol()).toBe('TLSv1.3');
    await expect(ask('TLSv1.1')).rejects.toThrow();
  });

  test('4975-14.2-01: without a list of suites only those with AEAD and forward secrecy are spoken', async () => {
    await serve((await open()).server);
    expect(await suiteOf('ECDHE+AESGCM')).toMatch(/^ECDHE-.*-GCM-/);
    for (const weak of ['ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA256']) {
      await expect(suiteOf(weak)).rejects.toThrow();
    }
  });

  test('no session is resumed: each handshake shows the certificate of now', async () => {
    await serve((await open()).server);
    const options: ConnectionOptions = { maxVersion: 'TLSv1.2', rejectUnauthorized: false };
    const first = await shakeHands(options);
    const again = await shakeHands({ ...options, session: first.getSession() });
    expect(again.isSessionReused()).toBe(false);
  });
});

test('a certificate that is replaced is in the log by its fingerprint, and its key is not', async () => {
  const [old, renewed] = [await testCertificate('old'), await testCertificate('renewed')];
  await open({ files: await filesOf(old) });
  await serve(credentials.server);
  await credentials.reload(await filesOf(renewed));
  const fingerprint = renewed.sha256.replace('SHA-256 ', '');
  expect(log.lines).toEqual([{ level: 'info', fields: { fingerprint }, message: 'TLS certificate replaced' }]);
});
