/** Builds a Request or Response from its start line and header lines (RFC 4975 §7.1, §9). */
import { ownText } from '../util/own-text.js';
import { type ByteRange, parseByteRange } from './byte-range.js';
import { isAlpha, isContentType, isIdent, isToken, isTokenByte } from './grammar.js';
import type { FailureReport, FrameError, Header, Message, Request } from './message.js';
import { parseReportStatus } from './status.js';
import { parseMsrpUri } from './uri.js';

/** 4975-9-14: a second occurrence of one of these would let two hops disagree. */
const SINGLE = new Set([
  'to-path',
  'from-path',
  'message-id',
  'success-report',
  'failure-report',
  'byte-range',
  'status',
  'content-type',
  'use-nickname',
  'expires',
  'use-path',
]);

/**
 * Canonical spelling to lower case, since names compare without case (4975-9-06); most peers write the canonical one, so
 * the common case allocates nothing.
 */
const LOWER: ReadonlyMap<string, string> = new Map(
  [
    'To-Path',
    'From-Path',
    'Message-ID',
    'Success-Report',
    'Failure-Report',
    'Byte-Range',
    'Status',
    'Content-Type',
    'Use-Nickname',
  ].map((name) => [name, name.toLowerCase()]),
);
const NO_ERRORS: readonly FrameError[] = [];
/** Never added to. */
const NO_HEADERS: Header[] = [];

/** Paths repeat frame after frame on a connection: the last one seen is not parsed again. */
class PathCache {
  #text = '';
  /** An empty header names no path. */
  #path: readonly string[] | null = null;

  parse(text: string): readonly string[] | null {
    if (text !== this.#text) {
      this.#text = ownText(text);
      // Nearly always one, and kept as long as the connection.
      const uris = text.includes(' ') ? text.split(' ').filter((uri) => uri !== '') : [this.#text];
      this.#path = uris.length > 0 && uris.every((uri) => parseMsrpUri(uri) !== null) ? uris : null;
    }
    return this.#path;
  }
}

export class HeadBuilder {
  readonly #toPaths = new PathCache();
  readonly #fromPaths = new PathCache();
  #tid = '';
  /** What follows the transaction id in the start line. */
  #rest = '';
  #headers: Header[] = [];
  #errors: FrameError[] = [];
  readonly #messageIdLength: number;

  /** @param messageIdLength characters of the longest Message-ID */
  constructor(messageIdLength: number) {
    this.#messageIdLength = messageIdLength;
  }

  /** Starts a frame. `rest` is everything behind the transaction id and its space, as latin1. */
  start(tid: string, rest: string): void {
    this.#tid = tid;
    this.#rest = rest;
    this.#headers = [];
    this.#errors = [];
  }

  /** One header line without its CRLF, as latin1 (a byte a character). */
  line(text: string): void {
    const colon = nameEnd(text);
    // 4975-9-09, 4975-9-10: no folding, no empty name, no space before the colon.
    if (colon < 0) return this.#fail('header-syntax');
    const value = decodeValue(text, colon + 1);
    if (value === null) this.#fail('header-value');
    this.#headers.push([text.slice(0, colon), value ?? '']);
  }

  /** The frame's head, once its last header line was given. */
  build(): Message {
    const isResponse = this.#rest.charCodeAt(0) >= 0x30 && this.#rest.charCodeAt(0) <= 0x39;
    const values = this.#single();
    const paths = this.#paths(values);
    const message = isResponse ? this.#response(paths) : this.#request(values, paths);
    // The next frame may be hours away.
    this.#headers = NO_HEADERS;
    return message;
  }

  #fail(error: FrameError): void {
    if (!this.#errors.includes(error)) this.#errors.push(error);
  }

  /** The headers with a meaning here; others are ignored (4975-12-01), wherever they stand (4975-7.1-17). */
  #single(): Map<string, string> {
    const values = new Map<string, string>();
    for (const [name, value] of this.#headers) {
      const lower = LOWER.get(name) ?? name.toLowerCase();
      if (!SINGLE.has(lower)) continue;
      if (values.has(lower)) this.#fail('duplicate-header');
      else values.set(lower, value);
    }
    return values;
  }

  #paths(values: Map<string, string>): { toPath: readonly string[]; fromPath: readonly string[] } {
    const to = values.get('to-path');
    const from = values.get('from-path');
    if (to === undefined) this.#fail('to-path-missing');
    if (from === undefined) this.#fail('from-path-missing');
    // 4975-9-05: To-Path MUST be the first header, From-Path the second.
    if (to !== undefined && from !== undefined) {
      const inOrder = isNamed(this.#headers[0], 'to-path') && isNamed(this.#headers[1], 'from-path');
      if (!inOrder && !this.#errors.includes('header-syntax')) this.#fail('path-order');
    }
    const toPath = to === undefined ? [] : this.#toPaths.parse(to);
    const fromPath = from === undefined ? [] : this.#fromPaths.parse(from);
    if (!toPath) this.#fail('to-path');
    if (!fromPath) this.#fail('from-path');
    return { toPath: toPath ?? [], fromPath: fromPath ?? [] };
  }

  /** 4975-9-21: both paths are enough. */
  #response(paths: { toPath: readonly string[]; fromPath: readonly string[] }): Message {
    const space = this.#rest.indexOf(' ');
    const code = space < 0 ? this.#rest : this.#rest.slice(0, space);
    if (!/^\d{3}$/.test(code)) this.#fail('status-code');
    const comment = space < 0 ? null : decodeValue(this.#rest, space + 1);
    if (space >= 0 && comment === null) this.#fail('header-value');
    return {
      kind: 'response',
      tid: this.#tid,
      status: Number.parseInt(code, 10),
      comment,
      ...paths,
      headers: this.#headers,
      errors: this.#takeErrors(),
    };
  }

  #request(values: Map<string, string>, paths: { toPath: readonly string[]; fromPath: readonly string[] }): Request {
    const method = this.#rest;
    if (!isToken(method)) this.#fail('method');
    const messageId = values.get('message-id') ?? null;
    const needsMessageId = method === 'SEND' || method === 'REPORT';
    // 4975-7.1.1-02: Message-ID is mandatory in every SEND, also in a bodiless one; 4975-7.1.2-01 for REPORT.
    if (messageId === null) {
      if (needsMessageId) this.#fail('message-id-missing');
    } else if (!isIdent(messageId, this.#messageIdLength)) this.#fail('message-id');

    const success = values.get('success-report');
    const failure = values.get('failure-report');
    const statusValue = values.get('status');
    const status = statusValue === undefined ? null : parseReportStatus(statusValue);
    if (method === 'REPORT' && statusValue === undefined) this.#fail('status-missing');
    if (statusValue !== undefined && !status) this.#fail('status');
    const contentType = values.get('content-type') ?? null;
    if (contentType !== null && !isContentType(contentType)) this.#fail('content-type');
    return {
      kind: 'request',
      tid: this.#tid,
      method,
      ...paths,
      headers: this.#headers,
      messageId,
      byteRange: this.#byteRange(values.get('byte-range')),
      successReport: this.#successReport(success),
      failureReport: this.#failureReport(failure),
      hasReportHeaders: success !== undefined || failure !== undefined,
      status,
      contentType,
      useNickname: values.get('use-nickname') ?? null,
      errors: this.#takeErrors(),
    };
  }

  #byteRange(value: string | undefined): ByteRange | null {
    if (value === undefined) return null;
    const range = parseByteRange(value);
    if (!range) this.#fail('byte-range');
    return range;
  }

  // 4975-9-16: compared without case; any other value is malformed.
  #successReport(value: string | undefined): boolean {
    const lower = value?.toLowerCase();
    if (lower !== undefined && lower !== 'yes' && lower !== 'no') this.#fail('success-report');
    return lower === 'yes';
  }

  #failureReport(value: string | undefined): FailureReport {
    const lower = value?.toLowerCase();
    if (lower === undefined || lower === 'yes' || lower === 'no' || lower === 'partial') return lower ?? 'yes';
    this.#fail('failure-report');
    return 'yes';
  }

  #takeErrors(): readonly FrameError[] {
    return this.#errors.length === 0 ? NO_ERRORS : this.#errors;
  }
}

function isNamed(header: Header | undefined, lowerName: string): boolean {
  return header !== undefined && (LOWER.get(header[0]) ?? header[0].toLowerCase()) === lowerName;
}

/** Index of the colon behind a valid header name, or -1. */
function nameEnd(text: string): number {
  if (!isAlpha(text.charCodeAt(0))) return -1;
  for (let i = 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x3a) return i;
    if (!isTokenByte(c)) return -1;
  }
  return -1;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The value from `start` on without surrounding SP and HTAB (4975-9-08), as text; null when it holds a control
 * character (4975-9-11) or is not UTF-8 by RFC 3629 (4975-9-12).
 */
function decodeValue(text: string, start: number): string | null {
  let from = start;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  let ascii = true;
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x80) ascii = false;
    else if ((c < 0x20 && c !== 0x09) || c === 0x7f) return null;
  }
  const value = text.slice(from, to);
  if (ascii) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return null;
  }
}

const isBlank = (c: number): boolean => c === 0x20 || c === 0x09;
