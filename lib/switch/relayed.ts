/** One message that is passed on while it arrives: its recipients are those of its first octets (7701-6.1-09, 7701-6.1-10). */
import { type Envelope, withTo } from '../cpim/index.js';
import type { ContentOptions, Reader } from './content.js';
import type { Forwarded } from './others/forwarded.js';
import { NOWHERE } from './others/elsewhere.js';
import { Outgoing } from './outgoing.js';
import type { Outbox } from './outbox.js';
import type { Member } from './route.js';
import type { Throttle } from './throttle.js';

/** A member copies can be handed to. */
export interface Recipient extends Member {
  readonly outbox: Outbox;
  /** Rewrite CPIM To of room messages to this URI; null leaves it (D7). */
  readonly roomToUri: string | null;
  /** Hears nothing of what policy refuses (MSRP-18). */
  readonly softReject: boolean;
  /** What its delivery notifications must not show (5438-8-02). */
  readonly hidden: readonly string[];
  /** It is not in the room yet. */
  readonly atDoor: boolean;
  /** It left the room. */
  readonly removed: boolean;
}

export interface RelayedOptions {
  content: ContentOptions;
  throttle: Pick<Throttle, 'handed'>;
  maxWhole: number;
  /** What the sender announced as its length, if anything. */
  total: number | null;
  /** In ms since the epoch. */
  acceptedAt: number;
  /** To one participant: then To is his, whatever he calls the room. */
  private: boolean;
  /** Its way to other switches; absent when nobody there is to have it. */
  forwarded?: Forwarded;
  /** Told of the complete message; its octets are null when they are more than are kept for it. */
  see: ((octets: Buffer | null, size: number) => void) | undefined;
  /** So many are. @defaultValue none */
  maxSeen?: number;
}

/** The copies with one CPIM To. */
interface Variant {
  message: Outgoing;
  /** Who takes it only when it is complete (P-OUT-01). */
  later: Recipient[];
  /** Keeps the octets for them. */
  keeper: Reader | undefined;
}

export class Relayed {
  /** By the To its recipients need; null for the unchanged wrapper. */
  readonly #variants = new Map<string | null, Variant>();
  readonly #envelope: Envelope;
  readonly #recipients: readonly Recipient[];
  readonly #options: RelayedOptions;
  #kept: Buffer[] | undefined;
  #length = 0;
  #first = true;

  /** @param headers MIME headers, as `mimeHeaders` writes them */
  constructor(headers: string, envelope: Envelope, recipients: readonly Recipient[], options: RelayedOptions) {
    this.#envelope = envelope;
    this.#recipients = recipients;
    this.#options = options;
    this.#kept = options.see && [];
    const { acceptedAt, content, total } = options;
    for (const recipient of recipients) {
      const key = this.#toOf(recipient);
      let variant = this.#variants.get(key);
      if (!variant) {
        // The rewritten wrapper has another length than the one announced.
        const known = key === null ? total : null;
        const message = new Outgoing(headers, envelope.contentType, acceptedAt, known, content);
        variant = { message, later: [], keeper: undefined };
        this.#variants.set(key, variant);
      }
      // 7701-6.1-08: distribution starts now, except to those who need the whole message.
      if (recipient.outbox.delivery !== 'stream') {
        variant.later.push(recipient);
        variant.keeper ??= variant.message.content.reader(() => undefined);
      }
    }
    // The octets begin to be let go with the first reader that leaves, so those who keep them come before.
    for (const recipient of recipients) {
      const variant = this.#variants.get(this.#toOf(recipient));
      if (variant && recipient.outbox.delivery === 'stream') recipient.outbox.deliver(variant.message);
    }
  }

  /** Octets in memory. */
  get held(): number {
    let held = 0;
    for (const { message } of this.#variants.values()) held += message.content.held;
    // What is kept for those who watch are the same octets.
    return Math.max(held, this.#kept ? this.#length : 0);
  }

  push(bytes: Buffer): void {
    const { throttle, forwarded } = this.#options;
    this.#keep(bytes);
    forwarded?.push(bytes);
    for (const [to, variant] of this.#variants) {
      if (this.#first && to !== null) {
        const rest = bytes.subarray(this.#envelope.headerBytes.length);
        variant.message.push(Buffer.concat([withTo(this.#envelope, to), rest]));
      } else variant.message.push(bytes);
      if (variant.keeper) this.#checkKeeper(variant);
    }
    this.#first = false;
    const spool = [...this.#variants.values()].find(
      ({ message: { content } }) => content.spooled && content.backlog.full,
    );
    const behind = spool?.message.content.backlog ?? forwarded?.backlog;
    throttle.handed(bytes.length, this.#recipients, forwarded?.there ?? NOWHERE, behind);
  }

  finish(): void {
    this.#options.forwarded?.finish();
    for (const { message, later, keeper } of this.#variants.values()) {
      message.finish();
      for (const recipient of later) {
        if (!recipient.removed) recipient.outbox.deliver(message, keeper);
      }
      if (keeper) message.content.leave(keeper);
    }
    this.#options.see?.(this.#kept ? Buffer.concat(this.#kept) : null, this.#length);
  }

  /** No more is expected soon: what is open is not kept open. */
  pause(): void {
    this.#options.forwarded?.pause();
    for (const { message } of this.#variants.values()) message.pause();
  }

  abort(): void {
    this.#options.forwarded?.abort();
    for (const { message, keeper } of this.#variants.values()) {
      message.abort();
      if (keeper) message.content.leave(keeper);
    }
  }

  /** The To that this one needs; null for the one it was written to. */
  #toOf({ roomToUri }: Recipient): string | null {
    return this.#options.private ? null : roomToUri;
  }

  #keep(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > (this.#options.maxSeen ?? 0)) this.#kept = undefined;
    this.#kept?.push(bytes);
  }

  /** 7701-6.3-07: collected for those only who can still be given it. */
  #checkKeeper(variant: Variant): void {
    const { message, keeper } = variant;
    const isTooLong = !message.content.spooled && message.length > this.#options.maxWhole;
    const isLost = isTooLong || keeper?.lost;
    const rest = isLost
      ? []
      : variant.later.filter((member) => !member.removed && message.length <= member.outbox.maxSize);
    if (isLost) for (const member of variant.later) if (!member.removed) member.outbox.missed();
    variant.later = rest;
    if (rest.length > 0 || !keeper) return;
    message.content.leave(keeper);
    variant.keeper = undefined;
  }
}
