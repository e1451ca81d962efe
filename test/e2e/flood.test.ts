import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Caller, cpim } from '../support/caller.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';

/** Strangers at once. */
const MANY = 300;
/** 4976-6.1-01: within so many ms a fresh connection shows a valid request. */
const FIRST_REQUEST = 30_000;
/** P-RX-02: messages of one session under way at once. */
const MAX_PARTIAL = 32;

const clock = new ManualClock();
let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start({ clock });
});
afterEach(() => server.clear());
afterAll(() => server?.close());

/** Connections of nobody we know. */
class Strangers {
  readonly sockets: Socket[] = [];
  readonly gone: Promise<unknown>[] = [];
  /** Octets the server wrote to them. */
  heard = 0;

  static async connect(count: number): Promise<Strangers> {
    const strangers = new Strangers();
    const before = connections();
    // More at once than the system queues would be accepted seconds later, when it hears of them again.
    while (strangers.sockets.length < count) {
      await Promise.all(Array.from({ length: 50 }, () => strangers.#connect()));
      await until(() => connections() >= before + strangers.sockets.length);
    }
    return strangers;
  }

  async #connect(): Promise<void> {
    const socket = connect({ ...server.msrp, noDelay: true });
    this.sockets.push(socket);
    this.gone.push(new Promise((resolve) => socket.on('close', resolve)));
    socket.on('error', () => {}).on('data', ({ length }: Buffer) => (this.heard += length));
    await once(socket, 'connect');
  }

  async write(octets: string): Promise<void> {
    const written = this.sockets.map((socket) => new Promise((resolve) => socket.write(octets, 'latin1', resolve)));
    await Promise.all(written);
  }
}

/** MSRP connections of the server. */
const connections = (): number => server.server.chat.stats.connections;

/** Resolves when `holds` does; the server hears of the end of a connection later than the test. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

/** A room in which two talk; `talks` fails when they are disturbed. */
async function conversation(): Promise<{ room: string; talks: (text: string) => Promise<void> }> {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const talks = async (text: string): Promise<void> => {
    expect(await ana.participant.send(text)).toMatchObject({ status: 200 });
    await bob.events.next('message', (message) => message.text === text);
  };
  await talks('hello');
  return { room, talks };
}

test('4976-6.1-01: hundreds that connect and say nothing, or never finish a line, are gone after 30 s', async () => {
  const { talks } = await conversation();
  const before = connections();
  const silent = await Strangers.connect(MANY);
  const slow = await Strangers.connect(MANY);
  await talks('before');
  // An octet now and then is no valid request either.
  for (const octet of 'MSRP abcd SEND\r\nTo-Path: ') {
    await slow.write(octet);
    clock.advance(FIRST_REQUEST / 30);
  }
  await talks('meanwhile');
  await clock.passUntil(Promise.all([...silent.gone, ...slow.gone]));
  await talks('after');
  expect(silent.heard + slow.heard).toBe(0);
  await until(() => connections() <= before);
});

test('4975-9-03: hundreds that say garbage are closed at once and hear nothing', async () => {
  const { talks } = await conversation();
  const before = connections();
  const strangers = await Strangers.connect(MANY);
  for (const socket of strangers.sockets) socket.write(Buffer.concat([Buffer.from('GET '), randomBytes(20_000)]));
  await Promise.all(strangers.gone);
  await talks('after');
  expect(strangers.heard).toBe(0);
  await until(() => connections() <= before);
});

test('P-LIM-05: a participant that stops inside a frame is cut off after 300 s, and called off', async () => {
  const { room, talks } = await conversation();
  const caller = await Caller.join(server, room);
  const body = cpim('sip:caller@example.com', room, 'never ending');
  caller.msrp.write(
    `MSRP loris1 SEND\r\nTo-Path: ${caller.roomPath}\r\nFrom-Path: ${caller.path}\r\nMessage-ID: loris1\r\n` +
      `Content-Type: message/cpim\r\n\r\n${body}`,
  );
  await talks('before');
  const gone = caller.msrp.disconnected();
  await clock.passUntil(gone);
  const bye = await clock.passUntil(caller.answered('BYE'));
  expect(bye.method).toBe('BYE');
  await talks('after');
});

test('P-RX-02: a flood of messages that never end is refused with 413, and their octets are free when it leaves', async () => {
  const { room, talks } = await conversation();
  const caller = await Caller.join(server, room);
  const start = cpim('sip:caller@example.com', room, 'x'.repeat(1000));
  const statuses: string[] = [];
  for (let n = 0; n < MAX_PARTIAL + 20; n++) {
    const { what } = await caller.exchange(start, { messageId: `partial${n}`, range: '1-*/*', flag: '+' });
    statuses.push(what);
  }
  const accepted = Array.from({ length: MAX_PARTIAL }, () => '200');
  expect(statuses).toEqual([...accepted, ...Array.from({ length: 20 }, () => '413')]);
  // P-RX-01: what was refused stays refused; what was begun may end.
  const again = { messageId: `partial${MAX_PARTIAL}`, range: `${start.length + 1}-*/*`, flag: '+' } as const;
  expect(await caller.exchange('more', again)).toMatchObject({ what: '413' });
  const end = { messageId: 'partial0', range: `${start.length + 1}-*/*`, flag: '$' } as const;
  expect(await caller.exchange('end', end)).toMatchObject({ what: '200' });
  await talks('meanwhile');
  expect(server.server.chat.stats.partialOctets).toBe((MAX_PARTIAL - 1) * start.length);
  expect(await caller.bye()).toMatchObject({ status: 200 });
  await talks('after');
  expect(server.server.chat.stats.partialOctets).toBe(0);
});

test('half a frame before the connection breaks, hundreds of times, leaves nothing', async () => {
  const { talks } = await conversation();
  const before = connections();
  for (let round = 0; round < 3; round++) {
    const strangers = await Strangers.connect(MANY);
    await strangers.write('MSRP abcd SEND\r\nTo-Path: msrp://nobody.example/x;tcp\r\nFrom-Pa');
    for (const socket of strangers.sockets) socket.resetAndDestroy();
    await Promise.all(strangers.gone);
    await until(() => connections() <= before);
  }
  await talks('after');
});
