import { createSecureContext } from 'node:tls';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../../lib/embedded-drachtio/index.js';
import { ControlApp } from '../../../support/control-app.js';
import { type TestCertificate, testCertificate } from '../../../support/certificates.js';
import { finalOf, listenerUri, SipPeer } from '../../../support/sip-peer.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

let own: TestCertificate;
let endpoint: EmbeddedDrachtio;
let app: ControlApp;
let peer: SipPeer;

/** Listens with `own`, and believes what `believed` signed. */
const tls = (believed: TestCertificate) => ({
  listen: LOOPBACK,
  credentials: {
    server: { cert: own.cert, key: own.key },
    client: createSecureContext({ ca: believed.cert }),
    onChange: () => {},
  },
});

beforeAll(async () => {
  own = await testCertificate();
});
beforeEach(async () => {
  endpoint = await startEmbeddedDrachtio({ udp: LOOPBACK, tcp: LOOPBACK, tls: tls(own) });
  app = await ControlApp.start(endpoint.control, endpoint.secret, ['options']);
  peer = await SipPeer.start('tls', { tls: tls(own) });
});
afterEach(async () => {
  app.close();
  await peer.close();
  await endpoint.close();
});

/** An INVITE of the application without a Contact of its own, by way of `proxy`. */
const invite = (proxy = '') =>
  app.ask(['sip', '', '', proxy], ['INVITE sip:bob@example.com SIP/2.0', 'From: <sip:lobby@localhost>']);

test('the application hears of the listener as drachtio-server tells it, and of what comes over it', async () => {
  const { addresses } = endpoint;
  const { tokens } = await app.ask(['authenticate', endpoint.secret, '']);
  const { udp, tls: secure } = addresses;
  expect(tokens[4]).toBe(`tls/127.0.0.1:${secure?.port},tcp/127.0.0.1:${udp?.port},udp/127.0.0.1:${udp?.port}`);
  const final = finalOf(peer.send(peer.compose('OPTIONS', listenerUri('room', secure ?? LOOPBACK, 'tls'))));
  const push = await app.next();
  // SRC, BYTES, PROTO, ADDR, PORT; at the end where it came in.
  expect([push.tokens[4], ...push.tokens.slice(10, 12)]).toEqual(['tls', '127.0.0.1', `${secure?.port}`]);
  expect(push.text).toContain('Via: SIP/2.0/TLS 127.0.0.1:');
  await app.ask(['sip', push.tokens[8], ''], ['SIP/2.0 200 OK', 'Contact: <sip:room@localhost;transport=tls>']);
  const contact = `<sip:room@127.0.0.1:${secure?.port};transport=tls>`;
  expect((await final).headers.get('Contact')).toBe(contact);
});

test.each(['sips:', 'sip:'])(
  'by way of a proxy with TLS (%s) the request says where we listen for it',
  async (scheme) => {
    const { port } = peer.transport.addresses.tls ?? LOOPBACK;
    const echoed = invite(`${scheme}127.0.0.1:${port}${scheme === 'sip:' ? ';transport=tls' : ''}`);
    const { request, flow } = await peer.next();
    const own = `127.0.0.1:${endpoint.addresses.tls?.port}`;
    expect([flow.transport, request.uri]).toEqual(['tls', 'sip:bob@example.com']);
    expect(request.headers.get('Via')).toMatch(new RegExp(`^SIP/2\\.0/TLS ${own};branch=z9hG4bK`));
    expect(request.headers.get('Contact')).toBe(`<sip:${own};transport=tls>`);
    expect(request.headers.get('From')).toContain(`<sip:lobby@${own}>`);
    expect((await echoed).tokens[6]).toBe('tls');
  },
);

test('a certificate nobody vouches for is a transport error: 503 (RFC 3261 §8.1.3.1), and nothing is sent', async () => {
  const stranger = await testCertificate();
  const { cert, key } = stranger;
  const other = await SipPeer.start('tls', {
    tls: { ...tls(own), credentials: { ...tls(own).credentials, server: { cert, key } } },
  });
  await invite(other.uri.replace('alice@', ''));
  expect((await app.next()).text).toMatch(/^SIP\/2\.0 503 /);
  expect(other.unread).toBe(0);
  await other.close();
});

test('what is never sent: to ourselves, and over TLS without it', async () => {
  const myself = `sips:127.0.0.1:${endpoint.addresses.tls?.port}`;
  expect((await invite(myself)).tokens.slice(3)).toEqual(['NOK', 'can not send request to myself']);
  const plain = await startEmbeddedDrachtio({ udp: LOOPBACK });
  const other = await ControlApp.start(plain.control, plain.secret, []);
  const { tokens } = await other.ask(['sip', '', ''], ['INVITE sips:bob@192.0.2.1 SIP/2.0']);
  expect(tokens.slice(3)).toEqual(['NOK', 'requested protocol/transport not available']);
  other.close();
  await plain.close();
});
