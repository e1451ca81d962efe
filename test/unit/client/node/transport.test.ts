import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ByteStreamDelegate, StreamTarget } from '../../../../lib/client/msrp/byte-stream.js';
import { NodeTransport } from '../../../../lib/client/node/transport.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { TEST_CERTIFICATE, TEST_KEY, TEST_SHA256 } from '../../../support/test-certificate.js';

let server: Server;
let clock: ManualClock;

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(clock.pending).toBe(0);
});

async function listen(secure: boolean, serve: (socket: Socket) => void): Promise<StreamTarget> {
  clock = new ManualClock();
  server = secure ? createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, serve) : createTcpServer(serve);
  server.on('connection', (socket: Socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, secure, fingerprint: null };
}

interface Ending {
  text: string;
  cause: Error | undefined;
}

/** `closed` resolves when the stream has, with what came. */
function collect(): { delegate: ByteStreamDelegate; closed: Promise<Ending> } {
  let text = '';
  const delegate: ByteStreamDelegate = {
    onData: (bytes) => {
      text += Buffer.from(bytes).toString();
    },
    onDrain: () => {},
    onClose: () => {},
  };
  const closed = new Promise<Ending>((resolve) => {
    delegate.onClose = (cause) => resolve({ text, cause });
  });
  return { delegate, closed };
}

const echo = (socket: Socket): void => void socket.pipe(socket);

test('bytes go both ways, and the end is told once', async () => {
  const target = await listen(false, echo);
  const { delegate, closed } = collect();
  const stream = await new NodeTransport({ clock }).connect(target, delegate);
  expect(stream.writable).toBe(true);
  stream.write(Buffer.from('hello'));
  stream.close();
  expect(await closed).toEqual({ text: 'hello', cause: undefined });
  stream.write(Buffer.from('ignored'));
  stream.destroy();
});

test('what the network has not taken yet is counted, and drain is told', async () => {
  let socket: Socket | undefined;
  const target = await listen(false, (accepted) => {
    socket = accepted.pause();
  });
  const { delegate, closed } = collect();
  const drained = new Promise<void>((resolve) => {
    delegate.onDrain = resolve;
  });
  const stream = await new NodeTransport({ clock }).connect(target, delegate);
  while (stream.writable) stream.write(Buffer.alloc(1024 * 1024));
  expect(stream.pending).toBeGreaterThan(0);
  socket?.resume();
  await drained;
  expect(stream.writable).toBe(true);
  stream.destroy();
  await closed;
});

test('a connection attempt does not last for ever', async () => {
  // TLS towards a plain server that says nothing: the handshake never ends
  const silent = await listen(false, () => {});
  const attempt = new NodeTransport({ clock }).connect({ ...silent, secure: true }, collect().delegate);
  const outcome = expect(attempt).rejects.toMatchObject({
    code: 'CHAT_ERR_MSRP_UNREACHABLE',
    message: expect.stringContaining('no answer within 10 s'),
  });
  clock.advance(10_000);
  await outcome;
});

describe('TLS', () => {
  test('a certificate that matches the fingerprint of the SDP is good (RFC 8122 §6.2)', async () => {
    const target = await listen(true, echo);
    const { delegate, closed } = collect();
    const fingerprint = { hash: 'sha-256', values: [TEST_SHA256] };
    const stream = await new NodeTransport({ clock }).connect({ ...target, fingerprint }, delegate);
    stream.write(Buffer.from('secret'));
    stream.close();
    expect((await closed).text).toBe('secret');
  });

  test('one that does not match is refused', async () => {
    const target = await listen(true, echo);
    const fingerprint = { hash: 'sha-256', values: [TEST_SHA256.replace('43', '44')] };
    await expect(
      new NodeTransport({ clock }).connect({ ...target, fingerprint }, collect().delegate),
    ).rejects.toMatchObject({
      code: 'CHAT_ERR_CERTIFICATE',
    });
  });

  test('4975-5.4-12 without fingerprint a certificate nobody vouches for is refused', async () => {
    const target = await listen(true, echo);
    await expect(new NodeTransport({ clock }).connect(target, collect().delegate)).rejects.toMatchObject({
      code: 'CHAT_ERR_MSRP_UNREACHABLE',
      message: expect.stringContaining('certificate'),
    });
  });

  test('… unless those it was given to believe do', async () => {
    const target = await listen(true, echo);
    const { delegate, closed } = collect();
    const stream = await new NodeTransport({ clock, ca: TEST_CERTIFICATE }).connect(target, delegate);
    stream.write(Buffer.from('secret'));
    stream.close();
    expect((await closed).text).toBe('secret');
  });
});
