import { join } from 'node:path';
import * as fc from 'fast-check';
import { loadFolder } from '../conformance/vectors.js';
import { DisturbedRoom } from '../support/disturbed-room.js';
import { FrameReader } from '../support/msrp-frames.js';

const { vectors } = loadFolder(join(__dirname, '../vectors'));
const corpus = vectors.filter(({ kind, bytes }) => kind === 'msrp' && bytes.length < 4096).map(({ bytes }) => bytes);
/** What breaks framing when it stands where it should not. */
const TOKENS = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '-------',
  '$',
  '+',
  '#',
  'MSRP ',
  ' ',
  ':',
  '*',
  '1-*/*',
  '\0',
  '\xff',
  'From: <',
  'Content-Type: message/cpim\r\n',
];

type Edit = { at: number } & (
  | { kind: 'flip'; value: number }
  | { kind: 'cut' | 'double'; length: number }
  | { kind: 'insert'; text: string }
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), value: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'double' as const), at: fc.nat(), length: fc.nat({ max: 60 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), text: fc.constantFrom(...TOKENS) }),
);

function apply(bytes: Buffer, change: Edit): Buffer {
  const at = change.at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (change.kind === 'flip') return Buffer.concat([before, Buffer.from([change.value]), after.subarray(1)]);
  if (change.kind === 'insert') return Buffer.concat([before, Buffer.from(change.text, 'latin1'), after]);
  const part = after.subarray(0, change.length);
  return Buffer.concat([before, ...(change.kind === 'double' ? [part, part] : []), after.subarray(change.length)]);
}

/** A few vectors in a row with a few changes. */
const stream = fc
  .tuple(fc.array(fc.constantFrom(...corpus), { minLength: 1, maxLength: 4 }), fc.array(edit, { maxLength: 6 }))
  .map(([parts, edits]) => edits.reduce(apply, Buffer.concat(parts)));

const cuts = fc.array(fc.nat(), { maxLength: 12 });

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

function read(parts: readonly Buffer[]): FrameReader {
  const reader = new FrameReader();
  for (const part of parts) reader.parser.receive(part);
  return reader;
}

test('the parser throws at nothing and sees the same however a stream is cut', () => {
  fc.assert(
    fc.property(stream, cuts, (bytes, at) => {
      const [whole, cut] = [read([bytes]), read(pieces(bytes, at))];
      expect(cut.fatal).toBe(whole.fatal);
      expect(cut.frames).toEqual(whole.frames);
      expect(cut.parser.pending).toBe(whole.parser.pending);
      expect(whole.parser.pending).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 10_000 },
  );
}, 30_000);

test('the room throws at nothing, the others go on talking, and nothing is left when all have gone', async () => {
  await fc.assert(
    fc.asyncProperty(stream, cuts, async (bytes, at) => {
      const room = new DisturbedRoom();
      room.disturb(pieces(bytes, at));
      expect(await room.works()).toBe(true);
      room.stage.clock.advance(29_000);
      expect(await room.works()).toBe(true);
      expect(room.close()).toBe(0);
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 10_000 },
  );
}, 30_000);
