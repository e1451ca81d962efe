import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { enforceNickname, nicknameKey } from '../../../lib/focus/index.js';

interface Table {
  rows: [input: string, enforced: string | null, compared: string | null][];
}

const table = JSON.parse(readFileSync(join(__dirname, '../../vectors/tables/nickname-compare.json'), 'utf8')) as Table;

test.each(table.rows)('8266-2-01 8266-2.3-01 8266-2.4-01 table: %j', (input, enforced, compared) => {
  expect(enforceNickname(input)).toBe(enforced);
  expect(nicknameKey(input)).toBe(compared);
});

test.each([
  ['letters of any script', 'Zoë 山田 Ωmega', true],
  ['symbols and emoji', 'Fox 🦊♚', true],
  ['a lone surrogate', 'a\ud800', false],
  ['an unassigned code point', 'a\u0378', false],
  ['an old Hangul jamo made by normalization', '\uffa1', false],
  ['a variation selector', '❤\ufe0f', false],
  ['an exception of RFC 8264', 'a\u0640', false],
  ['a line separator', 'a\u2028b', false],
  ['a bidi override', 'a\u202eb', false],
  ['ZWNJ between joining letters', 'می\u200cخواهم', true],
  ['ZWNJ between joining letters with marks', 'م\u064e\u200c\u064eخ', true],
  ['ZWNJ after a letter that does not join', 'ا\u200cخ', false],
  ['ZWNJ after a virama', 'क्\u200cष', true],
  ['ZWNJ between Latin letters', 'a\u200cb', false],
  ['ZWJ after a virama', 'क्\u200dष', true],
  ['ZWJ between emoji', '👨\u200d👩', false],
  ['middle dot as in Catalan', 'col\u00b7lega', true],
  ['middle dot elsewhere', 'a\u00b7b', false],
  ['keraia before Greek', '\u0375\u03b1', true],
  ['keraia before Latin', '\u0375a', false],
  ['geresh after Hebrew', '\u05d0\u05f3', true],
  ['gershayim after Latin', 'a\u05f4', false],
  ['katakana middle dot among katakana', 'ア\u30fbイ', true],
  ['katakana middle dot among Latin', 'a\u30fbb', false],
  ['Arabic-Indic digits', '\u0661\u0662', true],
  ['Arabic-Indic digits of both kinds', '\u0661\u06f2', false],
])('8266-2-01 FreeformClass: %s', (_name, text, valid) => {
  expect(enforceNickname(text) !== null).toBe(valid);
});

test('8266-4-01 a space that normalization makes is trimmed in a later round', () => {
  expect(enforceNickname('\u00a8a')).toBe('\u0308a');
});

test('7701-7.1-03 a nickname that normalization makes longer than 1023 octets is refused', () => {
  expect(enforceNickname('ﷺ'.repeat(20))).not.toBeNull();
  expect(enforceNickname('ﷺ'.repeat(40))).toBeNull();
});

test('8266-4-01 both forms are stable, and the form shown compares like what was asked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const shown = enforceNickname(text);
      if (shown === null) return;
      expect(enforceNickname(shown)).toBe(shown);
      const key = nicknameKey(text);
      if (key !== null) expect(nicknameKey(key)).toBe(key);
    }),
  );
});
