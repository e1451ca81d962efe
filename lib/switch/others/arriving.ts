/** One large message that arrives from another switch, on its way to those here who are to have it. */
import type { BusMessage } from '../../cluster/bus.js';
import { parseCpim } from '../../cpim/index.js';
import type { Clock } from '../../util/clock.js';
import type { Backlog, Relieved } from '../backlog.js';
import type { Budget } from '../budget.js';
import type { ContentOptions } from '../content.js';
import { type Recipient, Relayed } from '../relayed.js';

export type Begin = Extract<BusMessage, { kind: 'begin' }>;

export interface ArrivingOptions {
  clock: Clock;
  content: ContentOptions;
  /** Octets of one message that those who need it whole wait for in memory, where there is no spool. */
  maxWhole: number;
  /** What all messages under way share. */
  budget: Budget;
  /** Octets were handed to the recipients. */
  handed: () => void;
  /** Tells the switch it comes from. */
  want: (want: 'more' | 'later' | 'nothing') => void;
}

export class Arriving implements Relieved {
  /** URI of its room. */
  readonly room: string;
  readonly #recipients: readonly Recipient[];
  readonly #options: ArrivingOptions;
  readonly #relayed: Relayed | undefined;
  /** Octets taken from the budget. */
  #held = 0;
  /** Full: the spool is slower than what comes. */
  #behind: Backlog | undefined;

  constructor({ message, total, octets }: Begin, recipients: readonly Recipient[], options: ArrivingOptions) {
    this.room = message.room;
    this.#recipients = recipients;
    this.#options = options;
    const parsed = parseCpim(bufferOf(octets));
    // The switch it comes from has read the same octets.
    if (!parsed.ok) return;
    this.#relayed = new Relayed(message.mimeHeaders, parsed.envelope, recipients, {
      content: options.content,
      maxWhole: options.maxWhole,
      total,
      acceptedAt: options.clock.now(),
      private: message.to !== null,
      see: undefined,
      throttle: { handed: (_octets, _recipients, _there, spool) => this.#handed(spool) },
    });
  }

  /** False when nothing more of it is of use here. */
  push(octets: Uint8Array): boolean {
    if (!this.#relayed) return false;
    this.#relayed.push(kept(octets));
    const more = this.#relayed.held - this.#held;
    if (more > 0 && !this.#options.budget.take(more)) {
      this.abort();
      for (const { outbox, removed } of this.#recipients) if (!removed) outbox.missed();
      return false;
    }
    if (more < 0) this.#options.budget.give(-more);
    this.#held += more;
    return true;
  }

  pause(): void {
    this.#relayed?.pause();
  }

  finish(): void {
    this.#relayed?.finish();
    this.#release();
  }

  /** Those who got something of it are told (7701-6.1-12). */
  abort(): void {
    this.#relayed?.abort();
    this.#release();
  }

  /** The spool caught up. */
  relieved(): void {
    this.#behind = undefined;
    this.#options.want('more');
  }

  #handed(spool: Backlog | undefined): void {
    this.#options.handed();
    if (!spool?.full || this.#behind) return;
    this.#behind = spool;
    spool.wait(this);
    this.#options.want('later');
  }

  #release(): void {
    this.#behind?.forget(this);
    this.#behind = undefined;
    this.#options.budget.give(this.#held);
    this.#held = 0;
  }
}

/** The same octets, not copied. */
export const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Octets to keep: what arrived together may be one buffer, which a small part of it must not hold on to. */
export const kept = (octets: Uint8Array): Buffer =>
  octets.buffer.byteLength > octets.byteLength * 2 ? Buffer.from(octets) : bufferOf(octets);
