import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Session, type SessionHandler } from '../../../lib/msrp/index.js';
import { Handshakes } from '../../../lib/util/handshakes.js';
import { MsrpServer } from '../../../lib/transport/msrp-server.js';
import { TcpListener } from '../../../lib/transport/tcp.js';
import type { Endpoint } from '../../../lib/transport/transport.js';
import type { UnboundLimits } from '../../../lib/transport/unbound.js';
import type { LimitReport } from '../../../lib/util/limit-reports.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';
import { request } from '../../support/msrp-frames.js';

const PEER = 'msrp://peer.example:7000/p1;tcp';

const nobody: SessionHandler = {
  bound: () => {},
  head: () => {},
  body: () => {},
  settle: () => {},
  end: () => {},
  abandon: () => {},
  response: () => {},
  lost: () => {},
};

let world: World;
afterEach(() => world.close());

class World {
  readonly reports: LimitReport[] = [];
  readonly sockets: Socket[] = [];
  readonly server: MsrpServer;
  #at: Endpoint = { host: '', port: 0 };
  #sessions = 0;

  private constructor(unbound: Partial<UnboundLimits>, maxConnections?: number) {
    const limited = (report: LimitReport): void => void this.reports.push(report);
    this.server = new MsrpServer({ clock: new ManualClock(), log: silent, unbound, maxConnections, limited });
  }

  static async start(unbound: Partial<UnboundLimits>, maxConnections?: number): Promise<World> {
    world = new World(unbound, maxConnections);
    world.#at = await world.server.listen((door) => new TcpListener({ host: '127.0.0.1', port: 0 }, door));
    return world;
  }

  /** A stranger who has connected, from another address of this machine if need be. */
  async stranger(localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ ...this.#at, localAddress, noDelay: true }).on('error', () => {});
    this.sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async strangers(count: number, localAddress?: string): Promise<Socket[]> {
    return Promise.all(Array.from({ length: count }, () => this.stranger(localAddress)));
  }

  /** Somebody who says whom he means with his first octets. */
  guest(): Promise<Socket> {
    const uri = `msrp://chat.example:2855/s${++this.#sessions};tcp`;
    this.server.sessions.add(new Session(uri, [PEER], nobody));
    const socket = connect({ ...this.#at }).on('error', () => {});
    this.sockets.push(socket);
    socket.write(request(`tid${1000 + this.#sessions}`, 'SEND', uri, PEER, ['Message-ID: mid12345'], undefined));
    return once(socket, 'connect').then(() => socket);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.server.close();
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

const isOpen = (socket: Socket): boolean => !socket.destroyed && !socket.readableEnded;

/** Resolves when the server has closed it. */
const gone = (socket: Socket): Promise<unknown> =>
  isOpen(socket) ? once(socket.resume(), 'close') : Promise.resolve();

test('maxUnboundConnections: of too many strangers the oldest go, at once, and the latest may still say whom they mean', async () => {
  const { server, reports } = await World.start({ all: 20 });
  const first = await world.strangers(20);
  await until(() => server.unbound === 20);
  const second = await world.strangers(5);
  await Promise.all(first.slice(0, 5).map(gone));
  expect([...first.slice(5), ...second].every(isOpen)).toBe(true);
  expect(server.unbound).toBe(20);
  expect(reports).toEqual(Array.from({ length: 5 }, () => ({ limit: 'maxUnboundConnections', source: '127.0.0.1' })));
});

test('maxUnboundConnections: who is bound does not count, and is not closed however many strangers come', async () => {
  const { server } = await World.start({ all: 10 });
  const guests: Socket[] = [];
  for (let i = 0; i < 5; i++) guests.push(await world.guest());
  await until(() => server.connections === 5 && server.unbound === 0);
  for (let i = 0; i < 5; i++) await world.strangers(10);
  await until(() => server.unbound === 10 && server.connections === 15);
  expect(guests.every(isOpen)).toBe(true);
});

test('maxUnboundConnections: hundreds who come back at once are all let in, far above the limit', async () => {
  const { server, reports } = await World.start({ all: 10, perAddress: 5 });
  await Promise.all(Array.from({ length: 300 }, () => world.guest()));
  await until(() => server.connections === 300 && server.unbound === 0);
  expect(reports).toEqual([]);
});

test('maxUnboundPerAddress: who opens too many loses his own oldest, and nobody else one', async () => {
  const { server, reports } = await World.start({ all: 100, perAddress: 10 });
  const others = await world.strangers(8, '127.0.0.2');
  const first = await world.strangers(10);
  await until(() => server.unbound === 18);
  await world.strangers(10);
  await Promise.all(first.map(gone));
  expect(others.every(isOpen)).toBe(true);
  expect(server.unbound).toBe(18);
  expect(reports).toEqual(Array.from({ length: 10 }, () => ({ limit: 'maxUnboundPerAddress', source: '127.0.0.1' })));
});

test('strangers who leave of themselves are not counted, and nothing is kept of them', async () => {
  const { server, reports } = await World.start({ all: 10, perAddress: 10 });
  for (let i = 0; i < 5; i++) {
    for (const socket of await world.strangers(10)) socket.destroy();
    await until(() => server.unbound === 0);
  }
  expect(reports).toEqual([]);
});

test('maxConnections: further ones are closed at once, and those there are stay', async () => {
  const { server, reports } = await World.start({}, 5);
  const guests: Socket[] = [];
  for (let i = 0; i < 5; i++) guests.push(await world.guest());
  await until(() => server.connections === 5);
  await gone(await world.stranger());
  expect(guests.every(isOpen)).toBe(true);
  expect(reports).toEqual([{ limit: 'maxConnections', source: '127.0.0.1' }]);
});

test('maxUnboundPerAddress: handshakes are bounded so too', async () => {
  await World.start({});
  const clock = new ManualClock();
  const handshakes = new Handshakes(clock, 10_000, { maxHandshakes: 4, maxHandshakesPerAddress: 2 });
  const sockets = await world.strangers(3);
  expect(sockets.map((socket) => handshakes.begin(socket))).toEqual([true, true, false]);
  handshakes.finish(sockets[0]);
  expect(handshakes.begin(await world.stranger())).toBe(true);
  clock.advance(10_000);
  await until(() => handshakes.size === 0);
  expect(handshakes.begin(await world.stranger())).toBe(true);
  handshakes.abandon();
});
