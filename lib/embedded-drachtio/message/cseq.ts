import { isToken, parseDigits } from './grammar.js';

export interface CSeq {
  sequence: number;
  method: string;
}

/** RFC 3261 §8.1.1.5: "The sequence number value MUST be expressible as a 32-bit unsigned integer and MUST be less than 2**31." */
export const MAX_SEQUENCE = 2 ** 31 - 1;

export function parseCSeq(text: string | undefined): CSeq | undefined {
  const parts = text?.trim().split(/[ \t]+/) ?? [];
  if (parts.length !== 2) return undefined;
  const sequence = parseDigits(parts[0], MAX_SEQUENCE);
  const method = parts[1];
  return sequence === undefined || !isToken(method) ? undefined : { sequence, method };
}
