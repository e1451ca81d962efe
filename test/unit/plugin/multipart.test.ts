import * as fc from 'fast-check';
import { bodyParts } from '../../../plugin/multipart.js';

const part = (type: string, content: string): string => `Content-Type: ${type}\r\n\r\n${content}`;

test('DRA-G11: preamble, epilogue, blank lines in a part, a boundary that is not the last parameter', () => {
  const body = [
    'This is a multipart message.',
    '--b1',
    part('text/plain; charset=utf-8', 'one\r\n\r\ntwo'),
    '--b1  ',
    part('APPLICATION/sdp', 'v=0\r\n'),
    '--b1--',
    'epilogue --b1',
  ].join('\r\n');
  const parts = bodyParts('multipart/mixed; boundary="b1"; charset=x', body);
  expect(parts.map(({ header, content }) => [header('Content-Type'), content])).toEqual([
    ['text/plain', 'one\r\n\r\ntwo'],
    ['application/sdp', 'v=0\r\n'],
  ]);
});

test('a boundary with signs of a pattern is taken as it stands', () => {
  expect(bodyParts('multipart/mixed;boundary=".+"', '--.+\r\n\r\nx\r\n--.+--')).toHaveLength(1);
  expect(bodyParts('multipart/mixed;boundary=".+"', '--ab\r\n\r\nx\r\n--ab--')).toHaveLength(0);
});

test.each([
  ['multipart/mixed', '--x\r\n\r\n\r\n--x--'],
  ['multipart/mixed;boundary=', '--\r\n\r\n\r\n----'],
  ['multipart/mixed;boundary=x', ''],
  ['multipart/mixed;boundary=x', '--x\r\nContent-Type: application/sdp\r\n\r\nv=0'],
  [`multipart/mixed;boundary=${'x'.repeat(71)}`, '--x--'],
])('no parts: %s %j', (type, body) => {
  expect(bodyParts(type, body)).toEqual([]);
});

test('any parts come back as they are', () => {
  const content = fc.string().filter((text) => !text.includes('--b') && !/[\r\n]$/.test(text) && text !== '');
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 8 }), (contents) => {
      const body = `${contents.map((text) => `--b\r\n${part('text/plain', text)}\r\n`).join('')}--b--`;
      expect(bodyParts('multipart/mixed;boundary=b', body).map((each) => each.content)).toEqual(contents);
    }),
  );
});

test('no body takes long or throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (type, body) => {
      expect(Array.isArray(bodyParts(`multipart/mixed;boundary=${type}`, body))).toBe(true);
    }),
  );
});
