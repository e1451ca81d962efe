/** FreeformClass of PRECIS: RFC 8264 §4.3, by the derived properties of its §8 and the contextual rules of RFC 5892 §A. */
import { AFTER_VIRAMA, ENDS_JOINING, STARTS_JOINING } from './joining.js';

/** RFC 8264 §9.6, the exceptions that are disallowed. */
const EXCEPTIONS = '\\u0640\\u07FA\\u302E\\u302F\\u3031-\\u3035\\u303B';

/** RFC 8264 §9.9; conjoining jamo do not survive normalization as themselves. */
const OLD_HANGUL_JAMO = '\\u1100-\\u11FF\\uA960-\\uA97C\\uD7B0-\\uD7C6\\uD7CB-\\uD7FB';

/**
 * RFC 8264 §8: what is valid, with §9.13 (ignorable, noncharacters) and the above taken out. Controls, private use,
 * surrogates, format characters and unassigned code points are in none of these categories. ZWNJ and ZWJ, which are
 * ignorable, have rules of their own.
 */
const ALLOWED = new RegExp(
  `^(?:(?![\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}${EXCEPTIONS}${OLD_HANGUL_JAMO}])` +
    '[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}]|[\\u200C\\u200D])*$',
  'u',
);

/** Anything that a contextual rule is about. */
const CONTEXTUAL = /[\u00B7\u0375\u05F3\u05F4\u30FB\u0660-\u0669\u06F0-\u06F9\u200C\u200D]/;

const ARABIC_INDIC_DIGIT = /[\u0660-\u0669]/;
const EXTENDED_ARABIC_INDIC_DIGIT = /[\u06F0-\u06F9]/;
const KANA_OR_HAN = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** 8266-2-01: does the text hold only what the class allows? */
export const isFreeform = (text: string): boolean => ALLOWED.test(text) && (!CONTEXTUAL.test(text) || inContext(text));

function inContext(text: string): boolean {
  // RFC 5892 §A.8, §A.9: the two sets of digits are not mixed.
  if (ARABIC_INDIC_DIGIT.test(text) && EXTENDED_ARABIC_INDIC_DIGIT.test(text)) return false;
  let at = 0;
  for (const character of text) {
    if (!permitted(character, text.slice(0, at), text.slice(at + character.length), text)) return false;
    at += character.length;
  }
  return true;
}

function permitted(character: string, before: string, after: string, text: string): boolean {
  switch (character) {
    // RFC 5892 §A.1: ZWNJ after a virama, or where it breaks a cursive connection.
    case '\u200C':
      return AFTER_VIRAMA.test(before) || (ENDS_JOINING.test(before) && STARTS_JOINING.test(after));
    // §A.2: ZWJ after a virama.
    case '\u200D':
      return AFTER_VIRAMA.test(before);
    // §A.3: MIDDLE DOT only as in Catalan `l·l`.
    case '\u00B7':
      return before.endsWith('l') && after.startsWith('l');
    // §A.4: KERAIA before Greek.
    case '\u0375':
      return /^\p{Script=Greek}/u.test(after);
    // §A.5, §A.6: GERESH and GERSHAYIM after Hebrew.
    case '\u05F3':
    case '\u05F4':
      return /\p{Script=Hebrew}$/u.test(before);
    // §A.7: KATAKANA MIDDLE DOT in a text with Hiragana, Katakana or Han.
    case '\u30FB':
      return KANA_OR_HAN.test(text);
    default:
      return true;
  }
}
