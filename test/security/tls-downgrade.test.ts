import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { Bystanders } from '../support/bystanders.js';
import { Caller, newPath, offer } from '../support/caller.js';
import { type TestCertificate, testCertificate } from '../support/certificates.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

const VAULT = 'sip:vault@localhost';

let server: ServerUnderTest;
let own: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  server = await ServerUnderTest.start({
    msrp: { tls: { listen: '127.0.0.1:0' } },
    rooms: { static: { vault: { tls: 'required' } } },
  });
  [own, other] = [await testCertificate('alice'), await testCertificate('mallory')];
});
afterEach(() => server.clear());
afterAll(() => server?.close());

const portOf = (path: string): number => Number(/:(\d+)\//.exec(path)?.[1]);

/** Calls the room with TLS, with a fingerprint in its SDP. */
function call(room: string): Promise<Caller> {
  const path = newPath(9, 'msrps');
  return Caller.call(server, room, { path, body: offer({ path, attributes: [`a=fingerprint:${own.sha256}`] }) });
}

test.each<[SecureVersion, string]>([
  ['TLSv1', 'AES128-SHA'],
  ['TLSv1.1', 'AES128-SHA'],
  ['TLSv1.2', 'NULL-SHA256'],
  ['TLSv1.2', 'ADH-AES128-SHA256'],
])('TLS downgrade to %s, or to %s: no handshake', async (version, ciphers) => {
  const bystanders = await Bystanders.in(server, VAULT, { secure: true });
  const caller = await call(VAULT);
  const socket = connectTls({
    host: '127.0.0.1',
    port: portOf(caller.roomPath),
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
    ciphers: `${ciphers}:@SECLEVEL=0`,
  });
  await expect(once(socket, 'secureConnect')).rejects.toThrow();
  await bystanders.undisturbed();
});

test('TLS downgrade: plain text on the port for TLS is heard by nobody and answered with no MSRP', async () => {
  const bystanders = await Bystanders.in(server, VAULT, { secure: true });
  const caller = await call(VAULT);
  const socket = connectTcp({ host: '127.0.0.1', port: portOf(caller.roomPath) });
  let heard = '';
  socket.on('data', (bytes) => (heard += bytes.toString('latin1'))).on('error', () => {});
  const closed = once(socket, 'close');
  const path = `To-Path: ${caller.roomPath}\r\nFrom-Path: ${caller.path}`;
  socket.write(`MSRP plain1 SEND\r\n${path}\r\nMessage-ID: plain1\r\nByte-Range: 1-0/0\r\n-------plain1$\r\n`);
  await closed;
  expect(heard).not.toContain('MSRP');
  expect((await caller.connect(own)).what).toBe('200');
  await bystanders.undisturbed();
});

test('TLS downgrade: a session that was agreed on for TLS is not bound over TCP', async () => {
  const caller = await call(server.newRoom());
  const plain = FakeMsrpPeer.over(connectTcp(server.msrp), caller.path);
  server.onClose(() => plain.close());
  plain.peer = caller.roomPath;
  plain.send(undefined, { range: '1-0/0' });
  expect((await plain.frame()).what).toBe('481');
  expect((await caller.connect(own)).what).toBe('200');
});

describe('TLS downgrade in SDP, 7701-11-06', () => {
  test.each([
    ['a TCP/MSRP line', offer({})],
    [
      'a TCP/TLS/MSRP line that a proxy made TCP/MSRP, its path still msrps',
      offer({ path: newPath(9, 'msrps'), proto: 'TCP/MSRP' }),
    ],
  ])('%s is 488 where TLS is required', async (_what, body) => {
    const sip = await Caller.agent(server);
    const invite = sip.compose('INVITE', VAULT, { headers: [['Content-Type', 'application/sdp']], body });
    expect((await sip.exchange(invite)).status).toBe(488);
  });

  test('nor does a re-INVITE lead there, and the session stays as it was', async () => {
    const bystanders = await Bystanders.in(server, VAULT, { secure: true });
    const caller = await call(VAULT);
    await caller.connect(own);
    expect((await caller.reinvite(offer({}))).status).toBe(488);
    expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
    await bystanders.undisturbed();
  });

  test('8122-6.2-01: a fingerprint that is stripped from a re-INVITE still holds, so nobody else takes the session', async () => {
    const caller = await call(server.newRoom());
    await caller.connect(own);
    const path = newPath(9, 'msrps');
    const response = await caller.reinvite(offer({ path }));
    expect(response.status).toBe(200);
    const roomPath = /^a=path:(\S+)/m.exec(response.body.toString())?.[1] ?? '';
    const thief = await FakeMsrpPeer.connect(roomPath, path, other);
    server.onClose(() => thief.close());
    thief.send(undefined, { range: '1-0/0' });
    await thief.disconnected();
    expect(thief.untaken).toEqual([]);
  });

  test('with the certificate it named before, who left it out goes on', async () => {
    const caller = await call(server.newRoom());
    await caller.connect(own);
    expect((await caller.reinvite(offer({ path: caller.path }))).status).toBe(200);
    expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
  });
});

test('TLS downgrade: who called a sips URI gets a sips Contact, not a sip one', async () => {
  const caller = await Caller.call(server, server.newRoom().replace('sip:', 'sips:'));
  expect(caller.response.headers.get('Contact')).toMatch(/^<sips:/);
});
