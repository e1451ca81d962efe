import type { Request } from '../../msrp/index.js';
import type { Clock } from '../../util/clock.js';
import { Recent } from '../../util/recent.js';
import type { IncomingContent } from './incoming-content.js';
import { LargeMessage } from './large-message.js';

/**
 * Asked with the first octets of a large message.
 * @param size octets announced for the whole message; undefined when not said
 * @param content what will be read, if this is answered with the length of the envelope
 * @returns octets of the envelope, in front of the content; `more` when it is not complete yet; `whole` when the message
 * shall come as a whole
 */
export type OpenLarge = (
  prefix: Buffer,
  size: number | undefined,
  content: IncomingContent,
) => number | 'more' | 'whole';

export interface LargeMessagesOptions {
  clock: Clock;
  /** Octets of one message. */
  maxSize: number;
  onOpen: OpenLarge;
  /** A reader is slower than the network; false when none is any more. */
  onPressure(slow: boolean): void;
}

/** Messages up to this size are always given as a whole. */
export const LARGE = 64 * 1024;
/** Messages that are read while they arrive; further ones come as a whole. */
const MAX_OPEN = 16;
const REMEMBERED_IDS = 256;

/** The messages of one session that are read while they arrive, by Message-ID. */
export class LargeMessages {
  readonly #options: LargeMessagesOptions;
  readonly #open = new Map<string, LargeMessage>();
  readonly #complete = new Recent<number>(REMEMBERED_IDS);
  readonly #slow = new Set<LargeMessage>();

  constructor(options: LargeMessagesOptions) {
    this.#options = options;
  }

  get(messageId: string): LargeMessage | undefined {
    return this.#open.get(messageId);
  }

  /** Octets of a message that was read to its end (4975-5.4-11: "do not show again"). */
  lengthOf(messageId: string): number | undefined {
    return this.#complete.get(messageId);
  }

  /** Whether a chunk may begin a message that somebody wants to read while it arrives. */
  mayBegin({ messageId, byteRange }: Request): boolean {
    if (messageId === null || byteRange?.start !== 1 || this.#open.size >= MAX_OPEN) return false;
    if (this.#open.has(messageId) || this.#complete.has(messageId)) return false;
    return byteRange.total === '*' || byteRange.total > LARGE;
  }

  /** @returns the message, once somebody reads it; `more` while that cannot be said; undefined when nobody will */
  open(request: Request, prefix: Buffer): LargeMessage | 'more' | undefined {
    const { clock, maxSize, onOpen } = this.#options;
    const messageId = request.messageId ?? '';
    const message: LargeMessage = new LargeMessage({
      clock,
      maxSize,
      onPressure: (slow) => this.#pressed(message, slow),
      onGone: () => void this.#open.delete(messageId),
    });
    const total = request.byteRange?.total;
    const envelope = onOpen(prefix, typeof total === 'number' ? total : undefined, message.content);
    if (envelope === 'more') return 'more';
    if (envelope === 'whole') return undefined;
    this.#open.set(messageId, message);
    message.open(prefix, envelope);
    return message;
  }

  completed(messageId: string, message: LargeMessage): void {
    this.#complete.set(messageId, message.length);
  }

  /** The session ended. */
  close(): void {
    for (const message of this.#open.values()) message.abort('the session ended');
  }

  #pressed(message: LargeMessage, slow: boolean): void {
    const before = this.#slow.size > 0;
    if (slow) this.#slow.add(message);
    else this.#slow.delete(message);
    const now = this.#slow.size > 0;
    if (now !== before) this.#options.onPressure(now);
  }
}
