import * as fc from 'fast-check';
import { bodyParts } from '../../../../plugin/sip/multipart.js';

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

test('DRA-01: headers in any case, folded, with parameters; Content-ID as written', () => {
  const body = [
    '--b',
    'content-type: application/resource-lists+xml',
    'CONTENT-DISPOSITION: recipient-list-history;',
    '  handling="optional"; x=1',
    'Content-ID: <Ab1@Host>',
    '',
    '<x/>',
    '--b',
    '',
    'no header',
    '--b--',
  ].join('\n');
  const [list, plain] = bodyParts('Multipart/Mixed; charset="a;boundary=no" ; Boundary=b;x', body);
  expect(list.header('Content-Type')).toBe('application/resource-lists+xml');
  expect(list.header('Content-Disposition')).toBe('recipient-list-history');
  expect(list.parameter('content-disposition', 'handling')).toBe('optional');
  expect(list.value('Content-ID')).toBe('<Ab1@Host>');
  expect([plain.header('Content-Type'), plain.content]).toEqual([undefined, 'no header']);
});

test('DRA-01: a multipart in a multipart is read in its place, however the boundaries begin; too deep ones are not', () => {
  const inner = `--b-2\r\n${part('application/sdp', 'v=0')}\r\n--b-2\r\n${part('text/plain', 'two')}\r\n--b-2--`;
  const body = `--b\r\n${part('multipart/mixed;boundary=b-2', inner)}\r\n--b\r\n${part('text/plain', 'three')}\r\n--b--`;
  expect(bodyParts('multipart/mixed;boundary=b', body).map(({ content }) => content)).toEqual(['v=0', 'two', 'three']);
  let deep = part('text/plain', 'deep');
  for (let n = 0; n < 200; n++) deep = part(`multipart/mixed;boundary=d${n}`, `--d${n}\r\n${deep}\r\n--d${n}--`);
  expect(bodyParts('multipart/mixed;boundary=o', `--o\r\n${deep}\r\n--o--`)).toEqual([]);
});

test.each([
  ['', 'ä=', 'ä='],
  ['BINARY', 'ä=', 'ä='],
  ['base64', 'w6Q9\r\n', 'ä='],
  ['quoted-printable', 'a=C3=A4=\r\nb=3D=', 'aäb=='],
  ['x-unknown', 'a', undefined],
])('Content-Transfer-Encoding %j', (encoding, content, text) => {
  const body = `--b\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}\r\n--b--`;
  expect(bodyParts('multipart/mixed;boundary=b', body)[0].text).toBe(text);
});

test('hostile boundaries: parts come back as they are, and no text in them is taken for a delimiter', () => {
  const sign = fc.constantFrom(...Array.from(`abc09'()+_,-./:=?`));
  const boundary = fc.array(sign, { minLength: 1, maxLength: 70 }).map((signs) => signs.join(''));
  fc.assert(
    fc.property(boundary, fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (delimiter, texts) => {
      // Nearly delimiters: longer, inside of a line, cut short.
      const near = [`--${delimiter}x`, `x--${delimiter}`, `--${delimiter.slice(0, -1)}y`, `--${delimiter}---`];
      const contents = texts.map((text, n) => `${text.replaceAll(`--${delimiter}`, '')}\r\n\r\n${near[n]}.`);
      const body = contents.map((text) => `--${delimiter}\r\n${part('text/plain', text)}\r\n`).join('');
      const parts = bodyParts(`multipart/mixed; boundary="${delimiter}"`, `${body}--${delimiter}--`);
      expect(parts.map(({ content }) => content)).toEqual(contents);
    }),
  );
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
