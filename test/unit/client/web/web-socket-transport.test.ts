import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { WebSocket, WebSocketServer } from 'ws';
import type { ByteStreamDelegate, MsrpTransport, StreamTarget } from '../../../../lib/client/msrp/byte-stream.js';
import { NodeWebSocketTransport } from '../../../../lib/client/node/web-socket-transport.js';
import { ChatMedia } from '../../../../lib/client/session-description.js';
import { WebSocketTransport, webSocketUrl } from '../../../../lib/client/web/web-socket-transport.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { TEST_CERTIFICATE, TEST_KEY, TEST_SHA256 } from '../../../support/test-certificate.js';

let http: Server;
let sockets: WebSocketServer;
let clock: ManualClock;

afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  expect(clock.pending).toBe(0);
});

async function listen(
  serve: (socket: WebSocket, url: string | undefined) => void,
  { secure = false, protocol = 'msrp' } = {},
): Promise<StreamTarget> {
  clock = new ManualClock();
  http = secure ? createSecureServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }) : createServer();
  sockets = new WebSocketServer({ server: http, handleProtocols: () => protocol || false });
  sockets.on('connection', (socket, { url }) => serve(socket, url));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return { host: '127.0.0.1', port, secure, fingerprint: null };
}

interface Collected {
  delegate: ByteStreamDelegate;
  closed: Promise<string[]>;
}

/** `closed` resolves with the messages that came, once the stream has ended. */
function collect(onDrain = (): void => undefined): Collected {
  const messages: string[] = [];
  const delegate: ByteStreamDelegate = {
    onData: (bytes) => messages.push(Buffer.from(bytes).toString('latin1')),
    onDrain,
    onClose: () => undefined,
  };
  const closed = new Promise<string[]>((resolve) => {
    delegate.onClose = () => resolve(messages);
  });
  return { delegate, closed };
}

const ENDS = ['\r\n-------t1$\r\n', '\r\n-------t2+\r\n'];

const nothing = (): void => undefined;

const KINDS: [string, (options?: { urlPath?: string }) => MsrpTransport][] = [
  ['Node', (options) => new NodeWebSocketTransport({ clock, ...options })],
  ['a browser', (options) => new WebSocketTransport({ clock, WebSocket, ...options })],
];

describe.each(KINDS)('in %s', (_name, make) => {
  test('7977-5.1-01: what is written of a frame is one binary message, and what is read is told as it came', async () => {
    const target = await listen((socket) => {
      socket.on('message', (message: Buffer, binary) => socket.send(`${binary} ${message.toString('latin1')}`));
    });
    const { delegate, closed } = collect();
    const stream = await make().connect(target, delegate);
    for (const part of ['MSRP t1 SEND\r\n\r\none', ' two', ENDS[0], `MSRP t2 200\r\nA: b${ENDS[1]}`]) {
      stream.write(Buffer.from(part));
    }
    stream.close();
    expect(await closed).toEqual([`true MSRP t1 SEND\r\n\r\none two${ENDS[0]}`, `true MSRP t2 200\r\nA: b${ENDS[1]}`]);
    stream.write(Buffer.from('ignored'));
    stream.destroy();
  });

  test('7977-4.2-01: text and binary messages are octets', async () => {
    const target = await listen((socket) => {
      socket.send('é');
      socket.send(Buffer.from([0xff, 0x00]));
      socket.close();
    });
    const { delegate, closed } = collect();
    await make().connect(target, delegate);
    expect(await closed).toEqual(['Ã©', '\xff\x00']);
  });

  test('7977-4.1-01: a server that does not speak msrp is refused', async () => {
    const target = await listen(nothing, { protocol: '' });
    await expect(make().connect(target, collect().delegate)).rejects.toMatchObject({
      code: 'CHAT_ERR_MSRP_UNREACHABLE',
    });
  });

  test('nobody there', async () => {
    const target = await listen(nothing);
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await expect(make().connect(target, collect().delegate)).rejects.toMatchObject({
      code: 'CHAT_ERR_MSRP_UNREACHABLE',
      message: expect.stringContaining(`ws://127.0.0.1:${target.port}/`),
    });
    http.listen(0);
  });

  test('a connection attempt does not last for ever', async () => {
    const target = await listen(nothing);
    http.removeAllListeners('upgrade');
    http.on('upgrade', nothing);
    const attempt = make().connect(target, collect().delegate);
    const outcome = expect(attempt).rejects.toMatchObject({
      code: 'CHAT_ERR_MSRP_UNREACHABLE',
      message: expect.stringContaining('no answer within 10 s'),
    });
    clock.advance(10_000);
    await outcome;
  });

  test('what is not sent yet is counted, and drain is told', async () => {
    const accepted: WebSocket[] = [];
    const target = await listen((socket) => accepted.push(socket.on('message', nothing)));
    const drains: string[] = [];
    const { delegate, closed } = collect(() => void drains.push('drained'));
    const stream = await make().connect(target, delegate);
    accepted[0].pause();
    const frame = Buffer.from(`MSRP t1 SEND\r\n\r\n${'x'.repeat(1_000_000)}${ENDS[0]}`);
    while (stream.writable) stream.write(frame);
    expect(stream.pending).toBeGreaterThan(0);
    clock.advance(500);
    expect(drains).toEqual([]);
    accepted[0].resume();
    while (drains.length === 0) {
      clock.advance(50);
      await new Promise(setImmediate);
    }
    expect(stream.writable).toBe(true);
    stream.destroy();
    await closed;
  });

  test('the path of the URL is an option', async () => {
    let path: string | undefined;
    const target = await listen((_socket, url) => {
      path = url;
    });
    const { delegate, closed } = collect();
    const stream = await make({ urlPath: '/msrp' }).connect(target, delegate);
    stream.destroy();
    await closed;
    expect(path).toBe('/msrp');
  });
});

test('a page connects to its own server, whatever host the SDP names; its port may tell where to there', async () => {
  const paths: (string | undefined)[] = [];
  const { port } = await listen((_socket, path) => void paths.push(path));
  const target: StreamTarget = { host: 'elsewhere.invalid', port: 2867, secure: true, fingerprint: null };
  const at = `ws://127.0.0.1:${port}`;
  for (const url of [`${at}/msrp`, ({ port: own }: StreamTarget) => `${at}/msrp?port=${own}`]) {
    const { delegate, closed } = collect();
    const stream = await new WebSocketTransport({ clock, WebSocket, url }).connect(target, delegate);
    stream.destroy();
    await closed;
  }
  expect(paths).toEqual(['/msrp', '/msrp?port=2867']);
});

const connectNode = (target: StreamTarget, collected = collect()): ReturnType<MsrpTransport['connect']> =>
  new NodeWebSocketTransport({ clock }).connect(target, collected.delegate);

describe('TLS in Node', () => {
  test('a certificate that matches the fingerprint of the SDP is good (RFC 8122 §6.2)', async () => {
    const target = await listen((socket) => socket.on('message', (message) => socket.send(message)), { secure: true });
    const collected = collect();
    const stream = await connectNode({ ...target, fingerprint: { hash: 'sha-256', values: [TEST_SHA256] } }, collected);
    stream.write(Buffer.from(`MSRP t1 200${ENDS[0]}`));
    stream.close();
    expect(await collected.closed).toEqual([`MSRP t1 200${ENDS[0]}`]);
  });

  test('one that does not match is refused', async () => {
    const target = await listen(nothing, { secure: true });
    const fingerprint = { hash: 'sha-256', values: [TEST_SHA256.replace('43', '44')] };
    await expect(connectNode({ ...target, fingerprint })).rejects.toMatchObject({ code: 'CHAT_ERR_CERTIFICATE' });
  });

  test('4975-5.4-12 without fingerprint a certificate nobody vouches for is refused', async () => {
    const target = await listen(nothing, { secure: true });
    await expect(connectNode(target)).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_UNREACHABLE' });
  });

  test('… unless those it was given to believe do', async () => {
    const target = await listen((socket) => socket.on('message', (message) => socket.send(message)), { secure: true });
    const collected = collect();
    const transport = new NodeWebSocketTransport({ clock, ca: TEST_CERTIFICATE });
    const stream = await transport.connect(target, collected.delegate);
    stream.write(Buffer.from(`MSRP t1 200${ENDS[0]}`));
    stream.close();
    expect(await collected.closed).toEqual([`MSRP t1 200${ENDS[0]}`]);
  });
});

describe('what a WebSocket client says of itself', () => {
  beforeEach(() => listen(nothing));

  test.each([true, false])('7977-5.2-02: a made-up host, ;ws, active; TLS %s', (secure) => {
    const offer = (): string => new ChatMedia({ host: '192.0.2.1', secure, carrier: 'ws', maxSize: 1000 }).offer();
    const sdp = offer();
    expect(sdp).toMatch(secure ? /m=message 9 TCP\/TLS\/MSRP \*\r\n/ : /m=message 9 TCP\/MSRP \*\r\n/);
    expect(sdp).toMatch(
      secure
        ? /a=path:msrps:\/\/[0-9a-z]{12}\.invalid:2855\/\w{16};ws\r\n/
        : /a=path:msrp:\/\/[0-9a-z]{12}\.invalid:2855\/\w{16};ws\r\n/,
    );
    expect(sdp).toContain('a=setup:active\r\n');
    expect(sdp).not.toContain('192.0.2.1');
    const host = /\/\/(\w+)\.invalid/;
    expect(host.exec(offer())?.[1]).not.toBe(host.exec(sdp)?.[1]);
  });

  test('URLs', () => {
    const target = { host: '::1', port: 443, secure: true, fingerprint: null };
    expect(webSocketUrl(target, '/')).toBe('wss://[::1]:443/');
    expect(webSocketUrl({ ...target, host: '[::1]' }, '/')).toBe('wss://[::1]:443/');
    expect(webSocketUrl({ ...target, host: 'chat.example', secure: false }, '/a')).toBe('ws://chat.example:443/a');
  });

  test('without a WebSocket there is no transport for browsers', () => {
    const { WebSocket: native } = globalThis as { WebSocket?: unknown };
    if (native === undefined) expect(() => new WebSocketTransport()).toThrow('there is no WebSocket here');
  });
});

function refusing(): never {
  throw new Error('An insecure WebSocket connection may not be initiated from a page loaded over HTTPS.');
}

test('what a browser does not even try is unreachable too, and leaves no timer', async () => {
  const target = await listen(nothing);
  const transport = new WebSocketTransport({ clock, WebSocket: refusing as unknown as typeof WebSocket });
  await expect(transport.connect(target, collect().delegate)).rejects.toMatchObject({
    code: 'CHAT_ERR_MSRP_UNREACHABLE',
    message: expect.stringContaining('from a page loaded over HTTPS') as string,
  });
});
