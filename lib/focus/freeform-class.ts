/** FreeformClass of PRECIS: RFC 8264 §4.3, by the derived properties of its §8 and the contextual rules of RFC 5892 §A. */
import { AFTER_JOINING, AFTER_VIRAMA, BEFORE_JOINING } from './joining.js';

/** RFC 8264 §9.6, the exceptions that are disallowed. */
const EXCEPTIONS = '\\u0640\\u07FA\\u302E\\u302F\\u3031-\\u3035\\u303B';

/** RFC 8264 §9.9; conjoining jamo do not survive normalization as themselves. */
const OLD_HANGUL_JAMO = '\\u1100-\\u11FF\\uA960-\\uA97C\\uD7B0-\\uD7C6\\uD7CB-\\uD7FB';

/** What has a rule that looks at its neighbours; the joiners, which are ignorable, have one too. */
const CONTEXTUAL = '\\u00B7\\u0375\\u05F3\\u05F4';

/**
 * RFC 8264 §8: what is valid, with §9.13 (ignorable, noncharacters) and the above taken out. Controls, private use,
 * surrogates, format characters and unassigned code points are in none of these categories.
 */
const VALID =
  `(?![\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}${EXCEPTIONS}${OLD_HANGUL_JAMO}${CONTEXTUAL}])` +
  '[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}]';

/** The rules that look at neighbours, as far as these go: the time a text takes does not grow faster than the text. */
const IN_CONTEXT = [
  // RFC 5892 §A.1: ZWNJ after a virama, or where it breaks a cursive connection.
  `${AFTER_VIRAMA}\\u200C`,
  `${AFTER_JOINING}\\u200C${BEFORE_JOINING}`,
  // §A.2: ZWJ after a virama.
  `${AFTER_VIRAMA}\\u200D`,
  // §A.3: MIDDLE DOT only as in Catalan `l·l`.
  '(?<=l)\\u00B7(?=l)',
  // §A.4: KERAIA before Greek.
  '\\u0375(?=\\p{Script=Greek})',
  // §A.5, §A.6: GERESH and GERSHAYIM after Hebrew.
  '(?<=\\p{Script=Hebrew})[\\u05F3\\u05F4]',
];

const ALLOWED = new RegExp(`^(?:${[VALID, ...IN_CONTEXT].join('|')})*$`, 'u');

const ARABIC_INDIC_DIGIT = /[\u0660-\u0669]/;
const EXTENDED_ARABIC_INDIC_DIGIT = /[\u06F0-\u06F9]/;
const KATAKANA_MIDDLE_DOT = '\u30FB';
const KANA_OR_HAN = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** 8266-2-01: does the text hold only what the class allows? */
export function isFreeform(text: string): boolean {
  if (!ALLOWED.test(text)) return false;
  // RFC 5892 §A.7: KATAKANA MIDDLE DOT in a text with Hiragana, Katakana or Han.
  if (text.includes(KATAKANA_MIDDLE_DOT) && !KANA_OR_HAN.test(text)) return false;
  // §A.8, §A.9: the two sets of digits are not mixed.
  return !(ARABIC_INDIC_DIGIT.test(text) && EXTENDED_ARABIC_INDIC_DIGIT.test(text));
}
