/**
 * Small SENDs of one session to its peer. They differ in transaction id and content alone, so the rest is there once, as
 * octets, and a copy is written where it leaves, with no text made for it before (D8).
 */
import { END_LINE_HYPHENS } from './grammar.js';
import { stampCount, TransactionIds } from './ids.js';

const ID_LENGTH = TransactionIds.LENGTH;
/** `MSRP ` stands in front of the transaction id. */
const ID_AT = 5;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
/** The end-line behind its hyphens. */
const END_LENGTH = ID_LENGTH + 3;

/** Start line, both paths and Message-ID, which is the transaction id once more. */
export class SendTemplate {
  readonly octets: Buffer;
  readonly messageIdAt: number;

  /** @param toPath and @param fromPath as `Session` has them */
  constructor(ids: TransactionIds, toPath: readonly string[], fromPath: string) {
    const id = ids.idAt(0);
    const head = `MSRP ${id} SEND\r\nTo-Path: ${toPath.join(' ')}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: ${id}`;
    // Of its own: a slice of Node's pool, which this outlives, would keep all of that.
    this.octets = Buffer.alloc(head.length);
    this.octets.write(head, 'latin1');
    this.messageIdAt = head.length - ID_LENGTH;
  }
}

/** One of them. */
export class SendCopy {
  readonly #template: SendTemplate;
  readonly #count: number;
  readonly #rest: Buffer;
  /** Octets of the frame. */
  readonly length: number;

  /**
   * @param count of its transaction id, as `TransactionIds` counts
   * @param rest what follows the Message-ID, up to the hyphens of the end-line; must not change any more
   */
  constructor(template: SendTemplate, count: number, rest: Buffer) {
    this.#template = template;
    this.#count = count;
    this.#rest = rest;
    this.length = template.octets.length + rest.length + END_LENGTH;
  }

  /** Writes the frame into `target`, which has room for it at `at`; returns where it ends. */
  writeTo(target: Buffer, at: number): number {
    const { octets, messageIdAt } = this.#template;
    const rest = this.#rest;
    target.set(octets, at);
    const id = at + ID_AT;
    stampCount(target, id, this.#count);
    copyId(target, id, at + messageIdAt);
    const restAt = at + octets.length;
    target.set(rest, restAt);
    const endAt = restAt + rest.length;
    copyId(target, id, endAt);
    target[endAt + ID_LENGTH] = DOLLAR;
    target[endAt + ID_LENGTH + 1] = CR;
    target[endAt + ID_LENGTH + 2] = LF;
    return endAt + END_LENGTH;
  }

  /** The frame, for streams on which it is a message of its own. */
  toBuffer(): Buffer {
    const frame = Buffer.allocUnsafe(this.length);
    this.writeTo(frame, 0);
    return frame;
  }
}

/** What of a small message is the same in all its copies: from behind the Message-ID up to the hyphens of the end-line. */
export function sharedRest(headers: string, body: Buffer): Buffer {
  const start = `\r\n${headers}\r\n`;
  // An empty message is Content-Type, blank line, zero octets, CRLF, end-line (4975-7.1-07).
  const end = `\r\n${END_LINE_HYPHENS}`;
  const rest = Buffer.allocUnsafe(start.length + body.length + end.length);
  rest.write(start, 'latin1');
  rest.set(body, start.length);
  rest.write(end, start.length + body.length, 'latin1');
  return rest;
}

/** Octet by octet: for so few that is faster than any call. */
function copyId(target: Buffer, from: number, to: number): void {
  for (let i = 0; i < ID_LENGTH; i++) target[to + i] = target[from + i];
}
