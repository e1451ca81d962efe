import { createServer, type AddressInfo, type LookupFunction, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, rootCertificates, type TlsOptions } from 'node:tls';
import type { ExpectedFingerprint } from '../../../lib/sdp/index.js';
import type { Driver } from '../../../lib/transport/driver.js';
import { MsrpServer, type MsrpServerOptions } from '../../../lib/transport/msrp-server.js';
import type { ConnectFailure, ConnectTarget } from '../../../lib/transport/transport.js';
import { silent } from '../../../lib/util/log.js';
import { fingerprint, type TestCertificate, testCertificate } from '../../support/certificates.js';
import { ManualClock } from '../../support/manual-clock.js';

let clock: ManualClock;
let msrp: MsrpServer;
let listener: Server;
let accepted: Socket[];
let ca: TestCertificate;
/** Signed by `ca`, for msrp.example and 127.0.0.1. */
let signed: TestCertificate;

beforeAll(async () => {
  ca = await testCertificate('Test CA');
  signed = await testCertificate('msrp.example', { ca });
});

async function start(tls?: TlsOptions, options: Partial<MsrpServerOptions> = {}): Promise<void> {
  clock = new ManualClock(Date.now());
  accepted = [];
  listener = tls ? createTlsServer(tls) : createServer();
  listener.on('connection', (socket: Socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  });
  listener.on('secureConnection', (socket: Socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  msrp = new MsrpServer({ clock, log: silent, lookup, ...options });
}

afterEach(async () => {
  await msrp.close();
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
});

/** What the resolver says; names it does not know are unknown. */
const RECORDS: Record<string, string[]> = {
  'msrp.example': ['127.0.0.1'],
  'other.example': ['127.0.0.1'],
  // Nobody listens at the first two.
  'several.example': ['127.0.0.2', '::1', '127.0.0.1'],
};

const lookup: LookupFunction = (name, options, callback) => {
  const records = (RECORDS[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  if (records.length === 0) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), '', 0);
  else if (options.all) callback(null, records);
  else callback(null, records[0]?.address ?? '', records[0]?.family);
};

function target(host: string, tls: boolean, expected: ExpectedFingerprint | null = null): ConnectTarget {
  return { host, port: (listener.address() as AddressInfo).port, tls, name: host, fingerprint: expected };
}

const connect = (to: ConnectTarget): Promise<Driver | ConnectFailure> =>
  new Promise((resolve) => msrp.connect(to, resolve, resolve));

async function connected(to: ConnectTarget): Promise<Driver> {
  const driver = await connect(to);
  if (typeof driver === 'string') throw new Error(driver);
  return driver;
}

/** Resolves when so many connections have come in. */
async function arrived(count: number): Promise<Socket> {
  while (accepted.length < count) await new Promise(setImmediate);
  return accepted[count - 1];
}

const sha256 = ({ der }: TestCertificate): ExpectedFingerprint => ({
  hash: 'sha-256',
  values: [fingerprint(der, 'sha256')],
});

/** Trusts `ca` beside the CAs of Node, as with the option `msrp.tls.ca`. */
const trusting = { clientContext: () => createSecureContext({ ca: [...rootCertificates, ca.cert] }) };

describe('4975-6.2-01, 4975-6.2-02: names', () => {
  test('a name is resolved, and the addresses are tried until one answers', async () => {
    await start();
    const driver = await connected(target('several.example', false));
    expect(driver.remote).toBe(`127.0.0.1:${target('', false).port}`);
    driver.append('hello');
    const socket = await arrived(1);
    const received = new Promise((resolve) => socket.once('data', resolve));
    expect(String(await received)).toBe('hello');
  });

  test('over TLS too', async () => {
    await start(signed);
    const driver = await connected(target('several.example', true, sha256(signed)));
    expect(driver.stream.kind).toBe('tls');
  });

  test('an unknown name, and one at which nobody listens', async () => {
    await start();
    expect(await connect(target('nowhere.example', false))).toBe('connect-failed');
    expect(await connect({ ...target('several.example', false), port: 1 })).toBe('connect-failed');
  });
});

describe('4975-5.4-12, 4975-14.4-01: whom we talk to over TLS', () => {
  test('by fingerprint: whatever name it has and whoever signed it', async () => {
    await start(signed);
    await connected(target('127.0.0.1', true, sha256(signed)));
  });

  test('8122-5.1-01: one value of several is enough, in any hash', async () => {
    await start(signed);
    const expected = { hash: 'sha-512', values: ['00:11', fingerprint(signed.der, 'sha512')] };
    await connected(target('127.0.0.1', true, expected));
  });

  test('by fingerprint: another one, even when a CA vouches for it', async () => {
    await start(signed, trusting);
    expect(await connect(target('msrp.example', true, sha256(ca)))).toBe('bad-certificate');
    expect(msrp.connections).toBe(0);
  });

  test.each(['msrp.example', '127.0.0.1'])('by name and a CA of ours: %s', async (host) => {
    await start(signed, trusting);
    await connected(target(host, true));
  });

  test('by name: with CEMA that of the URI, not of the anchor', async () => {
    await start(signed, trusting);
    await connected({ ...target('127.0.0.1', true), name: 'msrp.example' });
    expect(await connect({ ...target('msrp.example', true), name: 'other.example' })).toBe('bad-certificate');
  });

  test('another name', async () => {
    await start(signed, trusting);
    expect(await connect(target('other.example', true))).toBe('bad-certificate');
  });

  test('a CA nobody knows', async () => {
    await start(signed);
    expect(await connect(target('msrp.example', true))).toBe('bad-certificate');
  });

  test('expired', async () => {
    const past = { notBeforeDate: new Date(Date.now() - 2e9), notAfterDate: new Date(Date.now() - 1e9) };
    await start(await testCertificate('msrp.example', { ca, ...past }), trusting);
    expect(await connect(target('msrp.example', true))).toBe('bad-certificate');
  });
});

describe('what is no TLS', () => {
  test('a peer that never answers the handshake is given up', async () => {
    await start();
    const attempt = connect(target('127.0.0.1', true));
    await new Promise((resolve) => listener.once('connection', resolve));
    clock.advance(10_000);
    expect(await attempt).toBe('connect-failed');
    expect(clock.pending).toBe(0);
  });

  test('a peer that answers with something else', async () => {
    await start();
    listener.on('connection', (socket: Socket) => socket.write('MSRP abcd 400\r\n'));
    expect(await connect(target('127.0.0.1', true))).toBe('connect-failed');
  });
});

describe('4975-5.4-03: a connection is used again', () => {
  test.each([[false], [true]])('same host, port and scheme: tls %s', async (tls) => {
    await start(tls ? signed : undefined);
    const expected = tls ? sha256(signed) : null;
    const first = await connected(target('127.0.0.1', tls, expected));
    expect(await connect(target('127.0.0.1', tls, expected))).toBe(first);
    expect(accepted).toHaveLength(1);
  });

  test('not when another certificate is expected of the peer', async () => {
    await start(signed);
    await connected(target('127.0.0.1', true, sha256(signed)));
    expect(await connect(target('127.0.0.1', true, sha256(ca)))).toBe('bad-certificate');
    // Nor by name: nobody vouched for it.
    expect(await connect(target('127.0.0.1', true))).toBe('bad-certificate');
  });

  test('not under another name, and not when it is closed', async () => {
    await start();
    const first = await connected(target('msrp.example', false));
    expect(await connect(target('other.example', false))).not.toBe(first);
    first.connection.close('idle');
    expect(await connect(target('msrp.example', false))).not.toBe(first);
    await arrived(3);
  });

  test('closed between the decision and its use: another one is opened', async () => {
    await start();
    const first = await connected(target('127.0.0.1', false));
    const second = connect(target('127.0.0.1', false));
    first.connection.close('idle');
    expect(await second).not.toBe(first);
    await arrived(2);
  });
});

test('4975-14.5-01: so many attempts at one host at once, not more; others go on', async () => {
  await start();
  const calls = Array.from({ length: 70 }, () => connect(target('127.0.0.1', false)));
  const elsewhere = connect(target('msrp.example', false));
  const outcomes = await Promise.all(calls);
  expect(outcomes.filter((outcome) => outcome === 'connect-failed')).toHaveLength(6);
  expect(typeof (await elsewhere)).not.toBe('string');
  expect(typeof (await connect(target('127.0.0.1', false)))).not.toBe('string');
});
