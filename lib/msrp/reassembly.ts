import type { Clock, Timer } from '../util/clock.js';
import { Recent } from '../util/recent.js';
import { Coverage } from './coverage.js';

/** One chunk of a message, as a SEND brought it. */
export interface IncomingChunk {
  /** Position of the first byte in the message, counted from 1; absent without Byte-Range. */
  start: number | undefined;
  bytes: Uint8Array;
  /** RFC 4975 §7.1: `$` last, `+` more follows, `#` given up. */
  flag: '$' | '+' | '#';
}

/** What one more chunk makes of its message. */
export type Reassembly =
  | { kind: 'complete'; bytes: Uint8Array }
  | { kind: 'pending' }
  | { kind: 'aborted' }
  /** Seen complete before: acknowledge, do not show again (4975-5.4-11). */
  | { kind: 'duplicate' }
  | { kind: 'refused'; status: 400 | 413 };

/** How much is held for messages that are under way. */
export interface ReassemblerOptions {
  clock: Clock;
  /** Octets of one message. @defaultValue 10485760 */
  maxSize?: number;
  /** Messages under way at once. @defaultValue 32 */
  maxPartial?: number;
  /** Milliseconds without a chunk after which a message counts as given up. @defaultValue 540000 */
  chunkTimeout?: number;
}

/** Chunks of one message may be as short as one octet; more of them than this is an attack, not a message. */
const MAX_SEGMENTS = 16_384;
const REMEMBERED_IDS = 256;

/** One message under way. Nothing is reserved from what a Byte-Range claims: only bytes received are held (4975-7.3.1-12). */
class Partial {
  readonly #segments: { start: number; bytes: Uint8Array }[] = [];
  readonly #covered = new Coverage();
  held = 0;
  end: number | undefined;
  timer: Timer | undefined;

  get segments(): number {
    return this.#segments.length;
  }

  add(start: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#segments.push({ start, bytes });
    this.held += bytes.length;
    this.#covered.add(start, bytes.length);
  }

  /** RFC 4975 §7.3.1: complete when `$` was seen and every byte up to its end is there. */
  complete(): Uint8Array | undefined {
    if (this.end === undefined) return undefined;
    if (this.#covered.contiguous < this.end) return undefined;
    const message = new Uint8Array(this.end);
    // "bytes of the chunk received later replace earlier ones": arrival order, cut at the end that `$` fixed
    for (const { start, bytes } of this.#segments) {
      if (start <= this.end) message.set(bytes.subarray(0, this.end - start + 1), start - 1);
    }
    return message;
  }
}

/** Puts the chunks of one session's messages together (RFC 4975 §7.3.1), bounded in size, number and time. */
export class Reassembler {
  readonly #partial = new Map<string, Partial>();
  readonly #complete = new Recent<true>(REMEMBERED_IDS);
  readonly #refused = new Recent<400 | 413>(REMEMBERED_IDS);
  readonly #clock: Clock;
  readonly #maxSize: number;
  readonly #maxPartial: number;
  readonly #chunkTimeout: number;

  constructor(options: ReassemblerOptions) {
    this.#clock = options.clock;
    this.#maxSize = options.maxSize ?? 10 * 1024 * 1024;
    this.#maxPartial = options.maxPartial ?? 32;
    this.#chunkTimeout = options.chunkTimeout ?? 540_000;
  }

  /** Messages under way. */
  get size(): number {
    return this.#partial.size;
  }

  add(messageId: string, chunk: IncomingChunk): Reassembly {
    const before = this.#partial.get(messageId);
    if (chunk.flag === '#') {
      this.#forget(messageId);
      this.#refused.delete(messageId);
      return { kind: 'aborted' };
    }
    const refused = this.#refused.get(messageId);
    if (refused !== undefined) return { kind: 'refused', status: refused };
    if (!before && this.#complete.get(messageId)) return { kind: 'duplicate' };
    // 4975-7.3.1-13: without a range the first chunk starts at 1, a continuation cannot be placed
    if (before && chunk.start === undefined) return this.#refuse(messageId, 400);
    const start = chunk.start ?? 1;
    if (!before && start === 1 && chunk.flag === '$') return this.#whole(messageId, chunk.bytes);
    if (!before && this.#partial.size >= this.#maxPartial) return this.#refuse(messageId, 413);
    return this.#collect(messageId, before ?? new Partial(), start, chunk);
  }

  /** Drops everything under way. */
  close(): void {
    for (const id of this.#partial.keys()) this.#forget(id);
  }

  #whole(messageId: string, bytes: Uint8Array): Reassembly {
    if (bytes.length > this.#maxSize) return this.#refuse(messageId, 413);
    this.#complete.set(messageId, true);
    return { kind: 'complete', bytes };
  }

  #collect(messageId: string, partial: Partial, start: number, chunk: IncomingChunk): Reassembly {
    const end = start + chunk.bytes.length - 1;
    if (
      end > this.#maxSize ||
      partial.held + chunk.bytes.length > 2 * this.#maxSize ||
      partial.segments >= MAX_SEGMENTS
    ) {
      return this.#refuse(messageId, 413);
    }
    partial.add(start, chunk.bytes);
    if (chunk.flag === '$') partial.end = end;
    const bytes = partial.complete();
    if (bytes) {
      this.#forget(messageId);
      this.#complete.set(messageId, true);
      return { kind: 'complete', bytes };
    }
    partial.timer?.cancel();
    partial.timer = this.#clock.after(this.#chunkTimeout, () => this.#forget(messageId));
    this.#partial.set(messageId, partial);
    return { kind: 'pending' };
  }

  #refuse(messageId: string, status: 400 | 413): Reassembly {
    this.#forget(messageId);
    this.#refused.set(messageId, status);
    return { kind: 'refused', status };
  }

  #forget(messageId: string): void {
    this.#partial.get(messageId)?.timer?.cancel();
    this.#partial.delete(messageId);
  }
}
