import * as fc from 'fast-check';
import { FrameJoiner } from '../../../../lib/client/msrp/frame-joiner.js';
import { framesOf, request } from '../../../support/msrp-frames.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

const text = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('latin1');

test('a frame written at once is handed on as it is', () => {
  const joiner = new FrameJoiner();
  const frame = bytes(
    request('abcd', 'SEND', 'msrp://a.example:1/a;tcp', 'msrp://b.example:2/b;tcp', ['Message-ID: 1']),
  );
  expect(joiner.add(frame)).toBe(frame);
  expect(joiner.held).toBe(0);
});

test('end-lines of other frames, and those that do not end what was written, are body', () => {
  const joiner = new FrameJoiner();
  const parts = ['MSRP abcd SEND\r\n\r\n', 'x\r\n-------other$\r\n', '\r\n-------abcd$', '\r\n-------abcd$\r\n.'];
  for (const part of parts) expect(joiner.add(bytes(part))).toBeUndefined();
  expect(joiner.held).toBe(parts.join('').length);
  expect(text(joiner.add(bytes('\r\n-------abcd#\r\n')))).toBe(`${parts.join('')}\r\n-------abcd#\r\n`);
});

test('7977-5.1-01: however bodies are cut, each frame comes out as one', () => {
  const body = fc.string({ unit: 'binary-ascii', maxLength: 60 });
  const flag = fc.constantFrom('$', '+', '#');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(body, { maxLength: 5 }), flag), { minLength: 1 }), (messages) => {
      const joiner = new FrameJoiner();
      for (const [index, [slices, end]] of messages.entries()) {
        const tid = `frame${index}`;
        const frame = request(
          tid,
          'SEND',
          'msrp://a.example:1/a;tcp',
          'msrp://b.example:2/b;tcp',
          ['Message-ID: message1', 'Content-Type: a/b'],
          '',
        );
        const head = frame.slice(0, frame.indexOf('\r\n\r\n') + 4);
        for (const part of [head, ...slices]) expect(joiner.add(bytes(part))).toBeUndefined();
        const whole = joiner.add(bytes(`\r\n-------${tid}${end}\r\n`));
        expect(framesOf(Buffer.from(whole ?? []))[0].body.toString('latin1')).toBe(slices.join(''));
      }
    }),
  );
});
