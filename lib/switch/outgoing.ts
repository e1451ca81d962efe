/** A message on its way to many: the octets exist once, however many receive it (D8). */
import { octets, type Request } from '../msrp/index.js';

/** Bodies up to here travel as text that V8 joins without copying; larger ones as shared buffers. */
export const TEXT_LIMIT = 4096;
/** 4975-5.1-01: a chunk above this MUST be interruptible, which its range-end `*` says. */
const INTERRUPTIBLE_ABOVE = 2048;
const HYPHENS = '-------';

export class Outgoing {
  /** What follows the Message-ID in the frame of a complete small message, up to the hyphens of the end-line. */
  readonly frame: string | null;
  /** Content-Type and the other MIME headers of the SEND, each line with its CRLF (7701-6.1-18). */
  readonly mimeHeaders: string;
  /** Media type inside the wrapper; what a recipient's 415 is about. */
  readonly wrappedType: string;
  /** When the message was accepted, in ms since the epoch. */
  readonly acceptedAt: number;
  readonly pieces: Buffer[] = [];
  /** Octets there so far. */
  length = 0;
  /** Octets of the whole message, as far as it is known. */
  total: number | null;
  state: 'open' | 'complete' | 'aborted' = 'open';
  /** Nothing has come for a while. */
  paused = false;
  readonly #followers = new Set<() => void>();
  /** Whether seven hyphens occur: without them the octets cannot contain an end-line. */
  #hyphens = false;

  /** A message whose octets arrive with `push`; `total` is what its sender announced. */
  constructor(mimeHeaders: string, wrappedType: string, acceptedAt: number, total: number | null, body?: Buffer) {
    this.mimeHeaders = mimeHeaders;
    this.wrappedType = wrappedType;
    this.acceptedAt = acceptedAt;
    this.total = total;
    this.frame = null;
    if (!body) return;
    this.length = body.length;
    this.total = body.length;
    this.state = 'complete';
    this.#hyphens = body.includes(HYPHENS, 0, 'latin1');
    if (body.length <= TEXT_LIMIT) {
      const end = body.length > INTERRUPTIBLE_ABOVE ? '*' : body.length;
      const range = `\r\nByte-Range: 1-${end}/${body.length}\r\n`;
      // An empty message is Content-Type, blank line, zero octets, CRLF, end-line (4975-7.1-07).
      this.frame = `${range}${mimeHeaders}\r\n${body.toString('latin1')}\r\n${HYPHENS}`;
    } else this.pieces.push(body);
  }

  /** A complete message. A large `body` must not change any more. */
  static complete(mimeHeaders: string, wrappedType: string, acceptedAt: number, body: Buffer): Outgoing {
    return new Outgoing(mimeHeaders, wrappedType, acceptedAt, body.length, body);
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.length += piece.length;
    // 4975-7.3.1-10, A-40: its sender announced less than it sends; a chunk that starts behind its total is malformed.
    if (this.total !== null && this.length > this.total) this.total = null;
    this.#hyphens ||= this.#found(HYPHENS, this.pieces.length - 1);
    this.paused = false;
    this.#changed();
  }

  /** No more octets are expected soon. */
  pause(): void {
    this.paused = true;
    this.#changed();
  }

  finish(): void {
    this.state = 'complete';
    this.total = this.length;
    this.#changed();
  }

  abort(): void {
    this.state = 'aborted';
    this.#changed();
  }

  /** `follower` is called whenever something changed, until `unfollow`. */
  follow(follower: () => void): void {
    this.#followers.add(follower);
  }

  unfollow(follower: () => void): void {
    this.#followers.delete(follower);
  }

  /** Whether the octets, those from piece `from` on, could be taken for an end-line with this id (4975-7.1-10). */
  contains(tid: string, from = 0): boolean {
    if (!this.#hyphens) return false;
    if (this.frame !== null) return this.frame.includes(HYPHENS + tid);
    for (let index = from; index < this.pieces.length; index++) if (this.#found(tid, index)) return true;
    return false;
  }

  /** Whether `text` ends within this piece. */
  #found(text: string, index: number): boolean {
    if (this.pieces[index].includes(text, 0, 'latin1')) return true;
    if (index === 0) return false;
    return this.#edge(index, text.length - 1).includes(text, 0, 'latin1');
  }

  /** Up to `width` octets on either side of the beginning of a piece. */
  #edge(index: number, width: number): Buffer {
    const parts = [this.pieces[index].subarray(0, width)];
    let missing = width;
    for (let before = index - 1; before >= 0 && missing > 0; before--) {
      const tail = this.pieces[before].subarray(-missing);
      parts.unshift(tail);
      missing -= tail.length;
    }
    return Buffer.concat(parts);
  }

  #changed(): void {
    for (const follower of this.#followers) follower();
  }
}

/** The headers a copy carries beside its range: MIME, and none about reports (7701-6.3-04). They are those of the received SEND, Content-Type last (4975-9-05). */
export function mimeHeaders({ headers, contentType }: Pick<Request, 'headers' | 'contentType'>): string {
  let lines = '';
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    // 4975-7.1-18: Content-Transfer-Encoding is never used: do not emit it.
    if (!lower.startsWith('content-') || lower === 'content-type' || lower === 'content-transfer-encoding') continue;
    lines += `${name}: ${octets(value)}\r\n`;
  }
  return `${lines}Content-Type: ${octets(contentType ?? 'message/cpim')}\r\n`;
}
