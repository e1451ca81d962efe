import type { ContentHeader, CpimError } from './envelope.js';
import { MAX_HEADER_BYTES, MAX_HEADER_LINES } from './grammar.js';

export type ContentHeaders =
  /** The block ended at `end`, an offset into the bytes given. */
  | { state: 'complete'; headers: ContentHeader[]; end: number }
  /** All lines so far are headers, but the blank line has not come yet. */
  | { state: 'incomplete'; headers: ContentHeader[] }
  | { state: 'invalid'; error: CpimError };

const LF = 0x0a;
const CR = 0x0d;
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)$/;

/**
 * Reads the MIME headers in front of the content. 3862-2.4-01: LF is a line end here, LF LF ends the block and values
 * may be empty, because SIP SIMPLE clients write them so in every text. Folded lines are MIME and accepted.
 *
 * @param bytes the body of the message, as much as is there
 * @param start offset of the first MIME header
 */
export function readContentHeaders(bytes: Buffer, start: number): ContentHeaders {
  const headers: ContentHeader[] = [];
  const limit = Math.min(bytes.length, start + MAX_HEADER_BYTES + 2);
  let lines = 0;
  for (let at = start; ; ) {
    const lf = indexOfLf(bytes, at, limit);
    if (lf < 0) {
      if (bytes.length - start > MAX_HEADER_BYTES + 2) return { state: 'invalid', error: 'headers-too-large' };
      return { state: 'incomplete', headers };
    }
    const end = lf > at && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (end === at) return { state: 'complete', headers, end: lf + 1 };
    if (++lines > MAX_HEADER_LINES) return { state: 'invalid', error: 'too-many-headers' };
    const line = bytes.toString('utf8', at, end);
    if (!addLine(headers, line)) return { state: 'invalid', error: 'header-syntax' };
    at = lf + 1;
  }
}

function indexOfLf(bytes: Buffer, from: number, limit: number): number {
  for (let i = from; i < limit; i++) if (bytes[i] === LF) return i;
  return -1;
}

function addLine(headers: ContentHeader[], line: string): boolean {
  if (line[0] === ' ' || line[0] === '\t') {
    const last = headers.pop();
    if (!last) return false;
    headers.push({ name: last.name, value: `${last.value} ${line.trim()}`.trim() });
    return true;
  }
  const field = FIELD.exec(line);
  if (!field) return false;
  headers.push({ name: field[1], value: field[2].trim() });
  return true;
}

const MEDIA_TYPE = /^\s*([!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+)\s*(?:;|$)/;

/** Media type of the first Content-Type (names compared without case), lower case, without parameters; else null. */
export function mediaTypeOf(headers: Iterable<ContentHeader>): string | null {
  for (const { name, value } of headers) {
    if (name.toLowerCase() === 'content-type') return MEDIA_TYPE.exec(value.toLowerCase())?.[1] ?? null;
  }
  return null;
}
