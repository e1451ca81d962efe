import { connect as connectSocket, createServer, type AddressInfo, type Server, Socket } from 'node:net';
import { ChatSwitch } from '../../../lib/switch/switch.js';
import { MsrpServer } from '../../../lib/transport/msrp-server.js';
import { TcpListener } from '../../../lib/transport/tcp.js';
import type { Endpoint } from '../../../lib/transport/transport.js';
import { silent } from '../../../lib/util/log.js';
import { freePort } from '../../support/free-port.js';
import { ManualClock } from '../../support/manual-clock.js';
import { FrameReader, request } from '../../support/msrp-frames.js';
import { cpim, endpoint, localUri, NotingFocus, OPEN_RULES, peerUri, ROOM } from '../../support/switch-world.js';

const largeBody = (name: string): string => cpim(name, ROOM, name.repeat(40_000));

class World {
  readonly server: MsrpServer;
  address: Endpoint = { host: '127.0.0.1', port: 0 };
  readonly chat: ChatSwitch;
  readonly focus = new NotingFocus();
  readonly peers: Peer[] = [];

  constructor(maxConnections?: number) {
    // It stands still: nobody is late here, however long a test takes.
    const clock = new ManualClock();
    this.server = new MsrpServer({ clock, log: silent, maxConnections });
    this.chat = new ChatSwitch({ clock, log: silent, transport: this.server, maxPendingBytes: 500_000 });
    this.chat.events = this.focus;
    this.chat.openRoom({ uri: ROOM, rules: OPEN_RULES });
  }

  async join(id: string): Promise<Peer> {
    this.chat.addEndpoint(endpoint(id));
    const peer = await this.connect(id);
    peer.send(undefined);
    await peer.until(() => peer.statuses.includes(200));
    return peer;
  }

  async connect(id: string): Promise<Peer> {
    const socket = connectSocket(this.address);
    const peer = new Peer(id, socket);
    this.peers.push(peer);
    await new Promise((resolve) => socket.once('connect', resolve));
    return peer;
  }
}

/** One client on a real socket. */
class Peer {
  readonly #reader = new FrameReader();
  #count = 0;
  #changed: () => void = () => undefined;
  readonly id: string;
  readonly socket: Socket;
  closed = false;

  constructor(id: string, socket: Socket) {
    this.id = id;
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#reader.parser.receive(bytes);
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  get statuses(): number[] {
    return this.#reader.frames.flatMap(({ message }) => (message.kind === 'response' ? [message.status] : []));
  }

  get messages(): Buffer[] {
    return this.#reader.frames
      .filter(({ message, end }) => message.kind === 'request' && end.hasBody)
      .map(({ body }) => body);
  }

  /** Body octets received. */
  get octets(): number {
    return this.messages.reduce((sum, body) => sum + body.length, 0);
  }

  send(body: string | undefined): void {
    const tid = `${this.id.replace('#', '')}t${1000 + this.#count++}`;
    const lines = [`Message-ID: ${tid}`, ...(body === undefined ? [] : ['Content-Type: message/cpim'])];
    this.socket.write(Buffer.from(request(tid, 'SEND', localUri(this.id), peerUri(this.id), lines, body), 'latin1'));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

let world: World;

async function start(maxConnections?: number): Promise<void> {
  world = new World(maxConnections);
  world.address = await world.server.listen((door) => new TcpListener(world.address, door));
}

afterEach(async () => {
  for (const peer of world.peers) peer.socket.destroy();
  await world.server.close();
});

test('7701-6.4-02: a reader that stalls delays nobody, and what waits for it is bounded', async () => {
  await start();
  const [alice, bob, mallory] = [await world.join('alice#1'), await world.join('bob#1'), await world.join('mallory#1')];
  mallory.socket.pause();
  const text = cpim('alice', ROOM, 'x'.repeat(30_000));
  for (let i = 1; i <= 400; i++) {
    alice.send(text);
    if (i % 20 === 0) await bob.until(() => bob.octets === i * text.length);
  }
  await alice.until(() => alice.statuses.length === 401);
  expect(alice.statuses.every((status) => status === 200)).toBe(true);
  expect(bob.octets).toBe(400 * text.length);
  const session = world.server.sessions.find([localUri('mallory#1')]);
  const driver = session && world.server.driverOf(session);
  expect(driver?.blocked).toBe(true);
  expect(driver?.buffered).toBeLessThan(600_000);
});

test('4975-5.4-08: a reset connection is the loss of its session; the room goes on', async () => {
  await start();
  const [alice, bob] = [await world.join('alice#1'), await world.join('bob#1')];
  bob.socket.resetAndDestroy();
  const carol = await world.join('carol#1');
  while (world.focus.lost.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(world.focus.lost).toEqual([['bob#1', 'connection-lost']]);
  alice.send(cpim('alice', ROOM, 'still here'));
  await carol.until(() => carol.messages.length === 1);
  expect(world.server.connections).toBe(2);
});

test('4975-7.2-06: a peer that closes its half still reads the answer; then the session is lost', async () => {
  await start();
  const alice = await world.join('alice#1');
  alice.send(cpim('alice', ROOM, 'goodbye'));
  alice.socket.end();
  await alice.until(() => alice.closed);
  expect(alice.statuses).toEqual([200, 200]);
  while (world.focus.lost.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(world.focus.lost).toEqual([['alice#1', 'connection-lost']]);
});

test('connections above the limit are closed at once, and a freed place is taken again', async () => {
  await start(1);
  const first = await world.connect('a#1');
  first.send(undefined);
  await first.until(() => first.statuses.length === 1);
  const second = await world.connect('b#1');
  await second.until(() => second.closed);
  first.socket.destroy();
  while (world.server.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  const third = await world.connect('c#1');
  third.send(undefined);
  await third.until(() => third.statuses.length === 1);
  expect(third.statuses).toEqual([481]);
});

test('close() flushes what was said, closes every connection and leaves no handle', async () => {
  await start();
  const alice = await world.join('alice#1');
  const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
  alice.send(cpim('alice', ROOM, 'x'));
  await alice.until(() => alice.statuses.length === 2);
  await world.server.close();
  expect(world.server.connections).toBe(0);
  await alice.until(() => alice.closed);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length).toBe(before - 1);
});

test('the read buffer is shared: messages of several peers in many pieces come out whole', async () => {
  await start();
  const peers = [await world.join('alice#1'), await world.join('bob#1'), await world.join('carol#1')];
  for (const peer of peers) peer.send(largeBody(peer.id.slice(0, -2)));
  for (const peer of peers) {
    const others = peers.filter((other) => other !== peer);
    const total = others.reduce((sum, other) => sum + largeBody(other.id.slice(0, -2)).length, 0);
    await peer.until(() => peer.octets >= total);
    for (const other of others) {
      const own = Buffer.concat(peer.messages).toString('latin1').split(other.id.slice(0, -2)).length;
      // Once in the From header, then the text.
      expect(own).toBeGreaterThanOrEqual(40_000);
    }
  }
});

describe('active side', () => {
  let listener: Server;
  let accepted: Socket[];
  const target = (): { host: string; port: number } => ({
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
  });

  beforeEach(async () => {
    await start();
    accepted = [];
    listener = createServer((socket) => {
      accepted.push(socket);
      world.peers.push(new Peer('dave#1', socket));
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    for (const socket of accepted) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  });

  const active = (id: string): ReturnType<typeof endpoint> => {
    const media = endpoint(id);
    return { ...media, session: { ...media.session, connector: 'us', connectTo: { ...target(), tls: false } } };
  };

  test('4975-5.4-02: the active side sends a SEND at once, and what the room says follows', async () => {
    const alice = await world.join('alice#1');
    world.chat.addEndpoint(active('dave#1'));
    while (world.focus.bound.length < 2) await new Promise((resolve) => setImmediate(resolve));
    alice.send(cpim('alice', ROOM, 'hello dave'));
    while (world.peers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const dave = world.peers[1];
    await dave.until(() => dave.messages.length === 1);
    expect(dave.messages[0].toString()).toContain('hello dave');
  });

  test('P-CON-04: a peer that believes to be active too sends its SEND before it answers ours, and nothing is lost', async () => {
    const alice = await world.join('alice#1');
    world.chat.addEndpoint(active('dave#1'));
    while (world.peers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const dave = world.peers[1];
    dave.send(undefined);
    await dave.until(() => dave.statuses.length === 1);
    expect(dave.statuses).toEqual([200]);
    alice.send(cpim('alice', ROOM, 'hello dave'));
    await dave.until(() => dave.messages.length === 1);
    expect(world.focus.lost).toEqual([]);
  });

  test('MSRP-24: connections of either side are probed when they are idle', async () => {
    const probed = jest.spyOn(Socket.prototype, 'setKeepAlive');
    await world.join('alice#1');
    expect(probed.mock.calls).toEqual([[true, 60_000]]);
    world.chat.addEndpoint(active('dave#1'));
    while (world.focus.bound.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(probed.mock.calls).toHaveLength(2);
    probed.mockRestore();
  });

  test('4975-6.2-01, 4975-6.2-02: a name is looked up, and an address of it that refuses is not the last one tried', async () => {
    const named = active('dave#1');
    const connectTo = { host: 'localhost', port: target().port, tls: false };
    world.chat.addEndpoint({ ...named, session: { ...named.session, connectTo } });
    while (world.focus.bound.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(world.focus.bound).toEqual(['dave#1']);
  });

  test('a refused connection is told as connect-failed, once, and binds nothing', async () => {
    const refused = active('dave#1');
    const connectTo = { host: '127.0.0.1', port: await freePort(), tls: false };
    world.chat.addEndpoint({ ...refused, session: { ...refused.session, connectTo } });
    while (world.focus.lost.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(world.focus.lost).toEqual([['dave#1', 'connect-failed']]);
    expect(world.focus.bound).toEqual([]);
    expect(world.server.connections).toBe(0);
  });

  test('an endpoint removed while we connect is not bound', async () => {
    world.chat.addEndpoint(active('dave#1'));
    world.chat.removeEndpoint('dave#1');
    while (accepted.length === 0 || !world.peers[0].closed) await new Promise((resolve) => setImmediate(resolve));
    expect(world.focus.bound).toEqual([]);
    expect(world.focus.lost).toEqual([]);
  });
});
