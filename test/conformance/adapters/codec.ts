import type { FrameEnd, Message, MessageSink, Request } from '../../../lib/msrp/index.js';
import { Parser } from '../../../lib/msrp/index.js';
import { difference } from '../compare.js';
import type { Vector } from '../vectors.js';
import { blob } from './blob.js';
import { byteByByte, everyCut } from './pieces.js';

/** Collects what the parser calls, in the shape of the vectors. */
class Recorder implements MessageSink {
  readonly events: Record<string, unknown>[] = [];
  closed = false;
  /** Bytes given to the parser so far; set by the driver before each byte. */
  fed = 0;
  #frameStart = 0;
  #head: Message | null = null;
  #body: Buffer[] = [];

  constructor(readonly bytes: Buffer) {}

  head(message: Message): void {
    this.#head = message;
    this.#body = [];
  }

  body(piece: Buffer): void {
    this.#body.push(Buffer.from(piece));
  }

  end(end: FrameEnd): void {
    const head = this.#head;
    if (!head) throw new Error('end without head');
    const body = Buffer.concat(this.#body);
    const event = end.errors.length > 0 ? bad(head, end) : frame(head, end, body);
    this.events.push({ ...event, ...this.#extent() });
    this.#head = null;
  }

  fatal(error: string): void {
    this.events.push({ type: 'fatal', error, offset: this.#extent().offset });
    this.closed = true;
  }

  /** Empty lines between frames belong to none. */
  #extent(): { offset: number; length: number } {
    let offset = this.#frameStart;
    while (this.bytes[offset] === 0x0d && this.bytes[offset + 1] === 0x0a) offset += 2;
    this.#frameStart = this.fed;
    return { offset, length: this.fed - offset };
  }
}

const bad = (head: Message, end: FrameEnd): Record<string, unknown> => ({
  type: 'bad',
  kind: head.kind,
  tid: head.tid,
  method: head.kind === 'request' ? head.method : null,
  flag: end.flag,
  errors: [...end.errors],
});

function frame(head: Message, end: FrameEnd, body: Buffer): Record<string, unknown> {
  const common = {
    type: 'frame',
    kind: head.kind,
    tid: head.tid,
    toPath: [...head.toPath],
    fromPath: [...head.fromPath],
    headers: head.headers.map(([name, value]) => [name, value]),
    flag: end.flag,
  };
  if (head.kind === 'response') return { ...common, status: head.status, comment: head.comment };
  return { ...common, ...requestFields(head, end, body) };
}

function requestFields(head: Request, end: FrameEnd, body: Buffer): Record<string, unknown> {
  const send = head.method === 'SEND';
  const start = head.byteRange?.start ?? 1;
  return {
    method: head.method,
    messageId: head.messageId,
    byteRange: head.byteRange,
    successReport: send ? (head.successReport ? 'yes' : 'no') : null,
    failureReport: send ? head.failureReport : null,
    contentType: head.contentType,
    body: end.hasBody ? blob(body) : null,
    position: send && end.hasBody ? { start, end: start + body.length - 1 } : null,
  };
}

interface Outcome {
  events: Record<string, unknown>[];
  pending: number;
  closed: boolean;
}

function run(bytes: Buffer, pieces: readonly Buffer[]): Outcome {
  const recorder = new Recorder(bytes);
  const parser = new Parser(recorder);
  for (const piece of pieces) {
    recorder.fed += piece.length;
    if (!recorder.closed) parser.receive(piece);
  }
  return { events: recorder.events, pending: parser.pending, closed: recorder.closed };
}

const withoutExtent = (events: readonly Record<string, unknown>[]): Record<string, unknown>[] =>
  events.map(({ offset: _offset, length: _length, ...rest }) => rest);

/**
 * Events of the parser, with offsets where the bytes come one by one, and the same events at every cut in two.
 * Names of errors are the implementation's own: the class counts (test/vectors/README.md).
 */
export function checkEvents(vector: Vector): string | null {
  const single = run(vector.bytes, byteByByte(vector.bytes));
  const expected = (vector.expect.events ?? []).map(({ errors: _errors, error: _error, ...rest }) => rest);
  const found = difference(expected, single.events);
  if (found !== null) return found;
  const whole = withoutExtent(run(vector.bytes, [vector.bytes]).events);
  for (const pieces of everyCut(vector.bytes)) {
    const cut = difference(whole, withoutExtent(run(vector.bytes, pieces).events));
    if (cut !== null) return `cut at ${pieces[0]?.length}: ${cut}`;
  }
  return null;
}

export function checkPending(vector: Vector): string | null {
  for (const pieces of [[vector.bytes], byteByByte(vector.bytes)]) {
    const found = difference(vector.expect.pending, run(vector.bytes, pieces).pending, 'pending');
    if (found !== null) return `${pieces.length} pieces: ${found}`;
  }
  return null;
}

export const checkClosed = (vector: Vector): string | null =>
  difference(vector.expect.closed, run(vector.bytes, [vector.bytes]).closed, 'closed');
