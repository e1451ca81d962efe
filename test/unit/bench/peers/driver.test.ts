import { binary } from '../../../../bench/harness/compile-c.js';
import { Driver, type LoadPoint } from '../../../../bench/harness/driver.js';
import { prepareDriver } from '../../../../bench/peers/driver.js';
import { DRIVER } from '../../../../bench/peers/peer-room.js';
import { type Delivery, type FakeRoom, faithful, multiUserChat, webSocketRoom } from './fake-rooms.js';

const MEMBERS = 5;
const SATURATED: LoadPoint = { textOctets: 100, senders: 4, window: 4, rate: 0, warmupMs: 20, measureMs: 100 };

let room: FakeRoom | undefined;
let driver: Driver | undefined;

beforeAll(() => {
  prepareDriver();
});

afterEach(async () => {
  await driver?.stop();
  room?.close();
});

/** Everybody joins, the first one alone. */
async function join(protocol: string, { port }: FakeRoom): Promise<Driver> {
  driver = new Driver(binary(DRIVER));
  const lines = Array.from({ length: MEMBERS }, (_, i) => `add ${protocol} 127.0.0.1 ${port} bench@rooms.x p${i}`);
  await driver.admit(lines.slice(0, 1));
  await driver.admit(lines.slice(1));
  return driver;
}

type Start = (deliver: Delivery) => Promise<FakeRoom>;
const protocols: [string, Start][] = [
  ['xmpp', (deliver) => multiUserChat(deliver)],
  ['ws', (deliver) => webSocketRoom(deliver)],
  ['socket.io', (deliver) => webSocketRoom(deliver, true)],
];

describe.each(protocols)('%s', (protocol, start) => {
  test.each([100, 4096])(
    'all copies of %i octets of text are counted, once for each of the others',
    async (textOctets) => {
      room = await start(faithful);
      const result = await (await join(protocol, room)).run({ ...SATURATED, textOctets }, [process.pid]);
      expect(result).toMatchObject({ errors: 0, error: '', participants: MEMBERS });
      expect(result.copies).toBeGreaterThanOrEqual(result.messages * (MEMBERS - 1) - 4 * 4 * MEMBERS);
      expect(result.messages).toBeGreaterThan(0);
      expect(result.verified).toBeGreaterThan(0);
      expect(result.cpuSeconds).toBeGreaterThan(0);
      expect(result.bytesPerCopy).toBeGreaterThan(textOctets);
    },
  );

  test('a copy that comes twice fails the run', async () => {
    let copies = 0;
    room = await start((text) => {
      copies += 1;
      return copies === 50 ? [text, text] : [text];
    });
    const result = await (await join(protocol, room)).run(SATURATED, [process.pid]);
    expect(result).toMatchObject({ doubled: 1, lost: 0 });
  });

  test('an altered text fails the run', async () => {
    room = await start((text) => [text.replace('xxxx', 'xyxx')]);
    const result = await (await join(protocol, room)).run(SATURATED, [process.pid]);
    expect(result.error).toMatch(/altered/);
  });

  test('a server that goes away in mid-run fails it, and what it took with it is lost', async () => {
    let copies = 0;
    room = await start((text) => {
      copies += 1;
      if (copies === 50) room?.close();
      return [text];
    });
    const result = await (await join(protocol, room)).run(SATURATED, [process.pid]);
    expect(result.error).toMatch(/closed by the server|reset/);
    expect(result.lost).toBeGreaterThan(0);
  });

  test('a message that overtakes an earlier one of its sender fails the run', async () => {
    const seen = new Map<number, string[]>();
    // Of everybody's copies the tenth leaves after the eleventh.
    room = await start((text, recipient) => {
      const texts = [...(seen.get(recipient) ?? []), text];
      seen.set(recipient, texts);
      if (texts.length === 10) return [];
      return texts.length === 11 ? texts.slice(-2).toReversed() : [text];
    });
    const result = await (await join(protocol, room)).run({ ...SATURATED, senders: 1 }, [process.pid]);
    expect(result).toMatchObject({ disordered: MEMBERS - 1, doubled: 0, lost: 0 });
    expect(result.error).toMatch(/after a later one/);
  });
});

test('xmpp: stanzas are put together from whatever pieces they come in', async () => {
  room = await multiUserChat(faithful, true);
  const result = await (await join('xmpp', room)).run(SATURATED, [process.pid]);
  expect(result).toMatchObject({ errors: 0, participants: MEMBERS });
});

test('xmpp: who is refused by the room is missing, and it is said why', async () => {
  room = await multiUserChat(faithful, false, "<presence type='error'><error type='auth'/></presence>");
  await expect(join('xmpp', room)).rejects.toThrow(/the room let it not in/);
});

test('a server that is no WebSocket server is told from one', async () => {
  room = await multiUserChat(faithful);
  const { port } = room;
  const http = await import('node:http');
  const server = http.createServer((_, response) => response.end('no')).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const address = server.address();
  try {
    const other = typeof address === 'object' && address ? address.port : port;
    await expect(join('ws', { port: other, close: () => {} })).rejects.toThrow(/none of its protocol/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
