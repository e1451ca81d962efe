import { get } from 'node:http';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import type { Accept, ByteStream } from '../../../lib/transport/transport.js';
import { WsListener } from '../../../lib/transport/ws.js';
import { ManualClock } from '../../support/manual-clock.js';
import { isRequest } from '../../support/msrp-frames.js';
import { cpim, ROOM } from '../../support/switch-world.js';
import { cut, wireFrame, write } from '../../support/ws-wire.js';
import { TEST_CREDENTIALS, wsEndpoint, wsUri, WsWorld } from '../../support/ws-world.js';

let world: WsWorld;

afterEach(() => world.close());

const nothing = (): void => undefined;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Text of so many octets in which nothing repeats for long. */
function textOf(size: number): string {
  let text = '';
  for (let i = 0; text.length < size; i++) text += `${i} `;
  return text.slice(0, size);
}

describe('handshake', () => {
  test('7977-4.1-01: the sub-protocol is echoed, with whatever else the client offers', async () => {
    world = await WsWorld.start();
    const { status, headers } = await world.handshake(['sip', 'msrp']);
    expect(status).toBe(101);
    expect(headers['sec-websocket-protocol']).toBe('msrp');
    expect(headers['sec-websocket-extensions']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each([[[]], ['sip'], ['msrp2'], ['MSRP']])(
    '7977-4.1-01: without the sub-protocol (%j) it fails',
    async (protocols) => {
      world = await WsWorld.start();
      expect((await world.handshake(protocols)).status).toBe(400);
      expect(world.server.connections).toBe(0);
    },
  );

  test('RFC 7977 §7: Origin decides, and the answer says whose pages may', async () => {
    world = await WsWorld.start({ origins: ['https://chat.example'] });
    const good = await world.handshake('msrp', { origin: 'https://chat.example' });
    expect(good).toMatchObject({ status: 101, headers: { 'access-control-allow-origin': 'https://chat.example' } });
    expect((await world.handshake('msrp', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await world.handshake('msrp')).status).toBe(101);
  });

  test('the path of the URL is free', async () => {
    world = await WsWorld.start();
    const { port } = world.ws;
    Object.defineProperty(world, 'url', { value: `ws://127.0.0.1:${port}/any/where?x=1` });
    expect((await world.handshake('msrp')).status).toBe(101);
  });

  test('a request that is no upgrade gets 426', async () => {
    world = await WsWorld.start();
    const response = await new Promise<[number | undefined, string | undefined]>((resolve) => {
      get({ ...world.ws, path: '/' }, ({ statusCode, headers }) => resolve([statusCode, headers.upgrade]));
    });
    expect(response).toEqual([426, 'websocket']);
  });

  test('connections above the limit get 503, and a freed place is taken again', async () => {
    world = await WsWorld.start({}, { maxConnections: 1 });
    const first = await world.open('a#1');
    expect((await world.handshake('msrp')).status).toBe(503);
    first.webSocket.terminate();
    await until(() => world.server.connections === 0);
    expect((await world.handshake('msrp')).status).toBe(101);
  });

  test.each([false, true])('who does not finish it is cut off after 10 s (TLS: %s)', async (tls) => {
    const clock = new ManualClock();
    world = await WsWorld.start({ clock, ...(tls ? { credentials: TEST_CREDENTIALS } : {}) });
    const socket = connect(world.ws);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await until(() => clock.pending === 1);
    if (!tls) socket.write('GET / HTTP/1.1\r\n');
    clock.advance(10_000);
    await closed;
    expect(clock.pending).toBe(0);
  });
});

describe('frames', () => {
  test.each([true, false])('7977-4.2-01: one in a message, binary: %s', async (binary) => {
    world = await WsWorld.start();
    const [alice, bob] = [await world.join('alice#1'), await world.join('bob#1')];
    alice.send(alice.frame(cpim('alice', ROOM, 'hello')), binary);
    await bob.until(() => bob.messages.length === 1);
    expect(bob.messages[0].toString()).toBe(cpim('alice', ROOM, 'hello'));
    expect(alice.statuses).toEqual([200, 200]);
    expect(bob.binary).not.toContain(false);
  });

  test('7977-5.1-01: what is written in one turn stays one frame a message', async () => {
    world = await WsWorld.start();
    const [alice, bob] = [await world.joinTcp('alice#1'), await world.join('bob#1')];
    alice.send(Array.from({ length: 50 }, (_, i) => alice.frame(cpim('alice', ROOM, `${i}`))).join(''));
    await bob.until(() => bob.messages.length === 50);
    // The peer checks that each message is exactly one frame.
    expect(bob.received).toHaveLength(51);
  });

  const broken: [string, (frame: string) => string[]][] = [
    ['two frames in one message', (frame) => [frame + frame]],
    ['a frame across two messages', (frame) => [frame.slice(0, 60), frame.slice(60)]],
    ['a message that ends inside its end-line', (frame) => [frame.slice(0, -1)]],
    ['something else behind the frame', (frame) => [`${frame}GET / HTTP/1.1\r\n`]],
  ];
  test.each(broken)('7977-5.1-01: %s closes', async (_name, cut) => {
    world = await WsWorld.start();
    const alice = await world.join('alice#1');
    for (const message of cut(alice.frame(cpim('alice', ROOM, 'x')))) alice.send(message);
    await alice.until(() => alice.closed);
    await until(() => world.focus.lost.length === 1);
    expect(world.focus.lost).toEqual([['alice#1', 'connection-lost']]);
  });

  test('7977-5.1-01: two answers in one message close too', async () => {
    world = await WsWorld.start();
    const [alice, bob] = [await world.joinTcp('alice#1'), await world.open('bob#1')];
    bob.webSocket.removeAllListeners('message');
    const answers: string[] = [];
    bob.webSocket.on('message', (bytes: Buffer) => {
      // The first is about our own SEND; then the first of the two that wait teaches the switch how we answer.
      const tid = /^MSRP (\S+) SEND/.exec(bytes.toString())?.[1];
      if (tid === undefined) return;
      answers.push(`MSRP ${tid} 200 OK\r\nTo-Path: ${wsUri('bob#1')}\r\nFrom-Path: ${bob.id}\r\n-------${tid}$\r\n`);
      if (answers.length === 1) bob.send(answers[0]);
      if (answers.length === 3) bob.send(answers[1] + answers[2]);
    });
    bob.send(bob.frame(undefined));
    await until(() => world.focus.bound.length === 2);
    for (let i = 0; i < 3; i++) alice.send(alice.frame(cpim('alice', ROOM, `${i}`)));
    await new Promise((resolve) => bob.webSocket.once('close', resolve));
    expect(answers).toHaveLength(3);
  });

  test('7977-6-01: a bodiless SEND is answered; blank lines and empty messages are let pass', async () => {
    world = await WsWorld.start();
    const alice = await world.join('alice#1');
    for (const nothing of ['\r\n', '\r\n\r\n', '']) alice.send(nothing);
    alice.send(alice.frame(undefined));
    await alice.until(() => alice.statuses.length === 2);
    expect(alice.statuses).toEqual([200, 200]);
    expect(alice.closed).toBe(false);
  });

  test('a message above maxPayload closes with 1009', async () => {
    world = await WsWorld.start({ maxPayload: () => 10_000 });
    const alice = await world.join('alice#1');
    alice.send(alice.frame(cpim('alice', ROOM, 'x'.repeat(10_000))));
    await alice.until(() => alice.closed);
    expect(alice.closeCode).toBe(1009);
    await until(() => world.server.connections === 0);
  });

  test('any fragments of a message give the same frame', async () => {
    world = await WsWorld.start();
    const [alice, bob] = [await world.join('alice#1'), await world.join('bob#1')];
    const cuts = fc.array(fc.nat(400), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 100 }), cuts, async (text, cuts) => {
        const before = bob.messages.length;
        const body = cpim('alice', ROOM, Buffer.from(text).toString('latin1'));
        const bytes = Buffer.from(alice.frame(body), 'latin1');
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        alice.sendFragments(edges.slice(1).map((end, index) => bytes.subarray(edges[index], end)));
        await bob.until(() => bob.messages.length === before + 1);
        expect(bob.messages[before].toString('latin1')).toBe(body);
      }),
      { numRuns: 50 },
    );
  });
});

describe('octets of the WebSocket', () => {
  test('any fragments in any reads give the same frames', async () => {
    world = await WsWorld.start();
    const [bob, alice] = [await world.join('bob#1'), await world.join('alice#1')];
    // Alice goes on with a socket of her own.
    world.chat.removeEndpoint('alice#1');
    world.chat.addEndpoint(wsEndpoint('alice#1'));
    const socket = connect(world.ws);
    socket.setNoDelay(true);
    const upgrade = ['GET / HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade'];
    const details = ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13'];
    socket.write([...upgrade, ...details, 'Sec-WebSocket-Protocol: msrp', '', ''].join('\r\n'));
    await new Promise((resolve) => socket.once('data', resolve));
    const places = fc.array(fc.nat(), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary-ascii' }), places, places, async (text, fragments, reads) => {
        const before = bob.messages.length;
        const body = cpim('alice', ROOM, text);
        const parts = cut(Buffer.from(alice.frame(body), 'latin1'), fragments);
        const wire = Buffer.concat(parts.map((part, i) => wireFrame(part, i === 0, i === parts.length - 1)));
        for (const piece of cut(wire, reads)) await write(socket, piece);
        await bob.until(() => bob.messages.length === before + 1);
        expect(bob.messages[before].toString('latin1')).toBe(body);
      }),
      { numRuns: 50 },
    );
    socket.destroy();
  });
});

describe('large messages', () => {
  test('7977-5.1-03: 1 MB from TCP arrives in moderate messages, and back', async () => {
    world = await WsWorld.start();
    const [alice, bob, carol] = [
      await world.joinTcp('alice#1'),
      await world.join('bob#1'),
      await world.join('carol#1'),
    ];
    const there = cpim('alice', ROOM, textOf(1_000_000));
    alice.send(alice.frame(there, { range: `1-*/${there.length}` }));
    for (const peer of [bob, carol]) {
      await peer.until(() => peer.messages.length === 1);
      expect(peer.messages[0].toString('latin1') === there).toBe(true);
      expect(peer.received.length).toBeGreaterThan(10);
      expect(Math.max(...peer.received.map((message) => message.length))).toBeLessThan(100_000);
    }
    const back = cpim('bob', ROOM, textOf(1_100_000));
    bob.send(bob.frame(back, { range: `1-*/${back.length}` }));
    await alice.until(() => alice.messages.length === 1);
    expect(alice.messages[0].toString('latin1') === back).toBe(true);
    await carol.until(() => carol.messages.length === 2);
    expect(carol.messages[1].toString('latin1') === back).toBe(true);
  });

  test('P-OUT-01: who needs it whole gets one message in fragments, and answers wait for its end', async () => {
    world = await WsWorld.start();
    const [alice, bob] = [await world.joinTcp('alice#1'), await world.join('bob#1', { delivery: 'whole' })];
    const body = cpim('alice', ROOM, textOf(400_000));
    alice.send(alice.frame(body));
    await until(() => world.server.sessions.find([wsUri('bob#1')])?.ids.count !== 0);
    bob.send(bob.frame(cpim('bob', ROOM, 'meanwhile')));
    await bob.until(() => bob.messages.length === 1 && bob.statuses.length === 2);
    expect(bob.frames.filter(isRequest)).toHaveLength(1);
    expect(bob.messages[0].toString('latin1') === body).toBe(true);
  });

  test('7701-6.4-02: a reader that stalls delays nobody, and what waits for it is bounded', async () => {
    world = await WsWorld.start({ clock: new ManualClock() }, { maxPendingBytes: 500_000 });
    const [alice, bob] = [await world.joinTcp('alice#1'), await world.join('bob#1')];
    const mallory = await world.join('mallory#1');
    mallory.webSocket.pause();
    const text = cpim('alice', ROOM, textOf(30_000));
    for (let i = 1; i <= 400; i++) {
      alice.send(alice.frame(text));
      if (i % 20 === 0) await bob.until(() => bob.messages.length === i);
    }
    const session = world.server.sessions.find([wsUri('mallory#1')]);
    const driver = session && world.server.driverOf(session);
    expect(driver?.blocked).toBe(true);
    expect(driver?.buffered).toBeLessThan(600_000);
    expect(alice.statuses.every((status) => status === 200)).toBe(true);
    mallory.webSocket.resume();
    await until(() => driver?.blocked === false);
  });

  test('a stream that is paused reads no more until it is resumed, and its silence is not held against it', async () => {
    const clock = new ManualClock();
    world = await WsWorld.start({ clock });
    let stream: ByteStream | undefined;
    let octets = 0;
    const accept: Accept = (accepted) => {
      stream = accepted;
      return { data: ({ length }) => void (octets += length), drained: nothing, ended: nothing, closed: nothing };
    };
    const door = { accept, admits: () => true, failed: () => undefined };
    const listener = new WsListener({ host: '127.0.0.1', port: 0 }, door, world.options);
    world.ws = await listener.listen();
    const peer = await world.open('alice#1', {}, { autoPong: false });
    stream?.pause();
    const message = 'x'.repeat(1_000_000);
    for (let i = 0; i < 20; i++) peer.send(message);
    clock.advance(120_000);
    await until(() => peer.webSocket.bufferedAmount > 0);
    expect(octets).toBeLessThan(10_000_000);
    stream?.resume();
    await until(() => octets === 20_000_000);
    peer.webSocket.terminate();
    await listener.close();
  });
});

describe('end', () => {
  test.each([false, true])(
    '7977-6-01: a peer that answers no ping is gone, one that does stays; TLS %s',
    async (tls) => {
      const clock = new ManualClock();
      world = await WsWorld.start({ clock, ...(tls ? { credentials: TEST_CREDENTIALS } : {}) });
      const [dead, alive] = [await world.open('dead#1', {}, { autoPong: false }), await world.open('alive#1')];
      for (const peer of [dead, alive]) {
        peer.send(peer.frame(undefined));
        await peer.until(() => peer.statuses.length === 1);
      }
      let pings = 0;
      for (const peer of [dead, alive]) peer.webSocket.on('ping', () => pings++);
      const pinged = async (count: number): Promise<void> => {
        clock.advance(30_000);
        await until(() => pings === count);
      };
      await pinged(2);
      // A round trip on the same connection, so that the pong before it has arrived.
      alive.send(alive.frame(undefined));
      await alive.until(() => alive.statuses.length === 2);
      expect(dead.closed).toBe(false);
      await pinged(3);
      await dead.until(() => dead.closed);
      expect(alive.closed).toBe(false);
      expect(world.focus.lost).toEqual([['dead#1', 'connection-lost']]);
    },
  );

  test('close() flushes what was said, closes every WebSocket and leaves no timer', async () => {
    const clock = new ManualClock();
    world = await WsWorld.start({ clock });
    const alice = await world.join('alice#1');
    alice.send(alice.frame(cpim('alice', ROOM, 'x')));
    await alice.until(() => alice.statuses.length === 2);
    const idle = connect(world.ws);
    await new Promise((resolve) => idle.once('connect', resolve));
    await world.server.close();
    await alice.until(() => alice.closed);
    expect(alice.closeCode).toBe(1000);
    expect(world.server.connections).toBe(0);
    world.chat.removeEndpoint('alice#1');
    expect(clock.pending).toBe(0);
  });
});

test('WSS: the same over TLS', async () => {
  world = await WsWorld.start({ credentials: TEST_CREDENTIALS });
  const [alice, bob] = [await world.joinTcp('alice#1'), await world.join('bob#1')];
  const text = cpim('alice', ROOM, textOf(300_000));
  alice.send(alice.frame(text));
  await bob.until(() => bob.messages.length === 1);
  expect(bob.messages[0].toString('latin1') === text).toBe(true);
  bob.send(bob.frame(cpim('bob', ROOM, 'thanks')));
  await alice.until(() => alice.messages.length === 1);
});
