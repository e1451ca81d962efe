import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Dialog } from '../../lib/embedded-drachtio/sip.js';
import { blinkCalls, bind, text, TLS_OFFER, TLS_PATH } from '../support/blink.js';
import { Caller, CHATROOM, cpim, newPath, offer } from '../support/caller.js';
import { fingerprint, type TestCertificate, testCertificate } from '../support/certificates.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

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

const VAULT = 'sip:vault@localhost';

/** Calls with TLS, `certificate` named in the SDP. */
async function call(room: string, certificate?: TestCertificate, path = newPath(9, 'msrps')): Promise<Caller> {
  const attributes = certificate ? [`a=fingerprint:${certificate.sha256}`] : [];
  return Caller.call(server, room, { path, body: offer({ path, attributes }) });
}

test('two with TLS and one without in one room', async () => {
  const room = server.newRoom();
  const [ana, ben] = [
    await server.join(room, 'ana', { secure: true }),
    await server.join(room, 'ben', { secure: true }),
  ];
  const cleo = await server.join(room, 'cleo');
  await ana.participant.send('good morning');
  for (const { events } of [ben, cleo]) expect((await events.next('message'))[0].text).toBe('good morning');
  await cleo.participant.send('in the clear');
  for (const { events } of [ana, ben]) expect((await events.next('message'))[0].text).toBe('in the clear');
});

test('the answer: TCP/TLS/MSRP, msrps, passive, SHA-256 of the certificate that is shown (8122-5-02)', async () => {
  const caller = await call(server.newRoom());
  const sdp = caller.response.body.toString();
  const port = /^m=message (\d+) TCP\/TLS\/MSRP \*\r$/m.exec(sdp)?.[1];
  expect(caller.roomPath).toMatch(new RegExp(`^msrps://127\\.0\\.0\\.1:${port}/[^;]+;tcp$`));
  expect(sdp).toMatch(/^a=setup:passive\r$/m);
  await caller.connect();
  const socket = caller.msrp.socket as TLSSocket;
  expect(sdp).toContain(`a=fingerprint:SHA-256 ${fingerprint(socket.getPeerCertificate().raw, 'sha256')}\r\n`);
});

describe('Blink, which verifies nothing and shows nothing (A-15)', () => {
  test('joins over TLS and is heard', async () => {
    const ana = await server.join('sip:r2@127.0.0.1', 'ana');
    const blink = await blinkCalls(server, 'sip:r2@127.0.0.1', 'ua0', { path: TLS_PATH, body: TLS_OFFER });
    blink.msrp = await FakeMsrpPeer.connect(blink.roomPath, TLS_PATH);
    blink.msrp.write(bind(blink.roomPath, TLS_PATH));
    await blink.msrp.frameOf('200');
    blink.msrp.write(text(blink.roomPath, 'sip:r2@127.0.0.1', 'hello', 'a786hjs2').replace(/msrp:.*9d\S+/, TLS_PATH));
    expect((await ana.events.next('message'))[0].text).toBe('hello');
  });
});

describe('8122-6.2-01: a fingerprint in the SDP', () => {
  test('the certificate it names is let in', async () => {
    const caller = await call(server.newRoom(), own);
    expect((await caller.connect(own)).what).toBe('200');
  });

  test.each([
    ['another certificate', () => ({ cert: other.cert, key: other.key })],
    ['no certificate', () => ({})],
  ])('%s: the connection closes, the session ends with BYE (4975-14.4-01)', async (_what, shown) => {
    const room = server.newRoom();
    const caller = await call(room, own);
    const msrp = await FakeMsrpPeer.connect(caller.roomPath, caller.path, shown());
    caller.msrp = msrp;
    msrp.send(undefined, { range: '1-0/0' });
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toBe('SIP;cause=480;text="bad-certificate"');
    await msrp.disconnected();
    expect(msrp.untaken).toEqual([]);
  });

  test('another one in a re-INVITE: the connection there was does not fit any more, a new one does', async () => {
    const caller = await call(server.newRoom(), own);
    await caller.connect(own);
    const attributes = [`a=fingerprint:${other.sha256}`];
    expect((await caller.reinvite(offer({ path: caller.path, attributes }))).status).toBe(200);
    const before = caller.msrp;
    expect((await caller.connect(other)).what).toBe('200');
    await before.close();
  });

  test('the same one in a re-INVITE: the session goes on where it is', async () => {
    const caller = await call(server.newRoom(), own);
    await caller.connect(own);
    const attributes = [`a=fingerprint:${own.sha256}`];
    expect((await caller.reinvite(offer({ path: caller.path, attributes }))).status).toBe(200);
    const elsewhere = await FakeMsrpPeer.connect(caller.roomPath, caller.path, own);
    elsewhere.send(undefined, { range: '1-0/0' });
    // 4975-5.4-06: it is bound to a live connection.
    expect((await elsewhere.frame()).what).toBe('506');
    await elsewhere.close();
  });

  test('with a relay in front the certificate is that of the relay, whose client is not known by the SDP', async () => {
    const path = `msrps://relay.example:2855/r;tcp ${newPath(9, 'msrps')}`;
    const caller = await call(server.newRoom(), own, path);
    const msrp = await FakeMsrpPeer.connect(caller.roomPath, path);
    caller.msrp = msrp;
    msrp.send(undefined, { range: '1-0/0' });
    await msrp.frameOf('200');
  });
});

const portOf = (path: string): number => Number(/:(\d+)\//.exec(path)?.[1]);

/** Sends the opener for `to` over another transport than its scheme says. */
async function openerTo(to: string, socket: ReturnType<typeof connectTcp>): Promise<string> {
  socket.write(bind(to, newPath()));
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')));
  });
  socket.destroy();
  return answer;
}

describe('a session is bound to what it was negotiated for', () => {
  test('TLS: not over TCP, and the session waits on', async () => {
    const caller = await call(server.newRoom());
    expect(await openerTo(caller.roomPath, connectTcp(server.msrp))).toMatch(/^MSRP \S+ 481 /);
    expect((await caller.connect()).what).toBe('200');
  });

  test('TCP: not over TLS', async () => {
    const [plain, secure] = [await Caller.call(server, server.newRoom()), await call(server.newRoom())];
    const socket = connectTls({ host: '127.0.0.1', port: portOf(secure.roomPath), rejectUnauthorized: false });
    expect(await openerTo(plain.roomPath, socket)).toMatch(/^MSRP \S+ 481 /);
    expect((await plain.connect()).what).toBe('200');
  });
});

describe('7701-11-06: a room that requires TLS', () => {
  test('refuses TCP/MSRP with 488 and says why', async () => {
    const sip = await Caller.agent(server);
    const response = await sip.exchange(
      sip.compose('INVITE', VAULT, { headers: [['Content-Type', 'application/sdp']], body: offer() }),
    );
    expect(response.status).toBe(488);
    expect(response.headers.get('Warning')).toContain('MSRP without TLS is not taken here');
  });

  test('takes TLS', async () => {
    const ana = await server.join(VAULT, 'ana', { secure: true });
    const ben = await server.join(VAULT, 'ben', { secure: true });
    await ana.participant.send('psst');
    expect((await ben.events.next('message'))[0].text).toBe('psst');
  });

  test('offers only TLS', async () => {
    const sip = await Caller.agent(server);
    const { response } = await sip.invite(sip.compose('INVITE', VAULT));
    expect(response.body.toString()).toMatch(/^m=message \d+ TCP\/TLS\/MSRP \*\r$/m);
  });
});

/** The offer of somebody who waits. */
const passiveOffer = (peer: FakeMsrpPeer, attributes: string[]): string =>
  offer({ path: peer.path, setup: 'passive', attributes });

/** Somebody who waits for us with `certificate`. */
async function passive(certificate: TestCertificate, attributes: string[], room = server.newRoom()): Promise<Caller> {
  const peer = await FakeMsrpPeer.listen({ ...certificate, requestCert: true, rejectUnauthorized: false });
  const caller = await Caller.call(server, room, { path: peer.path, body: passiveOffer(peer, attributes) });
  caller.msrp = peer;
  return caller;
}

describe('active towards a passive TLS peer', () => {
  test('4975-5.4-02, 8122-6.2-01: it connects, shows its own certificate and sends a SEND at once', async () => {
    const room = server.newRoom();
    const caller = await passive(own, [`a=fingerprint:${own.sha256}`], room);
    const sdp = caller.response.body.toString();
    expect(sdp).toMatch(/^m=message 9 TCP\/TLS\/MSRP \*\r$/m);
    // Before the greeting of a client that does not know rooms.
    expect((await caller.msrp.frame()).body).toBeUndefined();
    const shown = (caller.msrp.socket as TLSSocket).getPeerCertificate().raw;
    expect(sdp).toContain(`a=fingerprint:SHA-256 ${fingerprint(shown, 'sha256')}\r\n`);
    const ana = await server.join(room, 'ana');
    await ana.participant.send('are you there?');
    let frame = await caller.msrp.frameOf('SEND');
    while (!frame.body?.includes('are you there?')) frame = await caller.msrp.frameOf('SEND');
    caller.msrp.peer = caller.roomPath;
    caller.msrp.send(cpim('sip:caller@example.com', room, 'yes'));
    expect((await ana.events.next('message'))[0].text).toBe('yes');
  });

  test.each([
    ['another fingerprint', () => [`a=fingerprint:${other.sha256}`]],
    ['self-signed without a fingerprint (4975-5.4-12)', () => []],
  ])('%s: BYE, and nothing is sent', async (_what, attributes) => {
    const caller = await passive(own, attributes());
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toBe('SIP;cause=480;text="bad-certificate"');
    expect(caller.msrp.untaken).toEqual([]);
  });
});

test.each([
  ['trusted when it was he', () => own, '200'],
  ['not trusted when it was somebody else: the connection closes', () => other, null],
])('8122-6.2-02: what comes before the answer to our offer is %s', async (_what, certificate, status) => {
  const sip = await Caller.agent(server);
  const invite = sip.compose('INVITE', VAULT);
  const transaction = sip.send(invite);
  const response = await finalOf(transaction);
  const ours = /^a=path:(\S+)/m.exec(response.body.toString())?.[1] ?? '';
  const path = newPath(9, 'msrps');
  const early = await FakeMsrpPeer.connect(ours, path, certificate());
  server.onClose(() => early.close());
  early.send(undefined, { range: '1-0/0' });
  const dialog = Dialog.fromResponse(invite, response, transaction.flow!);
  await sip.acknowledge(invite, dialog, offer({ path, attributes: [`a=fingerprint:${own.sha256}`] }));
  if (status !== null) return expect((await early.frame()).what).toBe(status);
  await early.disconnected();
  expect(early.untaken).toEqual([]);
});

test('4975-5.4-03: a second session towards the same host, port and scheme uses the connection of the first', async () => {
  const peer = await FakeMsrpPeer.listen({ ...own, requestCert: true, rejectUnauthorized: false });
  server.onClose(() => peer.close());
  const paths = [peer.path, peer.path.replace('Session1', 'Session2')];
  const bound: string[] = [];
  for (const path of paths) {
    const body = offer({ path, setup: 'passive', attributes: [CHATROOM, `a=fingerprint:${own.sha256}`] });
    await Caller.call(server, server.newRoom(), { path, body });
    bound.push((await peer.frameOf('SEND')).headers.get('to-path') ?? '');
  }
  expect(bound).toEqual(paths);
  expect(peer.connections).toBe(1);
});

test('4975-5.4-07: two sessions over one TLS connection, each bound by its own request', async () => {
  const [first, second] = [await call(server.newRoom(), own), await call(server.newRoom(), own)];
  await first.connect(own);
  first.msrp.write(bind(second.roomPath, second.path));
  expect((await first.msrp.frameOf('200')).headers.get('from-path')).toBe(second.roomPath);
});
