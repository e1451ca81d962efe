import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { isFreeform } from '../../../lib/focus/freeform-class.js';
import { enforceNickname, nicknameKey } from '../../../lib/focus/index.js';
import { documentTable, quoted } from '../../support/document-table.js';

interface Table {
  rows: [input: string, enforced: string | null, compared: string | null][];
}

const table = JSON.parse(readFileSync(join(__dirname, '../../vectors/tables/nickname-compare.json'), 'utf8')) as Table;

test.each(table.rows)('8266-2-01 8266-2.3-01 8266-2.4-01 table: %j', (input, enforced, compared) => {
  expect(enforceNickname(input)).toBe(enforced);
  expect(nicknameKey(input)).toBe(compared);
});

const documented = documentTable('nicknames.md', 'asked for');

test('8266-2.3-01 the table of docs/nicknames.md is there', () => {
  expect(documented.length).toBeGreaterThan(60);
});

test.each(documented)('8266-2-01 8266-2.3-01 8266-2.4-01 docs/nicknames.md: %s', (input = '', shown = '', key = '') => {
  const refused = shown === '424';
  expect(enforceNickname(quoted(input))).toBe(refused ? null : quoted(shown));
  expect(nicknameKey(quoted(input))).toBe(refused ? null : quoted(key));
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

test('8266-4-01 what is shown as the same is the same, wherever a sigma gets to stand', () => {
  const shown = enforceNickname('ΑΣ㎏') ?? '';
  expect(nicknameKey('ΑΣ㎏')).toBe(nicknameKey(shown));
});

/** RFC 8264 §9.6. */
const DISALLOWED = new Set(
  [0x640, 0x7fa, 0x302e, 0x302f, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303b].map((point) =>
    String.fromCodePoint(point),
  ),
);

/** Derived property of RFC 8264 §8, in its order, of a code point without a contextual rule. */
function derived(character: string): boolean {
  const is = (property: RegExp): boolean => property.test(character);
  if (is(/[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/)) return true;
  if (DISALLOWED.has(character)) return false;
  if (is(/\p{Cn}/u) && !is(/\p{Noncharacter_Code_Point}/u)) return false;
  if (is(/[!-~]/)) return true;
  if (is(/[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]/)) return false;
  if (is(/\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}/u)) return false;
  if (is(/\p{Cc}/u)) return false;
  if (character.normalize('NFKC') !== character) return true;
  return is(/[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/u);
}

const CONTEXTUAL = /[\u00b7\u0375\u05f3\u05f4\u30fb\u200c\u200d]/;

test('8266-2-01 every code point of the runtime has the derived property of RFC 8264', () => {
  const wrong: string[] = [];
  for (let point = 0; point <= 0x10_ffff; point++) {
    const character = String.fromCodePoint(point);
    if (!CONTEXTUAL.test(character) && isFreeform(character) !== derived(character)) wrong.push(point.toString(16));
  }
  expect(wrong).toEqual([]);
});

/** Texts in which rules meet: case and width, marks, joiners, spaces, digits of two kinds, jamo. */
const tricky = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ...Array.from('aIilLßẞİıΑΣσςϓϔÅ\u0301\u0308\u0345 \u00a0\u3000ﬁ㎏½²ｱﾞ١۲·ア・אﾡ한क\u094d\u200c\u200dم'),
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

test('8266-4-01 enforcement and comparison are idempotent, and compare what is shown', () => {
  fc.assert(
    fc.property(tricky, (text) => {
      const shown = enforceNickname(text);
      const key = nicknameKey(text);
      if (shown === null) {
        expect(key).toBeNull();
        return;
      }
      expect(enforceNickname(shown)).toBe(shown);
      expect(nicknameKey(shown)).toBe(key);
      if (key === null) return;
      expect(nicknameKey(key)).toBe(key);
      expect(enforceNickname(key)).toBe(key);
    }),
    { numRuns: 2000 },
  );
});

test('8266-2.3-01 8266-2.4-01 what is shown has no space at its ends nor two in a row, and is normalized', () => {
  fc.assert(
    fc.property(tricky, (text) => {
      for (const form of [enforceNickname(text), nicknameKey(text)]) {
        if (form === null) continue;
        expect(form).not.toMatch(/^ |  | $|[^\P{Zs} ]|^$/u);
        expect(form.normalize('NFKC')).toBe(form);
        expect(isFreeform(form)).toBe(true);
      }
    }),
  );
});

/** ASCII as it is written in East Asian texts. */
const wide = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCodePoint(character.charCodeAt(0) + 0xfee0));

test('8266-2.4-01 nicknames are the same whatever spaces and width they are written with', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019_-!')), minLength: 1 }), {
    minLength: 1,
  });
  const spaces = fc.array(fc.constantFrom(' ', '\u00a0', '\u2003', '\u3000'), { minLength: 1 });
  fc.assert(
    fc.property(words, spaces, (parts, between) => {
      const key = nicknameKey(parts.join(' '));
      expect(key).toBe(parts.join(' ').toLowerCase());
      expect(nicknameKey(`\u00a0${parts.join(between.join(''))} `)).toBe(key);
      expect(nicknameKey(wide(parts.join(' ')))).toBe(key);
      expect(nicknameKey(parts.join(' ').toUpperCase())).toBe(key);
    }),
  );
});
