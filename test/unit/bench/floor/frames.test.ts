import { FrameReader, type Request } from '../../../../bench/floor/frames.js';
import { transactionIds } from '../../../../bench/floor/identifiers.js';

const PATHS = 'To-Path: msrp://127.0.0.1:1/us;tcp\r\nFrom-Path: msrp://127.0.0.1:9/them;tcp\r\n';

const send = (id: string, body: string, range = `1-*/${body.length}`): string =>
  `MSRP ${id} SEND\r\n${PATHS}Message-ID: m${id}\r\nByte-Range: ${range}\r\nContent-Type: text/plain\r\n\r\n${body}\r\n-------${id}$\r\n`;
const bind = `MSRP bind0001 SEND\r\n${PATHS}Message-ID: bind0001\r\nByte-Range: 1-0/0\r\n-------bind0001$\r\n`;
const own = (id: string): string => `MSRP ${id} 200 OK\r\n${PATHS}-------${id}$\r\n`;

/** What a reader makes of `data` when it comes in pieces of so many octets. */
function read(data: string, size: number): string[] {
  const events: string[] = [];
  let piece = '';
  const sink = {
    request: (_: null, { transactionId, shared, body }: Request) =>
      events.push(`${transactionId} ${shared}${body?.toString('latin1') ?? ''}`),
    opened: (_: null, { transactionId, shared }: Request) => events.push(`open ${transactionId} ${shared}`),
    piece: (_: null, bytes: Buffer) => {
      piece += bytes.toString('latin1');
    },
    ended: () => {
      events.push(piece);
      piece = '';
    },
  };
  const reader = new FrameReader(null, sink);
  const bytes = Buffer.from(data, 'latin1');
  let rest = Buffer.alloc(0);
  for (let at = 0; at < bytes.length; at += size) {
    const all = Buffer.concat([rest, bytes.subarray(at, at + size)]);
    rest = all.subarray(reader.read(all, own(transactionIds.next()).length));
  }
  expect(rest).toHaveLength(0);
  return events;
}

const shared = (body: string, range = `1-*/${body.length}`): string =>
  `Byte-Range: ${range}\r\nContent-Type: text/plain\r\n\r\n${body}\r\n`;

test('small frames, and the answers to our own, however they are cut', () => {
  const data = `${bind}${own(transactionIds.next())}${send('aaaa1', 'hello')}${own(transactionIds.next())}${send('aaaa2', '')}`;
  const expected = ['bind0001 ', `aaaa1 ${shared('hello')}`, `aaaa2 ${shared('')}`];
  for (let size = 1; size <= data.length; size += 1) expect(read(data, size)).toEqual(expected);
});

test('a body that all recipients share as octets', () => {
  const body = 'x\r\n-------'.repeat(2000);
  expect(read(send('bbbb1', body), 7001)).toEqual([`bbbb1 ${shared(body)}`]);
});

test('a body that is passed on as it arrives', () => {
  const body = 'x\r\n-------cccc'.repeat(6000);
  const [head] = shared(body).split(body);
  const data = send('cccc1', body) + send('cccc2', 'after');
  for (const size of [1024, 65_536, 65_537, body.length, body.length + 150]) {
    expect(read(data, size)).toEqual([`open cccc1 ${head}`, body, `cccc2 ${shared('after')}`]);
  }
});
