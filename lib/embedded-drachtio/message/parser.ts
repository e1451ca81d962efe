import { parseCSeq } from './cseq.js';
import { isHeaderValue, isToken, parseDigits } from './grammar.js';
import { Headers } from './headers.js';
import { DEFAULT_LIMITS, type MessageLimits } from './limits.js';
import { EMPTY, type SipMessage } from './message.js';
import { parseNameAddr } from './name-addr.js';
import { topVia } from './via.js';

/** Why a message was refused, and the status to tell a requester. */
export interface ParseFailure {
  ok: false;
  status: 400 | 413 | 505 | 513;
  reason: string;
  /** What could be read; a request with usable Via, From, To, Call-ID and CSeq can be answered. */
  message: SipMessage | undefined;
}

/** Start line and header fields, not yet validated. */
export interface ParsedHead {
  ok: true;
  message: SipMessage;
  /** Whether the version is SIP/2.0; the header fields of another version can still be echoed in the 505. */
  supported: boolean;
}

export type ParseResult = { ok: true; message: SipMessage } | ParseFailure;

const refuse = (status: ParseFailure['status'], reason: string, message?: SipMessage): ParseFailure => ({
  ok: false,
  status,
  reason,
  message,
});

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Parses one datagram or WebSocket message. Octets beyond Content-Length are discarded; without Content-Length the
 * body runs to the end (RFC 3261 §18.3).
 */
export function parseMessage(bytes: Buffer, limits: MessageLimits = DEFAULT_LIMITS): ParseResult {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return refuse(400, 'no empty line after the header fields');
  if (headEnd > limits.maxHead) return refuse(513, 'header fields too large');
  const head = parseHead(bytes.subarray(0, headEnd));
  if (!head.ok) return head;

  const rest = bytes.subarray(headEnd + HEAD_END.length);
  const length = contentLength(head.message.headers);
  if (length === 'invalid') return refuse(400, 'Content-Length', head.message);
  // "If the transport packet ends before the end of the message body, this is considered an error."
  if (length !== undefined && length > rest.length)
    return refuse(400, 'body shorter than Content-Length', head.message);
  const size = length ?? rest.length;
  if (size > limits.maxBody) return refuse(413, 'body too large', head.message);
  if (size > 0) head.message.body = Buffer.from(rest.subarray(0, size));
  return validate(head);
}

/** Parses start line and header fields (without the empty line); nothing is required of them yet. */
export function parseHead(head: Buffer): ParsedHead | ParseFailure {
  const lines = unfold(head.toString('utf8').split('\r\n'));
  // A bare CR, LF or NUL: nothing made of such a header could be sent, an answer included.
  if (!lines.every(isHeaderValue)) return refuse(400, 'control characters in the header');
  const parsed = parseStartLine(lines[0]);
  if (!parsed.ok) return parsed;
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i];
    const colon = line.indexOf(':');
    const name = colon === -1 ? '' : line.slice(0, colon).trimEnd();
    if (!isToken(name)) return refuse(400, 'header line without a name', parsed.message);
    parsed.message.headers.add(name, line.slice(colon + 1).trim());
  }
  return parsed;
}

/** RFC 3261 §7.3.1: a line that begins with SP or HT continues the one before; the break counts as one SP. */
function unfold(lines: string[]): string[] {
  const unfolded: string[][] = [];
  for (const line of lines) {
    const continues = line.startsWith(' ') || line.startsWith('\t');
    if (continues && unfolded.length > 1) unfolded.at(-1)?.push(line.trim());
    else unfolded.push([line]);
  }
  return unfolded.map((parts) => (parts.length === 1 ? parts[0] : parts.join(' ')));
}

/** Request-Line = Method SP Request-URI SP SIP-Version; Status-Line = SIP-Version SP Status-Code SP Reason-Phrase */
function parseStartLine(line: string): ParsedHead | ParseFailure {
  const first = line.indexOf(' ');
  if (first === -1) return refuse(400, 'start line');
  const headers = new Headers();
  if (/^SIP\//i.test(line)) {
    const match = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/is.exec(line);
    if (!match) return refuse(400, 'status line');
    const message: SipMessage = {
      kind: 'response',
      status: Number(match[1]),
      reason: match[2] ?? '',
      headers,
      body: EMPTY,
    };
    return { ok: true, message, supported: true };
  }
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, first);
  const uri = line.slice(first + 1, last);
  const version = line.slice(last + 1);
  if (!isToken(method) || last === first || !/^SIP\/\d+\.\d+$/i.test(version)) return refuse(400, 'request line');
  const message: SipMessage = { kind: 'request', method, uri, headers, body: EMPTY };
  return { ok: true, message, supported: /^SIP\/2\.0$/i.test(version) };
}

/** The value of Content-Length; undefined if absent, 'invalid' if it is no number or two lines disagree. */
export function contentLength(headers: Headers): number | undefined | 'invalid' {
  const values = headers.getAll('Content-Length');
  if (values.length === 0) return undefined;
  const length = parseDigits(values[0], Number.MAX_SAFE_INTEGER);
  if (length === undefined || values.some((value) => value !== values[0])) return 'invalid';
  return length;
}

/** RFC 3261 §7.3.1: these may not be repeated (a second From could hide who is asking). */
const SINGLE = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards'];

/** Checks what every message must carry (RFC 3261 §8.1.1) and that the parts agree with one another. */
export function validate({ message, supported }: ParsedHead): ParseResult {
  const { headers } = message;
  if (!supported) return refuse(505, 'Version Not Supported', message);
  if (!topVia(headers)) return refuse(400, 'Via', message);
  for (const name of SINGLE) {
    if (headers.getAll(name).length > 1) return refuse(400, `repeated ${name}`, message);
  }
  for (const name of ['From', 'To']) {
    const value = headers.get(name);
    if (value === undefined || !parseNameAddr(value)) return refuse(400, name, message);
  }
  const callId = headers.get('Call-ID');
  if (callId === undefined || !/^[\x21-\x7e]+$/.test(callId)) return refuse(400, 'Call-ID', message);
  const cseq = parseCSeq(headers.get('CSeq'));
  if (!cseq) return refuse(400, 'CSeq', message);
  if (message.kind === 'request') {
    if (cseq.method !== message.method) return refuse(400, 'CSeq method differs from the request line', message);
    if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+$/.test(message.uri)) return refuse(400, 'Request-URI', message);
  }
  return { ok: true, message };
}

/** Whether a refused message is a request that names everything a response must echo. */
export function isAnswerable(message: SipMessage | undefined): boolean {
  if (message?.kind !== 'request' || message.method === 'ACK' || !topVia(message.headers)) return false;
  return ['From', 'To', 'Call-ID', 'CSeq'].every((name) => message.headers.has(name));
}
