/**
 * The Nickname profile of PRECIS (RFC 8266), which obsoletes the RFC 7700 that RFC 7701 cites: lower case, not full
 * case folding (8266-2-02).
 */
import { isFreeform } from './freeform-class.js';

/** RFC 7701 §7.1: `1*1023` octets; normalization can make a text many times longer. */
const MAX_OCTETS = 1023;

/** RFC 8266 §4: "three additional times". */
const ADDITIONAL_ROUNDS = 3;

/** The form that is stored and shown, case kept (8266-2.3-01, 7701-7.1-13); null when the text cannot be a nickname (424). */
export function enforceNickname(text: string): string | null {
  const enforced = untilStable(text, (round) => mapSpaces(round).normalize('NFKC'));
  return enforced !== null && Buffer.byteLength(enforced) <= MAX_OCTETS ? enforced : null;
}

/** The form whose equality makes two nicknames the same (8266-2.4-01); null when the text cannot be a nickname. */
export const nicknameKey = (text: string): string | null =>
  untilStable(text, (round) => mapSpaces(round).toLowerCase().normalize('NFKC'));

/**
 * 8266-4-01: one pass is not idempotent (U+03D4), so the rules are applied "repeatedly until the output string is
 * stable; if the output string does not stabilize after reapplying the rules three additional times", it is rejected.
 */
function untilStable(text: string, map: (text: string) => string): string | null {
  let current = once(text, map);
  for (let round = 0; current !== null && round < ADDITIONAL_ROUNDS; round++) {
    const next = once(current, map);
    if (next === current) return current;
    current = next;
  }
  return null;
}

/** Preparation (8266-2-01), then the rules; the result must not be empty (8266-2.3-01). */
function once(text: string, map: (text: string) => string): string | null {
  if (!isFreeform(text)) return null;
  const mapped = map(text);
  return mapped === '' ? null : mapped;
}

/** RFC 8266 §2.1: every space is U+0020, none at the ends, one at a time inside. */
const mapSpaces = (text: string): string => text.replace(/\p{Zs}+/gu, ' ').replace(/^ | $/g, '');
