/**
 * Byte-Range (RFC 4975 §9): positions of octets in the whole message, counted from 1 (4975-7.1.1-06); `*` is an end not
 * known, or not yet because the chunk may be interrupted (4975-7.1.1-07).
 */

/** A number of octets; `*` for one that is not known. */
export type Position = number | '*';

/** Which octets of its message a chunk carries. */
export interface ByteRange {
  start: number;
  end: Position;
  total: Position;
}

const SYNTAX = /^(\d+)-(\d+|\*)\/(\d+|\*)$/;
/** Above this a JavaScript number stops counting in ones (4975-7.3.1-12). */
const MAX_DIGITS = 15;

/** 4975-9-17 for the syntax, 4975-7.3.1-10 for what cannot be true; null when either fails. */
export function parseByteRange(value: string): ByteRange | null {
  const match = SYNTAX.exec(value);
  if (!match) return null;
  const start = position(match[1]);
  const end = position(match[2]);
  const total = position(match[3]);
  if (start === null || end === null || total === null || start === '*' || start === 0) return null;
  if (end !== '*' && end < start - 1) return null;
  if (end !== '*' && total !== '*' && end > total) return null;
  if (total !== '*' && start > total + 1) return null;
  return { start, end, total };
}

function position(text: string): Position | null {
  if (text === '*') return '*';
  const digits = text.replace(/^0+(?=\d)/, '');
  return digits.length > MAX_DIGITS ? null : Number(digits);
}

/** As it stands in the header: `1-39/39`. */
export const formatByteRange = (range: ByteRange): string => `${range.start}-${range.end}/${range.total}`;
