/**
 * What Wireshark makes of our MSRP, in an end-to-end run on the loopback interface.
 *
 * Its dissector (4.0) takes one frame from the beginning of a TCP segment and puts none together. So of the live
 * capture only segments that begin with a whole frame count: those must not be marked malformed. A segment that goes on with
 * a frame is no frame to it, and what follows the first frame of a segment it does not look at; neither is a fault of
 * ours. Therefore every frame of the capture is dissected a second time in a segment of its own, and there all of it
 * has to be what we meant. Frames that a segment of loopback size cannot hold would be left out; the run has none.
 */
import { FrameReader, framesOf, isRequest, type ParsedFrame } from '../support/msrp-frames.js';
import { Caller, cpim } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';
import { Capture, dissect, type Packet } from '../support/tshark.js';

const MANY = 20;

let server: ServerUnderTest;
/** What the server wrote, a buffer per connection. */
let streams: Buffer[];
let packets: Packet[];

beforeAll(async () => {
  server = await ServerUnderTest.start();
  const capture = await Capture.start(server.msrp);
  await talk();
  await server.clear();
  packets = (await capture.stop()).filter(({ payload }) => payload.length > 0);
  streams = streamsFrom(server.msrp.port);
});
afterAll(() => server?.close());

/** Everything a room says over MSRP: openers, texts, chunks, reports, nicknames, refusals. */
async function talk(): Promise<void> {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const caller = await Caller.join(server, room);
  for (let n = 0; n < MANY; n++) {
    expect(await ana.participant.send(`message ${n} 🍕`)).toMatchObject({ status: 200 });
    await bob.events.next('message', ({ text }) => text === `message ${n} 🍕`);
  }
  await ana.participant.sendPrivate('sip:bob@example.com', 'for bob');
  await ana.participant.send('x'.repeat(40_000));
  await bob.events.next('message', ({ text }) => text?.length === 40_000);
  await bob.participant.setNickname('Bobby');
  const text = cpim('sip:caller@example.com', room, 'hello');
  expect(await caller.exchange(text, { extra: ['Success-Report: yes'] })).toMatchObject({ what: '200' });
  await caller.msrp.frameOf('REPORT');
  expect(await caller.exchange('no CPIM')).toMatchObject({ what: '400' });
  expect(await caller.exchange('x', { contentType: 'text/plain' })).toMatchObject({ what: '415' });
  expect(await caller.exchange(cpim('sip:ana@example.com', room, 'x'))).toMatchObject({ what: '403' });
  expect(await caller.exchange(cpim('sip:caller@example.com', 'sip:no@one', 'x'))).toMatchObject({ what: '404' });
}

/** What came from the port, put together: loopback loses and reorders nothing. */
function streamsFrom(port: number): Buffer[] {
  const byPeer = new Map<number, Buffer[]>();
  for (const { sourcePort, destinationPort, payload } of packets) {
    if (sourcePort !== port) continue;
    byPeer.set(destinationPort, [...(byPeer.get(destinationPort) ?? []), payload]);
  }
  return [...byPeer.values()].map((parts) => Buffer.concat(parts));
}

/** The octets of each frame of a stream. */
function cut(stream: Buffer, frames: readonly ParsedFrame[]): Buffer[] {
  let at = 0;
  return frames.map(({ message, end }) => {
    const last = `-------${message.tid}${end.flag}\r\n`;
    const begin = at;
    at = stream.indexOf(last, begin, 'latin1') + last.length;
    return stream.subarray(begin, at);
  });
}

/** Whether a segment begins with a frame and holds all of it. */
function beginsWithFrame({ payload }: Packet): boolean {
  const reader = new FrameReader();
  reader.parser.receive(payload);
  return reader.frames.length > 0;
}

test('nothing in the capture is malformed, and every segment that begins with a whole frame is MSRP', () => {
  const starts = packets.filter(beginsWithFrame);
  expect(starts.length).toBeGreaterThan(4 * MANY);
  const faults = packets.filter(({ malformed }) => malformed !== '').map(({ payload }) => payload.toString('latin1'));
  expect(faults).toEqual([]);
  expect([...new Set(starts.map(({ protocols }) => /:tcp:(msrp)(?::|$)/.exec(protocols)?.[1]))]).toEqual(['msrp']);
});

test('every frame of ours is dissected as what we meant', async () => {
  const frames = streams.flatMap((stream) => framesOf(stream));
  const octets = streams.flatMap((stream) => cut(stream, framesOf(stream)));
  expect(frames.length).toBeGreaterThan(3 * MANY);
  expect(Math.max(...octets.map(({ length }) => length))).toBeLessThan(60_000);
  const seen = (await dissect(octets, server.msrp.port)).map((packet) => ({
    malformed: packet.malformed,
    // Once in the start line, once in the end-line.
    tid: packet.transactionId,
    what: packet.method || packet.status,
    flag: packet.flag,
    toPath: packet.toPath,
    fromPath: packet.fromPath,
    messageId: packet.messageId,
    range: packet.byteRange,
  }));
  expect(seen).toEqual(frames.map(asDissected));
  // All there is to see was seen.
  const kinds = new Set(seen.map(({ what }) => what));
  expect([...kinds].toSorted()).toEqual(['200', '400', '403', '404', '415', 'REPORT', 'SEND']);
});

function asDissected(frame: ParsedFrame): Record<string, string> {
  const { message, end } = frame;
  const header = (name: string): string => message.headers.find(([other]) => other === name)?.[1] ?? '';
  return {
    malformed: '',
    tid: `${message.tid},${message.tid}`,
    what: isRequest(frame) ? frame.message.method : String((message as { status: number }).status),
    flag: end.flag,
    toPath: message.toPath.join(' '),
    fromPath: message.fromPath.join(' '),
    messageId: header('Message-ID'),
    range: header('Byte-Range'),
  };
}
