import * as fc from 'fast-check';
import {
  type Frame,
  FrameCutter,
  type FrameCutterOptions,
  type Holding,
} from '../../../../plugin/trace/frame-cutter.js';
import { request, response } from '../../../support/msrp-frames.js';

const OURS = 'msrp://127.0.0.1:2855/ours;tcp';
const PEER = 'msrp://127.0.0.1:49152/peer;tcp';

/** A body that looks like a frame, one with an end-line that is not its own, one that is empty, and no body at all. */
const FRAMES = [
  request('aaaa1', 'SEND', OURS, PEER, ['Message-ID: m1', 'Byte-Range: 1-5/5', 'Content-Type: text/plain'], 'hello'),
  response('bbbb1', '200 OK', OURS, PEER),
  request('cccc1', 'SEND', OURS, PEER, ['Message-ID: m2', 'Content-Type: text/plain'], 'x$\r\nMSRP zzzz SEND\r\n', '+'),
  request('dddd1', 'SEND', OURS, PEER, ['Message-ID: m3', 'Content-Type: text/plain'], '-------cccc1$\r\n'),
  request('eeee1', 'SEND', OURS, PEER, ['Message-ID: m4', 'Content-Type: text/plain'], ''),
  request('ffff1', 'NICKNAME', OURS, PEER, ['Use-Nickname: "ana"']),
];

const holding = (limit = 1_000_000): Holding => ({ octets: 0, limit });

function cutter(options: Partial<FrameCutterOptions> = {}): {
  cutter: FrameCutter;
  frames: Frame[];
  texts: () => string[];
} {
  const frames: Frame[] = [];
  const made = new FrameCutter({
    maxFrame: 100_000,
    holding: holding(),
    wants: () => true,
    frame: (frame) => frames.push(frame),
    ...options,
  });
  return { cutter: made, frames, texts: () => frames.map(textOf) };
}

const textOf = ({ octets }: Frame): string => Buffer.concat(octets).toString('latin1');

test('frames come out as they went in, however the stream is cut, and blank lines between them do not', () => {
  const stream = Buffer.from(FRAMES.map((frame, index) => frame + '\r\n'.repeat(index % 3)).join(''), 'latin1');
  const cuts = fc.array(fc.nat(stream.length), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (places) => {
      const { cutter: cut, texts } = cutter();
      let at = 0;
      for (const place of [...places.toSorted((a, b) => a - b), stream.length]) {
        // The reader's buffer is used again.
        const piece = Buffer.from(stream.subarray(at, place));
        cut.receive(piece);
        piece.fill(0);
        at = place;
      }
      expect(texts()).toEqual(FRAMES);
    }),
  );
});

test('every frame is told of as soon as its last octet is there', () => {
  const { cutter: cut, texts } = cutter();
  cut.receive(Buffer.from(FRAMES[0], 'latin1'));
  expect(texts()).toEqual([FRAMES[0]]);
});

test('come upon in the midst of a frame, it waits for the next that certainly begins', () => {
  const { cutter: cut, texts } = cutter();
  cut.receive(Buffer.from(`and MSRP is spoken of here\r\n${FRAMES[0].slice(40)}${FRAMES[1]}${FRAMES[5]}`, 'latin1'));
  expect(texts()).toEqual([FRAMES[1], FRAMES[5]]);
});

test('what is no MSRP costs what it is, and the next frame is found again', () => {
  const { cutter: cut, texts } = cutter();
  cut.receive(Buffer.from(`${FRAMES[0]}GET / HTTP/1.1\r\n\r\n`, 'latin1'));
  cut.receive(Buffer.from(FRAMES[1], 'latin1'));
  expect(texts()).toEqual([FRAMES[0], FRAMES[1]]);
});

test('behind missing octets the frame they were in is given up', () => {
  const { cutter: cut, texts } = cutter();
  cut.receive(Buffer.from(FRAMES[0].slice(0, 90), 'latin1'));
  cut.lose();
  cut.receive(Buffer.from(FRAMES[0].slice(95) + FRAMES[1], 'latin1'));
  expect(texts()).toEqual([FRAMES[1]]);
});

test('of a frame that is longer than is kept there is the beginning and the end-line, and how much is missing', () => {
  const long = request('aaaa1', 'SEND', OURS, PEER, ['Message-ID: m1', 'Content-Type: text/plain'], 'x'.repeat(5_000));
  const held = holding();
  const { cutter: cut, frames, texts } = cutter({ maxFrame: 300, holding: held });
  for (let at = 0; at < long.length; at += 100) cut.receive(Buffer.from(long.slice(at, at + 100), 'latin1'));
  expect(texts()).toEqual([`${long.slice(0, 300)}\r\n-------aaaa1$\r\n`]);
  expect(frames[0].left).toBe(long.length - 300);
  expect(held.octets).toBe(0);
});

test('all cutters together hold no more than they may; a frame cut short stays so when there is room again', () => {
  const held = holding(150);
  const [one, other] = [cutter({ holding: held }), cutter({ holding: held })];
  one.cutter.receive(Buffer.from(FRAMES[0].slice(0, 120), 'latin1'));
  other.cutter.receive(Buffer.from(FRAMES[2].slice(0, 60), 'latin1'));
  expect(held.octets).toBe(150);
  one.cutter.receive(Buffer.from(FRAMES[0].slice(120), 'latin1'));
  other.cutter.receive(Buffer.from(FRAMES[2].slice(60), 'latin1'));
  expect(other.texts()).toEqual([`${FRAMES[2].slice(0, 30)}\r\n-------cccc1+\r\n`]);
  expect(held.octets).toBe(0);
});

test('what nobody wants is not kept', () => {
  const held = holding();
  const { cutter: cut, texts } = cutter({ holding: held, wants: ({ kind }) => kind === 'response' });
  cut.receive(Buffer.from(FRAMES[0].slice(0, -10), 'latin1'));
  expect(held.octets).toBe(0);
  cut.receive(Buffer.from(FRAMES[0].slice(-10) + FRAMES[1], 'latin1'));
  expect(texts()).toEqual([FRAMES[1]]);
});
