import { mediaTypeOf, readContentHeaders } from './content-headers.js';
import type { ContentHeader, CpimError, Envelope } from './envelope.js';
import { MAX_HEADER_BYTES } from './grammar.js';
import { type HeaderBlock, parseHeaderBlock } from './header-block.js';

const BLANK_LINE = '\r\n\r\n';

/**
 * Finds the envelope at the start of a message/cpim body (3862-2-01) that arrives in pieces: its headers occur once, in the
 * first octets of the message, in however many chunks those come (4975-13-02). What follows is content, an envelope in it
 * included (P-CPIM-02).
 *
 * Push the pieces in order until `push` says `done`; then either `envelope` or `error` is set, and the content starts
 * at byte `headerLength` of the message. Call `end` when the message is over. No reference to a piece outlives its
 * push, so the reader's buffer may be used again. Both blocks are bounded (P-CPIM-01), hence also what is held.
 */
export class EnvelopeParser {
  #held: Buffer | null = null;
  #scanned = 0;
  #block: HeaderBlock | null = null;
  /** Offset behind the CPIM headers and their blank line. */
  #blockEnd = 0;
  #envelope: Envelope | null = null;
  #error: CpimError | null = null;

  /** The envelope, once both header blocks are there and sound. */
  get envelope(): Envelope | null {
    return this.#envelope;
  }

  /** Why this is no message/cpim; null as long as it may be one. */
  get error(): CpimError | null {
    return this.#error;
  }

  /** Bytes of both header blocks with their blank lines: the offset of the content. 0 until the envelope is there. */
  get headerLength(): number {
    return this.#envelope?.headerBytes.length ?? 0;
  }

  get #done(): boolean {
    return this.#envelope !== null || this.#error !== null;
  }

  push(chunk: Buffer): 'more' | 'done' {
    if (this.#done) return 'done';
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk;
    if (!this.#block) this.#readBlock(bytes);
    if (this.#block && !this.#done) this.#readContentHeaders(bytes, this.#block, false);
    if (this.#done) {
      this.#held = null;
      return 'done';
    }
    this.#held = bytes === chunk ? Buffer.from(chunk) : bytes;
    return 'more';
  }

  /** The message is complete: afterwards `envelope` or `error` is set. */
  end(): void {
    if (this.#done) return;
    // P-CPIM-03: a wrapper without end of headers at the end of the complete message is malformed.
    if (this.#block && this.#held) this.#readContentHeaders(this.#held, this.#block, true);
    else this.#error = 'no-blank-line';
    this.#held = null;
  }

  #readBlock(bytes: Buffer): void {
    // A blank line at once would leave the metadata empty, and RFC 3862 §2.2 has no message without it.
    if (bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a) {
      this.#error = 'header-syntax';
      return;
    }
    const window = bytes.length > MAX_HEADER_BYTES + 4 ? bytes.subarray(0, MAX_HEADER_BYTES + 4) : bytes;
    const end = window.indexOf(BLANK_LINE, this.#scanned, 'latin1');
    if (end < 0) {
      this.#scanned = Math.max(0, window.length - 3);
      // P-CPIM-01: do not collect more than a block may hold.
      if (window.length === MAX_HEADER_BYTES + 4) this.#error = 'headers-too-large';
      return;
    }
    const block = parseHeaderBlock(bytes.subarray(0, end));
    if (typeof block === 'string') {
      this.#error = block;
      return;
    }
    this.#block = block;
    this.#blockEnd = end + 4;
  }

  #readContentHeaders(bytes: Buffer, block: HeaderBlock, ended: boolean): void {
    const read = readContentHeaders(bytes, this.#blockEnd);
    if (read.state === 'incomplete' && !ended) return;
    if (read.state === 'complete') {
      const contentType = mediaTypeOf(read.headers);
      if (contentType !== null) {
        this.#finish(bytes, block, { merged: false, headers: read.headers, contentType, end: read.end });
        return;
      }
    }
    // 3862-2-02, A-08: merged only when what follows the blank line are not MIME headers with a Content-Type.
    const merged = [...block.contentLike.values()];
    const contentType = mediaTypeOf(merged);
    if (contentType !== null) {
      this.#finish(bytes, block, { merged: true, headers: merged, contentType, end: this.#blockEnd });
      return;
    }
    // 3862-2.4-01: "Content has at least a Content-Type MIME header".
    if (read.state === 'incomplete' && mediaTypeOf(read.headers) !== null) this.#error = 'no-blank-line';
    else if (read.state === 'invalid' && read.error !== 'header-syntax') this.#error = read.error;
    else this.#error = 'content-type-missing';
  }

  #finish(
    bytes: Buffer,
    block: HeaderBlock,
    content: { merged: boolean; headers: ContentHeader[]; contentType: string; end: number },
  ): void {
    const { from, to, toLine, cc, dateTime, subject, require, other, contentLike } = block;
    this.#envelope = {
      from,
      to,
      toLine,
      cc,
      dateTime,
      subject,
      require,
      other: content.merged ? other.filter((header) => !contentLike.has(header)) : other,
      merged: content.merged,
      contentHeaders: content.headers,
      contentType: content.contentType,
      headerBytes: Buffer.from(bytes.subarray(0, content.end)),
    };
  }
}

/** An envelope and where its content begins, or what is wrong with it. */
export type CpimResult = { ok: true; envelope: Envelope; contentOffset: number } | { ok: false; error: CpimError };

/** Parses a complete message/cpim body; the content is `body.subarray(contentOffset)`. */
export function parseCpim(body: Buffer): CpimResult {
  const parser = new EnvelopeParser();
  if (parser.push(body) === 'more') parser.end();
  const { envelope } = parser;
  if (!envelope) return { ok: false, error: parser.error ?? 'no-blank-line' };
  return { ok: true, envelope, contentOffset: envelope.headerBytes.length };
}
