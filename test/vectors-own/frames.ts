/** Frames for the vectors of this folder: written once as bytes and once as what a parser has to make of them. */
import { createHash } from 'node:crypto';

/** Our URI in the session of alice, hers, and the other sessions of ../vectors/README.md. */
export const US = 'msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp';
export const ALICE = 'msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp';
export const US_ANON = 'msrp://chat.example.net:2855/rmD9f4KsMo2Ub3;tcp';
export const ANON = 'msrp://198.51.100.23:40112/d2Lc7VgEi9Xa5p;tcp';
export const US_V6 = 'msrp://[2001:db8::25]:2855/rm6Yp1QkHz8Tn4;tcp';
export const V6 = 'msrp://[2001:db8::1:7]:7000/v6Mb3RtFj0Ws8q;tcp';

/** Name and value of a header; `raw` is the line when it is not simply `name: value`, and null adds no line. */
export type Line = readonly [name: string, value: string, raw?: string | Buffer];

export interface FrameSpec {
  tid?: string;
  /** @defaultValue `SEND` */
  method?: string;
  /** `200` or `200 OK`: a response. */
  status?: string;
  /** Paths, URIs separated by one space. */
  to?: string;
  from?: string;
  /** What stands between the paths and the body. */
  headers?: readonly Line[];
  /** All header lines, paths included. */
  lines?: readonly Line[];
  body?: string | Buffer;
  flag?: '$' | '+' | '#';
  /** The frame is malformed, in these ways. */
  errors?: readonly string[];
  /** Answer to it; none when absent. */
  reply?: number;
  /** URI the answer comes from. @defaultValue the To-Path */
  replyFrom?: string;
  /** Byte-Range of the success report that follows it. */
  report?: string;
}

export interface Built {
  bytes: Buffer;
  event: (offset: number) => Record<string, unknown>;
  replies: Record<string, unknown>[];
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const digest = sha256;

export function blob(body: string | Buffer): Record<string, unknown> {
  const bytes = Buffer.from(body as string);
  const text = bytes.toString('utf8');
  const shown =
    bytes.length > 2000 ? {} : Buffer.from(text).equals(bytes) ? { utf8: text } : { hex: bytes.toString('hex') };
  return { length: bytes.length, sha256: sha256(bytes), ...shown };
}

const number = (text: string): number | '*' => (text === '*' ? '*' : Number(text));

function rangeOf(value: string | undefined): Record<string, unknown> | null {
  const match = /^(\d+)-(\d+|\*)\/(\d+|\*)$/.exec(value ?? '');
  return match && { start: Number(match[1]), end: number(match[2]), total: number(match[3]) };
}

function requestFields(spec: FrameSpec, lines: readonly Line[]): Record<string, unknown> {
  const method = spec.method ?? 'SEND';
  const send = method === 'SEND';
  const value = (name: string): string | undefined => lines.find(([n]) => n.toLowerCase() === name)?.[1];
  const range = rangeOf(value('byte-range'));
  const body = spec.body === undefined ? null : blob(spec.body);
  const start = Number(range?.start ?? 1);
  return {
    method,
    messageId: value('message-id') ?? null,
    byteRange: range,
    successReport: send ? (value('success-report')?.toLowerCase() ?? 'no') : null,
    failureReport: send ? (value('failure-report')?.toLowerCase() ?? 'yes') : null,
    contentType: value('content-type') ?? null,
    body,
    position: send && body ? { start, end: start + Number(body.length) - 1 } : null,
  };
}

export function frame(spec: FrameSpec): Built {
  const { tid = 'q7Rw2LmX9sVd', flag = '$', method = 'SEND', to = US, from = ALICE, status } = spec;
  const lines: readonly Line[] = spec.lines ?? [['To-Path', to], ['From-Path', from], ...(spec.headers ?? [])];
  const written = lines.flatMap(([name, value, raw = `${name}: ${value}`]) => [Buffer.from(raw as string), CRLF]);
  const body = spec.body === undefined ? [] : [CRLF, Buffer.from(spec.body as string), CRLF];
  const bytes = Buffer.concat([
    Buffer.from(`MSRP ${tid} ${status ?? method}\r\n`),
    ...written,
    ...body,
    Buffer.from(`-------${tid}${flag}\r\n`),
  ]);
  const event = (offset: number): Record<string, unknown> => {
    const common = { offset, length: bytes.length, kind: status ? 'response' : 'request', tid };
    if (spec.errors) return { type: 'bad', ...common, method: status ? null : method, flag, errors: spec.errors };
    const paths = { toPath: to.split(' '), fromPath: from.split(' '), headers: lines.map(([n, v]) => [n, v]), flag };
    if (status === undefined) return { type: 'frame', ...common, ...paths, ...requestFields(spec, lines) };
    const comment = status.length > 3 ? status.slice(4) : null;
    return { type: 'frame', ...common, status: Number(status.slice(0, 3)), comment, ...paths };
  };
  return { bytes, event, replies: repliesTo({ ...spec, tid, method, to, from }, lines) };
}

const CRLF = Buffer.from('\r\n');

function repliesTo(
  spec: FrameSpec & { tid: string; method: string; to: string; from: string },
  lines: readonly Line[],
): Record<string, unknown>[] {
  const replies: Record<string, unknown>[] = [];
  const path = spec.from.split(' ');
  const fromPath = [spec.replyFrom ?? spec.to.split(' ')[0]];
  // 4975-7.2-04, 4975-7.2-05: SEND is answered to the previous hop, any other method along the whole path.
  const back = spec.method === 'SEND' ? path.slice(0, 1) : path;
  if (spec.reply !== undefined) replies.push({ response: spec.reply, tid: spec.tid, toPath: back, fromPath });
  if (spec.report !== undefined) {
    const messageId = lines.find(([name]) => name.toLowerCase() === 'message-id')?.[1];
    replies.push({ report: '000 200', messageId, byteRange: spec.report, toPath: path, fromPath });
  }
  return replies;
}

/** Bytes after which no frame boundary is known. */
export const fatal = (text: string | Buffer, error: string): Built => ({
  bytes: Buffer.from(text as string),
  event: (offset) => ({ type: 'fatal', offset, error }),
  replies: [],
});

/** Empty lines between frames. */
export const keepAlive = (count = 1): Buffer => Buffer.from('\r\n'.repeat(count));

/** A SEND of text in one piece with a true Byte-Range. */
export function send(
  body: string | Buffer,
  spec: FrameSpec & { id?: string; type?: string; more?: readonly Line[] } = {},
): Built {
  const { id = 'Mx83kd92Lq7', type = 'text/plain', more = [], ...rest } = spec;
  const length = Buffer.from(body as string).length;
  const headers: Line[] = [
    ['Message-ID', id],
    ['Byte-Range', length === 0 ? '1-0/0' : `1-${length}/${length}`],
    ...more,
    ['Content-Type', type],
  ];
  return frame({ reply: 200, headers, body, ...rest });
}
