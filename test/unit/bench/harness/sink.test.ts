import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { compileDriver, Driver } from '../../../../bench/harness/driver.js';

const PARTICIPANTS = 6;
const POINT = { textOctets: 100, senders: 2, window: 3, rate: 0, warmupMs: 20, measureMs: 100 };
const FRAME = /MSRP (\S+) SEND\r\nTo-Path: (\S+)\r\nFrom-Path: (\S+)\r\n([^]*?)-------\1\$\r\n/g;

interface Member {
  socket: Socket;
  own: string;
  peer: string;
}

/** A room that forwards everything, `times(n)` the copy number n. */
function room(times: (copy: number) => number): Promise<{ server: Server; port: number }> {
  const members: Member[] = [];
  let copies = 0;
  const forward = (from: Member, rest: string): void => {
    for (const { socket, own, peer } of members.filter((member) => member !== from)) {
      copies += 1;
      const id = `copy${String(copies).padStart(8, '0')}`;
      const copy = `MSRP ${id} SEND\r\nTo-Path: ${own}\r\nFrom-Path: ${peer}\r\nFailure-Report: no\r\n${rest}-------${id}$\r\n`;
      socket.write(copy.repeat(times(copies)), 'latin1');
    }
  };
  const server = createServer((socket) => {
    const member: Member = { socket, own: '', peer: '' };
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (octets: Buffer) => {
      text += octets.toString('latin1');
      const taken = text.lastIndexOf('$\r\n') + 3;
      for (const [, id, to, from, rest] of text.slice(0, taken).matchAll(FRAME)) {
        socket.write(`MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
        if (rest.includes('Content-Type')) forward(member, rest);
        else members.push(Object.assign(member, { own: from, peer: to }));
      }
      text = text.slice(taken);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as AddressInfo).port }));
  });
}

/** A run in such a room. */
async function run(times: (copy: number) => number): ReturnType<Driver['sink']> {
  const { server, port } = await room(times);
  const driver = new Driver();
  try {
    await driver.bind(
      Array.from({ length: PARTICIPANTS }, (_, index) => ({
        link: 'tcp',
        host: '127.0.0.1',
        port,
        ownPath: `msrp://127.0.0.1:9/own${index};tcp`,
        peerPath: `msrp://127.0.0.1:${port}/peer${index};tcp`,
        room: 'sip:room@bench.invalid',
        from: `sip:p${index}@bench.invalid`,
      })),
    );
    return await driver.sink(POINT, [process.pid], () => {});
  } finally {
    await driver.stop();
    server.close();
  }
}

beforeAll(compileDriver, 60_000);

test('copies are counted by the octets that arrived unread', async () => {
  const { copies, error, messages } = await run(() => 1);
  expect(error).toBe('');
  expect(messages).toBeGreaterThan(0);
  // What was sent and is on its way at one end of the measured part is not at the other.
  const underWay = POINT.senders * POINT.window;
  expect(Math.abs(copies / (PARTICIPANTS - 1) - messages)).toBeLessThanOrEqual(underWay);
});

// A message is copied to the others in their order, the other sender first; those of the look at a copy come before.
test.each([
  ['who does not read', 4, /participant \d received more than was sent/],
  ['who reads', 1, /participant \d received message \d+ out of order/],
])('a copy that comes twice to somebody %s fails the run', async (_, place, error) => {
  const twice = (copy: number): number => (copy > 60 && copy % (PARTICIPANTS - 1) === place ? 2 : 1);
  expect((await run(twice)).error).toMatch(error);
});
