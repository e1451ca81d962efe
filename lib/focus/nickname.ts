/**
 * The Nickname profile of PRECIS (RFC 8266), which obsoletes the RFC 7700 that RFC 7701 cites: lower case, not full
 * case folding (8266-2-02).
 */
import { isFreeform } from './freeform-class.js';

/** RFC 7701 §7.1: `1*1023` octets; normalization can make a text many times longer. */
const MAX_OCTETS = 1023;

/** RFC 8266 §4: "three additional times". */
const ADDITIONAL_ROUNDS = 3;

/** A text that can be a nickname. */
export interface Nickname {
  /** What is stored and shown, case kept (8266-2.3-01, 7701-7.1-13). */
  readonly shown: string;
  /** Two nicknames are the same when this is equal (8266-2.4-01). */
  readonly key: string;
}

/** Both forms of a text; null when it cannot be a nickname (424). */
export function nicknameOf(text: string): Nickname | null {
  const shown = enforceNickname(text);
  const key = shown === null ? null : comparisonForm(shown);
  return shown === null || key === null ? null : { shown, key };
}

/** The form that is stored and shown; null when the text cannot be a nickname. */
export function enforceNickname(text: string): string | null {
  const enforced = untilStable(text, (round) => mapSpaces(round).normalize('NFKC'));
  return enforced !== null && Buffer.byteLength(enforced) <= MAX_OCTETS ? enforced : null;
}

/** The form whose equality makes two nicknames the same; null when the text cannot be a nickname. */
export const nicknameKey = (text: string): string | null => nicknameOf(text)?.key ?? null;

/**
 * Of what is shown, not of what was asked for: lower case depends on the letters around (`ΑΣ㎏` ends in a final sigma,
 * `ΑΣkg` does not), and what is shown as the same must be the same.
 */
const comparisonForm = (shown: string): string | null =>
  untilStable(shown, (round) => mapSpaces(round).toLowerCase().normalize('NFKC'));

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
