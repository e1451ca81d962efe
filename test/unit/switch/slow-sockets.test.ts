import { connect, type Socket } from 'node:net';
import { ChatSwitch } from '../../../lib/switch/switch.js';
import { DiskSpool } from '../../../lib/transport/disk-spool.js';
import { MsrpServer } from '../../../lib/transport/msrp-server.js';
import { TcpListener } from '../../../lib/transport/tcp.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MessageHasher, sha256 } from '../../support/message-hasher.js';
import { request, response } from '../../support/msrp-frames.js';
import { cpim, endpoint, localUri, NotingFocus, OPEN_RULES, peerUri, ROOM } from '../../support/switch-world.js';

const MIB = 1_048_576;

/** A client on a real socket that answers what it reads, at the pace the test sets. */
class Reader {
  readonly hasher = new MessageHasher();
  readonly id: string;
  readonly socket: Socket;
  #answered = 0;

  constructor(id: string, socket: Socket) {
    this.id = id;
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  #read(bytes: Buffer): void {
    this.hasher.read(bytes);
    for (; this.#answered < this.hasher.tids.length; this.#answered++) {
      this.socket.write(response(this.hasher.tids[this.#answered], '200 OK', localUri(this.id), peerUri(this.id)));
    }
  }

  /** Until a message has arrived in full. */
  async arrived(): Promise<void> {
    while (this.hasher.digests.length === 0) await new Promise((resolve) => this.socket.once('data', resolve));
  }
}

class Scene {
  readonly clock = new ManualClock();
  readonly server = new MsrpServer({ clock: this.clock, log: silent });
  readonly focus = new NotingFocus();
  readonly spool = new DiskSpool();
  readonly chat = new ChatSwitch({
    clock: this.clock,
    log: silent,
    transport: this.server,
    maxMessageSize: 1e9,
    spool: this.spool,
  });
  readonly readers: Reader[] = [];
  #port = 0;

  async open(): Promise<void> {
    this.chat.events = this.focus;
    this.chat.openRoom({ uri: ROOM, rules: OPEN_RULES });
    const { port } = await this.server.listen((door) => new TcpListener({ host: '127.0.0.1', port: 0 }, door));
    this.#port = port;
  }

  async join(id: string): Promise<Reader> {
    this.chat.addEndpoint(endpoint(id));
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    const reader = new Reader(id, socket);
    this.readers.push(reader);
    socket.write(request('bind1234', 'SEND', localUri(id), peerUri(id), ['Message-ID: bind1234', 'Byte-Range: 1-0/0']));
    while (!this.focus.bound.includes(id)) await new Promise((resolve) => socket.once('data', resolve));
    return reader;
  }

  async close(): Promise<void> {
    for (const { id, socket } of this.readers) {
      this.chat.removeEndpoint(id);
      socket.destroy();
    }
    await this.server.close();
  }
}

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.open();
});
afterEach(async () => {
  await scene.close();
  expect(scene.chat.held).toBe(0);
});

/** Writes one SEND of so many octets, as fast as the socket takes it; returns the digest of its body. */
async function say({ id, socket }: Reader, octets: number): Promise<string> {
  const head = cpim(id.replace('#1', ''), ROOM, '');
  const body = Buffer.alloc(octets, 'The quick brown fox jumps over the lazy dog. ');
  const lines = ['Message-ID: large123', 'Byte-Range: 1-*/*', 'Content-Type: message/cpim'];
  const [before, after] = request('large123', 'SEND', localUri(id), peerUri(id), lines, `${head}|`).split('|');
  const write = (bytes: string | Buffer): Promise<void> =>
    new Promise((resolve) => {
      socket.write(bytes, () => resolve());
    });
  await write(before);
  for (let at = 0; at < octets; at += 65_536) await write(body.subarray(at, at + 65_536));
  await write(after);
  return sha256(Buffer.from(head), body);
}

test('7701-6.4-02: a reader that stops for the time of 48 MiB gets every octet from the spool, the others at once', async () => {
  const [alice, bob, carol, slow] = [
    await scene.join('alice#1'),
    await scene.join('bob#1'),
    await scene.join('carol#1'),
    await scene.join('slow#1'),
  ];
  slow.socket.pause();
  let most = 0;
  bob.socket.on('data', () => {
    most = Math.max(most, scene.chat.held);
  });
  const digest = await say(alice, 48 * MIB);
  await Promise.all([bob.arrived(), carol.arrived()]);
  expect([bob, carol].map(({ hasher }) => hasher.digests)).toEqual([[digest], [digest]]);
  expect(slow.hasher.octets).toBeLessThan(MIB);
  expect(scene.spool.files).toBe(1);
  slow.socket.resume();
  await slow.arrived();
  expect(slow.hasher.digests).toEqual([digest]);
  expect(most).toBeLessThan(8 * MIB);
  expect(scene.focus.lost).toEqual([]);
});

test('a sender faster than its only reader is held back by TCP, and nothing is lost', async () => {
  const [alice, bob] = [await scene.join('alice#1'), await scene.join('bob#1')];
  bob.socket.pause();
  const digest = say(alice, 64 * MIB);
  // Full: the sender is not read, and what it writes stays with it.
  while (alice.socket.writableLength === 0 || scene.chat.held < MIB) await new Promise(setImmediate);
  bob.socket.resume();
  await bob.arrived();
  expect(bob.hasher.digests).toEqual([await digest]);
});
