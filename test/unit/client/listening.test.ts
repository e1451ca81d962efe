import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { NodeTransport } from '../../../lib/client/node/transport.js';
import { ChatParticipant } from '../../../lib/client/participant.js';
import { ChatMedia } from '../../../lib/client/session-description.js';
import { FakeMsrpPeer } from '../../support/fake-msrp-peer.js';
import { FakeSignalling, roomAnswer } from '../../support/fake-signalling.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ALICE, flushed, ROOM } from '../../support/participant-stage.js';
import { TEST_CERTIFICATE, TEST_KEY, TEST_SHA256 } from '../../support/test-certificate.js';

const PEER = 'msrp://127.0.0.1:9/fakeRoomSession1;tcp';

let clock: ManualClock;
let signalling: FakeSignalling;
let alice: ChatParticipant;

const activeAnswer = (path = PEER): string => roomAnswer(path).replace('setup:passive', 'setup:active');
const ownPath = (): string => /^a=path:(\S+)\r$/m.exec(signalling.offer)?.[1] ?? '';
const portOf = (path: string): number => Number(/:(\d+)\//.exec(path)?.[1]);
const bind = (path = ownPath()): string =>
  `MSRP bind1 SEND\r\nTo-Path: ${path}\r\nFrom-Path: ${PEER}\r\nMessage-ID: bind1\r\nByte-Range: 1-0/0\r\n-------bind1$\r\n`;

function participant(answer: () => string, secure = false): ChatParticipant {
  signalling = new FakeSignalling(answer);
  alice = new ChatParticipant({
    uri: ALICE,
    signalling,
    transport: new NodeTransport({ clock }),
    clock,
    secure,
    listen: {},
  });
  return alice;
}

beforeEach(() => {
  clock = new ManualClock();
});

afterEach(async () => {
  await alice.leave();
  expect(clock.pending).toBe(0);
});

/** The offer was made, the answer read. */
async function answered(): Promise<void> {
  while (!signalling.said.includes('invite')) await flushed();
  await flushed();
}

const tlsAnswer = (fingerprint: string): string =>
  activeAnswer(PEER.replace('msrp:', 'msrps:'))
    .replace('TCP/MSRP', 'TCP/TLS/MSRP')
    .concat(`a=fingerprint:SHA-256 ${fingerprint}\r\n`);

function connectOverTls(certificate: { cert?: string; key?: string }): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: portOf(ownPath()),
      rejectUnauthorized: false,
      ...certificate,
    });
    socket.once('secureConnect', () => resolve(socket)).once('error', reject);
  });
}

const media = (port?: number): ChatMedia =>
  new ChatMedia({ host: '127.0.0.1', secure: false, maxSize: 1000, ...(port === undefined ? {} : { port }) });

describe('a participant that can be reached', () => {
  test('6135-4.2-02, -05 offers actpass with its real port; the room connects and binds (4975-5.4-05)', async () => {
    const join = participant(() => activeAnswer()).join(ROOM);
    await answered();
    expect(signalling.offer).toMatch(/^a=setup:actpass\r$/m);
    expect(signalling.offer).toMatch(new RegExp(`^m=message ${portOf(ownPath())} TCP/MSRP \\*\\r$`, 'm'));
    const peer = await FakeMsrpPeer.connect(ownPath(), PEER);
    // 4975-5.4-04: nothing is said to a connection that has not named the session
    await flushed();
    expect(peer.untaken).toEqual([]);
    const tid = peer.send(undefined, { range: '1-0/0' });
    await join;
    expect(await peer.frame()).toMatchObject({ what: '200', tid });
    expect((await alice.send('hello')).status).toBe(200);
    expect((await peer.frame()).headers.get('to-path')).toBe(PEER);
    await peer.close();
  });

  test('4975-5.4-01 connects itself when the room is passive, and lets nobody else in', async () => {
    const room = await FakeMsrpPeer.listen();
    await participant(() => roomAnswer(room.path)).join(ROOM);
    expect(await room.frame()).toMatchObject({ what: 'SEND', body: undefined });
    await expect(FakeMsrpPeer.connect(ownPath(), PEER)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await room.close();
  });

  test('4975-7.3-01 a request for another session is 481 and binds nothing', async () => {
    const join = participant(() => activeAnswer()).join(ROOM);
    await answered();
    const stranger = await FakeMsrpPeer.connect(ownPath().replace(/\/\w+;/, '/guess;'), PEER);
    stranger.send(undefined, { range: '1-0/0' });
    expect((await stranger.frame()).what).toBe('481');
    const peer = await FakeMsrpPeer.connect(ownPath(), PEER);
    peer.send(undefined, { range: '1-0/0' });
    await join;
    // 4975-5.4-06: "leave the existing binding alone"
    stranger.peer = ownPath();
    stranger.send(undefined, { range: '1-0/0' });
    expect((await stranger.frame()).what).toBe('506');
    expect((await alice.send('x')).status).toBe(200);
    await Promise.all([stranger.close(), peer.close()]);
  });

  test('P-CON-01 waits 30 s for the room', async () => {
    const join = participant(() => activeAnswer()).join(ROOM);
    const outcome = expect(join).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_TIMEOUT' });
    await answered();
    clock.advance(30_000);
    await outcome;
  });

  test('4976-6.1-01 a connection that says nothing is closed after 30 s', async () => {
    const join = participant(() => activeAnswer()).join(ROOM);
    await answered();
    const silent = await FakeMsrpPeer.connect(ownPath(), PEER);
    while (clock.pending < 2) await flushed();
    clock.advance(29_999);
    const peer = await FakeMsrpPeer.connect(ownPath(), PEER);
    peer.send(undefined, { range: '1-0/0' });
    await join;
    clock.advance(1);
    await silent.disconnected();
    await peer.close();
  });
});

describe('over TLS', () => {
  test('8122-5-02, 8122-6.2-01 the offer names the certificate that is shown; the room shows its own', async () => {
    const join = participant(() => tlsAnswer(TEST_SHA256), true).join(ROOM);
    await answered();
    const socket = await connectOverTls({ cert: TEST_CERTIFICATE, key: TEST_KEY });
    const { fingerprint256 } = new X509Certificate(socket.getPeerCertificate().raw);
    expect(signalling.offer).toContain(`a=fingerprint:SHA-256 ${fingerprint256}\r\n`);
    socket.write(bind());
    await join;
    socket.destroy();
  });

  test.each([
    ['no certificate', {}],
    ['another certificate', { cert: TEST_CERTIFICATE, key: TEST_KEY }],
  ])('4975-14.4-01 who shows %s is cut off', async (_name, certificate) => {
    const join = participant(() => tlsAnswer(TEST_SHA256.replace('43', '44')), true).join(ROOM);
    const outcome = expect(join).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
    await answered();
    const socket = await connectOverTls(certificate);
    await new Promise((resolve) => {
      socket
        .once('close', resolve)
        .on('error', () => {})
        .resume();
    });
    await alice.leave();
    await outcome;
  });

  test('a handshake that fails harms nobody', async () => {
    const join = participant(() => tlsAnswer(TEST_SHA256), true).join(ROOM);
    await answered();
    const plain = connectTcp(portOf(ownPath()), '127.0.0.1');
    plain.on('error', () => {}).end(bind());
    await new Promise((resolve) => {
      plain.once('close', resolve).resume();
    });
    const socket = await connectOverTls({ cert: TEST_CERTIFICATE, key: TEST_KEY });
    socket.write(bind());
    await join;
    socket.destroy();
  });
});

describe('4975-14.4-02, 7701-11-05 the certificate', () => {
  const certificate = { cert: TEST_CERTIFICATE, key: TEST_KEY };

  beforeEach(() => {
    alice = participant(() => '');
  });

  test('of a named participant is the one given', async () => {
    const [first] = await new NodeTransport({ certificate }).fingerprints();
    expect(first.value).toBe(TEST_SHA256);
  });

  test('of an anonymous one is another, for this participant alone', async () => {
    const [first, second] = [0, 1].map(() => new NodeTransport({ certificate, anonymous: true }));
    const [{ value }] = await first.fingerprints();
    expect(value).not.toBe(TEST_SHA256);
    expect((await second.fingerprints())[0].value).not.toBe(value);
    expect((await first.fingerprints())[0]).toEqual({ hash: 'sha-256', value });
  });
});

describe('answering an offer', () => {
  beforeEach(() => {
    alice = participant(() => '');
  });

  test('6135-4.2-04 an active peer is waited for where we can be reached', () => {
    const answer = media(4000).answer(activeAnswer());
    expect(answer?.sdp).toContain('a=setup:passive\r\n');
    expect(answer?.sdp).toContain('m=message 4000 ');
    expect(answer?.room.target).toBeNull();
  });

  test('an active peer is refused where we cannot', () => {
    expect(media().answer(activeAnswer())).toBeUndefined();
  });

  test('a passive one is connected to', () => {
    const answer = media().answer(roomAnswer('msrp://192.0.2.1:2855/s1;tcp'));
    expect(answer?.sdp).toContain('a=setup:active\r\n');
    expect(answer?.room.target).toEqual({ host: '192.0.2.1', port: 2855, tls: false });
  });
});
