import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { encodeFrame, type Frame, FrameError, FrameReader } from '../../../../lib/embedded-drachtio/control/frame.js';

const WIRE = join(__dirname, '../../../interop/drachtio-wire');
const copy = ({ tokens, message }: Frame): Frame => ({ tokens, message: message && Buffer.from(message) });
const read = (reader: FrameReader, chunk: Buffer): Frame[] => Array.from(reader.receive(chunk), copy);

/** The frames of a capture: a line `@@ … len=N`, then N bytes and what follows them up to the next such line. */
function captured(file: string): Buffer[] {
  const log = readFileSync(join(WIRE, file));
  const frames: Buffer[] = [];
  for (let at = log.indexOf('@@ '); at !== -1; at = log.indexOf('\n@@ ', at)) {
    if (log[at] === 0x0a) at++;
    const end = log.indexOf('\n', at);
    const head = log.toString('latin1', at, end);
    const next = log.indexOf('\n@@ ', end);
    if (/len=\d+/.test(head) && /^\d+#/.test(log.toString('latin1', end + 1, end + 10))) {
      frames.push(log.subarray(end + 1, next === -1 ? log.length : next));
    }
    at = end;
  }
  return frames;
}

test('frames survive every split', () => {
  const messages = fc.option(fc.uint8Array({ minLength: 1, maxLength: 50 }), { nil: undefined });
  const tokens = fc.array(fc.stringMatching(/^[a-zA-Z0-9;:@ü=-]{0,10}$/u), { minLength: 1, maxLength: 5 });
  const frame = fc.tuple(
    tokens.map((all) => ['id'].concat(all)),
    messages,
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), (frames, step) => {
      const stream = Buffer.concat(frames.map(([all, message]) => encodeFrame(all, message && Buffer.from(message))));
      const reader = new FrameReader();
      const out: Frame[] = [];
      for (let at = 0; at < stream.length; at += step) out.push(...read(reader, stream.subarray(at, at + step)));
      expect(out).toEqual(frames.map(([all, message]) => ({ tokens: all, message: message && Buffer.from(message) })));
    }),
  );
});

test.each(['0#', 'x', '#abc', '12345678901', '99999999#'])('%s is no frame', (text) => {
  expect(() => read(new FrameReader(), Buffer.from(text))).toThrow(FrameError);
});

test('a token can neither end the line nor shift the others', () => {
  expect(encodeFrame(['a|b', 'c\r\nd']).toString()).toBe('8#a_b|c__d');
});

test.each(['wire-main.log', 'wire-outbound.log'])(
  'the frames captured from drachtio-server in %s are read whole',
  (file) => {
    const frames = captured(file);
    expect(frames.length).toBeGreaterThan(10);
    for (const bytes of frames) {
      const length = Number.parseInt(bytes.toString('latin1', 0, 8), 10);
      const whole = bytes.subarray(0, bytes.indexOf('#') + 1 + length);
      const [frame] = read(new FrameReader(), whole);
      expect(frame?.tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect([
        'authenticate',
        'response',
        'route',
        'remove_route',
        'ping',
        'sip',
        'proxy',
        'cdr:attempt',
        'cdr:start',
        'cdr:stop',
      ]).toContain(frame?.tokens[1]);
    }
  },
);
