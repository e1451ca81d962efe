import { randomBytes } from 'node:crypto';
import { param, parseParams } from '../lib/embedded-drachtio/message/index.js';

/** One part of a multipart body. */
export interface BodyPart {
  /** The value of a header of this part, without its parameters, in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly content: string;
}

/** Parts looked at; a body of a SIP request has two or three. */
const MAX_PARTS = 16;

/** RFC 2046 §5.1.1: "boundary delimiters … no longer than 70 characters". */
const BOUNDARY = /^[\w'()+,./:=? -]{1,70}$/;

/**
 * The parts of a multipart body (RFC 2046 §5.1), without preamble and epilogue; none when it has no usable boundary.
 * drachtio-srf has a reader of its own, which cuts a part at its first blank line (DRA-G11).
 */
export function bodyParts(contentType: string, body: string): BodyPart[] {
  const semicolon = contentType.indexOf(';');
  const boundary = semicolon === -1 ? undefined : param(parseParams(contentType.slice(semicolon)), 'boundary');
  if (boundary === undefined || !BOUNDARY.test(boundary)) return [];
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // The line break before a delimiter belongs to it.
  const delimiter = new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g');
  const parts: BodyPart[] = [];
  let from: number | undefined;
  for (const match of body.matchAll(delimiter)) {
    if (from !== undefined) parts.push(read(body.slice(from, match.index)));
    if (match[1] !== undefined || parts.length === MAX_PARTS) return parts;
    from = match.index + match[0].length;
  }
  // The end was cut off: what began last is not complete.
  return parts;
}

/** `text` begins with the line break that ends the delimiter's line. */
function read(text: string): BodyPart {
  const blank = /\r?\n\r?\n/.exec(text);
  const head = blank ? text.slice(0, blank.index) : text;
  return {
    header: (name) => new RegExp(`^${name}[ \\t]*:([^;\\r\\n]*)`, 'im').exec(head)?.[1].trim().toLowerCase(),
    content: blank ? text.slice(blank.index + blank[0].length) : '',
  };
}

/** A part to be written; `headers` beside Content-Type. */
export interface WrittenPart {
  type: string;
  headers?: Readonly<Record<string, string>>;
  content: string;
}

/**
 * A multipart/mixed body (RFC 2046 §5.1) that also poor readers understand: "alphanumeric boundary; part headers spelled
 * exactly; CRLF everywhere; closing delimiter" (INV-12).
 */
export function writeMultipart(parts: readonly WrittenPart[]): { type: string; body: string } {
  const boundary = `b${randomBytes(12).toString('hex')}`;
  const written = parts.map(({ type, headers = {}, content }) =>
    [
      `--${boundary}`,
      `Content-Type: ${type}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      content,
    ].join('\r\n'),
  );
  return { type: `multipart/mixed;boundary=${boundary}`, body: [...written, `--${boundary}--`, ''].join('\r\n') };
}
