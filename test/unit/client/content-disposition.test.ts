import * as fc from 'fast-check';
import { attachment, readFilename } from '../../../lib/client/content-disposition.js';

test.each([
  ['photo.png', 'attachment; filename="photo.png"'],
  ['a "b" \\ c', 'attachment; filename="a \\"b\\" \\\\ c"'],
  ['grüße.txt', `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt`],
  ['a\r\nX: y', 'attachment; filename="aX: y"'],
])('4975-7.1-19 %j is written so that it comes back', (name, value) => {
  expect(attachment(name)).toBe(value);
});

test.each([
  ['attachment', undefined],
  ['attachment; filename=plain.txt', 'plain.txt'],
  ['ATTACHMENT ; FILENAME = "x"', 'x'],
  [`attachment; filename="ascii"; filename*=utf-8'de'%e2%82%ac`, '€'],
  [`attachment; filename="ascii"; filename*=utf-8''%zz`, 'ascii'],
  ['attachment; filename=""', undefined],
])('%j names %j', (value, name) => {
  expect(readFilename(value)).toBe(name);
});

test('a name without controls survives, and nothing breaks the header line', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(name, (text) => {
      const value = attachment(text);
      expect(value).not.toMatch(/[\r\n]/);
      const kept = text.replace(/\p{Cc}/gu, '');
      expect(readFilename(value)).toBe(kept === '' ? undefined : kept);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      readFilename(text);
    }),
  );
});
