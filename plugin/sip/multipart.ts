import { randomBytes } from 'node:crypto';
import { param, type Params, parseParams } from '../../lib/embedded-drachtio/message/index.js';

/** One part of a multipart body that is not itself one. */
export interface BodyPart {
  /** The value of a header of this part, without its parameters, in lower case. */
  readonly header: (name: string) => string | undefined;
  /** The whole value of a header, as written. */
  readonly value: (name: string) => string | undefined;
  /** A parameter of a header, without quotes, e.g. `handling` of Content-Disposition. */
  readonly parameter: (name: string, parameter: string) => string | undefined;
  /** As it stands in the body. */
  readonly content: string;
  /** Without its Content-Transfer-Encoding (RFC 2045 §6); undefined when that is an unknown one. */
  readonly text: string | undefined;
}

/** Parts looked at, of all levels, those included that have parts themselves; a body of a SIP request has two or three. */
const MAX_PARTS = 16;

/** Multiparts within each other that are looked into. */
const MAX_DEPTH = 4;

/** RFC 2046 §5.1.1: "boundary delimiters … no longer than 70 characters". */
const BOUNDARY = /^[\w'()+,./:=? -]{1,70}$/;

/**
 * The parts of a multipart body (RFC 2046 §5.1), without preamble and epilogue, those of a multipart in it in its place; none
 * when it has no usable boundary. drachtio-srf has a reader of its own, which cuts a part at its first blank line (DRA-01,
 * DRA-G11).
 */
export function bodyParts(contentType: string, body: string): BodyPart[] {
  const parts: BodyPart[] = [];
  collect(contentType, body, 1, { parts, seen: 0 });
  return parts;
}

/** What was found, and how many parts were looked at. */
interface Found {
  parts: BodyPart[];
  seen: number;
}

function collect(contentType: string, body: string, depth: number, into: Found): void {
  const boundary = parsed(contentType).boundary;
  if (boundary === undefined || !BOUNDARY.test(boundary)) return;
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // The line break before a delimiter belongs to it.
  const delimiter = new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g');
  let from: number | undefined;
  for (const match of body.matchAll(delimiter)) {
    if (from !== undefined) {
      const part = read(body.slice(from, match.index));
      into.seen++;
      if (!part.header('Content-Type')?.startsWith('multipart/')) into.parts.push(part);
      else if (depth < MAX_DEPTH) collect(part.value('Content-Type') ?? '', part.content, depth + 1, into);
    }
    if (match[1] !== undefined || into.seen >= MAX_PARTS) return;
    from = match.index + match[0].length;
  }
  // The end was cut off: what began last is not complete.
}

/** `text` begins with the line break that ends the delimiter's line. */
function read(text: string): BodyPart {
  const blank = /\r?\n\r?\n/.exec(text);
  const headers = headersIn(blank ? text.slice(0, blank.index) : text);
  const content = blank ? text.slice(blank.index + blank[0].length) : '';
  const value = (name: string): string | undefined => headers.get(name.toLowerCase());
  const header = (name: string): string | undefined => value(name)?.split(';', 1)[0].trim().toLowerCase();
  return {
    header,
    value,
    parameter: (name, parameter) => param(parsed(value(name) ?? '').params, parameter),
    content,
    get text() {
      return decoded(content, header('Content-Transfer-Encoding') ?? '');
    },
  };
}

/** By name in lower case; of those written twice the first one. A line that begins with a blank goes on with the one before. */
function headersIn(head: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

function parsed(value: string): { params: Params; boundary: string | undefined } {
  const semicolon = value.indexOf(';');
  const params = parseParams(semicolon === -1 ? '' : value.slice(semicolon));
  return { params, boundary: param(params, 'boundary') };
}

/** RFC 2045 §6. */
function decoded(content: string, encoding: string): string | undefined {
  switch (encoding) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
    // Of HTTP, and yet seen.
    case 'identity':
      return content;
    case 'base64':
      return Buffer.from(content, 'base64').toString();
    case 'quoted-printable':
      return unquotedPrintable(content);
    default:
      return undefined;
  }
}

/** RFC 2045 §6.7; what is no escape stays as it is. */
function unquotedPrintable(content: string): string {
  const joined = content.replace(/=[ \t]*\r?\n/g, '');
  return joined.replace(/(?:=[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('=', ''), 'hex').toString(),
  );
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
