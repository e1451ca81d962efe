import { utf8Prefix } from '../../../lib/util/utf8-prefix.js';

test.each([
  ['shorter than the bound', 'abc', 5, 'abc'],
  ['as long as the bound', 'abc', 3, 'abc'],
  ['cut between two characters', 'éà', 2, 'é'],
  ['cut within a character of two octets', 'aéb', 2, 'a'],
  ['cut within a character of three octets', 'a€', 3, 'a'],
  ['cut within a character of four octets', 'a😀', 4, 'a'],
  ['cut within the first character', '😀', 3, ''],
])('%s', (_, text, length, beginning) => {
  expect(utf8Prefix(Buffer.from(text), length)).toBe(beginning);
});

test('octets that are no UTF-8 lose no more than those of one character', () => {
  expect(utf8Prefix(Buffer.alloc(100, 0x80), 50)).toHaveLength(47);
});
