import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { NodeSignalling } from '../../../../lib/client/node/signalling.js';
import type { SignallingDelegate } from '../../../../lib/client/sip/signalling.js';
import { systemClock } from '../../../../lib/util/clock.js';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../support/test-certificate.js';

const ROOM = 'sip:lobby@chat.example.com';

const nobody: SignallingDelegate = {
  onSubscribing: () => {},
  onConferenceInfo: () => {},
  onSubscriptionEnd: () => {},
  onOffer: () => undefined,
  onAnswer: () => {},
  onEnd: () => {},
};

let signalling: NodeSignalling;
afterEach(() => signalling.close());

const server = createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY });
const credentials = { ca: TEST_CERTIFICATE, clock: systemClock };
let port: number;
let invited: Promise<string>;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => void server.close());

beforeEach(() => {
  invited = new Promise((resolve) => {
    server.removeAllListeners('secureConnection').once('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        const via = /^Via: .*?:(\d+);/m.exec(bytes.toString())?.[1];
        resolve(`${bytes.toString()}\r\nfrom ${socket.remotePort === Number(via) ? 'its Via' : 'elsewhere'}`);
        socket.destroy();
      });
    });
  });
});

const call = (room: string) => signalling.open({ room, from: 'sip:alice@example.com' }, nobody);

test.each([
  ['sip:lobby@chat.example.com', 'sip', { transport: 'tls' as const }],
  // RFC 3261 §8.1.1.8, and §19.1.2 for the transport.
  ['sips:lobby@chat.example.com', 'sips', {}],
])('%s: one connection both ways, with a Contact of its scheme', async (room, scheme, way) => {
  signalling = new NodeSignalling({ proxy: { host: 'localhost', port }, ...credentials, ...way });
  expect(await call(room)).toEqual({ host: '127.0.0.1' });
  await expect(signalling.invite('v=0')).rejects.toMatchObject({ code: 'CHAT_ERR_SIP_UNREACHABLE' });
  const invite = await invited;
  expect(invite).toContain(`INVITE ${room} SIP/2.0\r\n`);
  expect(invite).toMatch(/^Via: SIP\/2\.0\/TLS 127\.0\.0\.1:\d+[^]*from its Via$/m);
  expect(invite).toMatch(new RegExp(`^Contact: <${scheme}:alice@127\\.0\\.0\\.1:\\d+;transport=tls>`, 'm'));
});

test('the host in the URI is where it goes, and what the certificate has to name', async () => {
  signalling = new NodeSignalling({ ...credentials });
  expect(await call(`sips:lobby@localhost:${port}`)).toEqual({ host: '127.0.0.1' });
});

test('a certificate that Node does not believe: told, with what helps, and nothing is sent', async () => {
  signalling = new NodeSignalling({ proxy: { host: '127.0.0.1', port }, transport: 'tls', clock: systemClock });
  await expect(call(ROOM)).rejects.toMatchObject({
    code: 'CHAT_ERR_SIP_UNREACHABLE',
    message: expect.stringMatching(/^the certificate of the SIP server 127\.0\.0\.1:\d+ is not to be trusted: .*--ca/),
  });
});

test('nobody listens', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const at = (free.address() as AddressInfo).port;
  await new Promise((resolve) => free.close(resolve));
  signalling = new NodeSignalling({ proxy: { host: '127.0.0.1', port: at }, transport: 'tls', ...credentials });
  await expect(call(ROOM)).rejects.toThrow(`the SIP server 127.0.0.1:${at} cannot be reached`);
});
