import {
  type FatalError,
  type FrameEnd,
  type Message,
  Parser,
  type ParserLimits,
  Reassembler,
  type Request,
} from '../../lib/msrp/index.js';
import { ManualClock } from './manual-clock.js';

export interface ParsedFrame {
  message: Message;
  end: FrameEnd;
  body: Buffer;
}

/** Collects whole frames. */
export class FrameReader {
  readonly frames: ParsedFrame[] = [];
  fatal: FatalError | undefined;
  readonly parser: Parser;
  #message: Message | undefined;
  #body: Buffer[] = [];

  constructor(limits: Partial<ParserLimits> = {}) {
    this.parser = new Parser(
      {
        head: (message) => {
          this.#message = message;
          this.#body = [];
        },
        body: (piece) => this.#body.push(Buffer.from(piece)),
        end: (end) => {
          if (!this.#message) throw new Error('an end without a head');
          this.frames.push({ message: this.#message, end, body: Buffer.concat(this.#body) });
          this.#message = undefined;
        },
        fatal: (error) => {
          this.fatal = error;
        },
      },
      limits,
    );
  }
}

/** Frames of a byte stream that must be whole and well-formed. */
export function framesOf(bytes: Buffer): ParsedFrame[] {
  const reader = new FrameReader();
  reader.parser.receive(bytes);
  if (reader.fatal) throw new Error(`the stream broke: ${reader.fatal}`);
  if (reader.parser.pending > 0) throw new Error(`${reader.parser.pending} octets of an unfinished frame`);
  for (const { end, message } of reader.frames) {
    if (end.errors.length > 0) throw new Error(`${message.tid}: ${end.errors.join(' ')}`);
  }
  return reader.frames;
}

export const isRequest = (frame: ParsedFrame): frame is ParsedFrame & { message: Request } =>
  frame.message.kind === 'request';

/** Complete messages among SEND frames, in the order they were completed, reassembled by RFC 4975 §7.3.1. */
export function messagesOf(frames: readonly ParsedFrame[]): Buffer[] {
  const reassembler = new Reassembler({ clock: new ManualClock(), maxSize: 100_000_000 });
  const messages: Buffer[] = [];
  for (const { message, end, body } of frames) {
    if (message.kind !== 'request' || message.method !== 'SEND' || !end.hasBody) continue;
    const chunk = { start: message.byteRange?.start, bytes: body, flag: end.flag };
    const result = reassembler.add(message.messageId ?? '', chunk);
    if (result.kind === 'complete') messages.push(Buffer.from(result.bytes));
    else if (result.kind === 'refused' || result.kind === 'duplicate')
      throw new Error(`${message.messageId}: ${result.kind}`);
  }
  return messages;
}

/** A request as a peer writes it. */
export function request(
  tid: string,
  method: string,
  toPath: string,
  fromPath: string,
  lines: readonly string[],
  body?: string,
  flag = '$',
): string {
  const head = [`MSRP ${tid} ${method}`, `To-Path: ${toPath}`, `From-Path: ${fromPath}`, ...lines, ''].join('\r\n');
  return `${head}${body === undefined ? '' : `\r\n${body}\r\n`}-------${tid}${flag}\r\n`;
}

export function response(tid: string, status: string, toPath: string, fromPath: string): string {
  return `MSRP ${tid} ${status}\r\nTo-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\n-------${tid}$\r\n`;
}
