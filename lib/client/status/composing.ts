import { cpimUriKey } from '../../cpim/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { type ComposingStatus, formatComposing } from './composing-document.js';
import type { Outcome } from '../msrp/outgoing-message.js';
import type { MessageHead } from '../received-message.js';

/** Seconds between two statuses of a kind for one content message. 3994-3.2-01: "The interval SHOULD be no shorter than 60 seconds." */
const REFRESH = 60;
/** Milliseconds between two `active`, whatever is sent in between: who writes many short messages says it for some of them. */
const FLOOR = 10_000;
/** Milliseconds without a keystroke. 3994-3.2-01: "SHOULD have a default value of 15 seconds" */
const IDLE = 15_000;
/** Seconds an `active` without `refresh` is believed (RFC 3994 §3.3). */
const BELIEVED = 120;
/** Milliseconds a timer can wait at most. */
const MAX_DELAY = 2 ** 31 - 1;
/** Writers kept in mind; more than a person can watch. */
const MAX_WRITERS = 1024;

/** Somebody began to write, or is no longer taken to be writing. */
export interface Composing extends Pick<MessageHead, 'from' | 'displayName' | 'nickname' | 'private'> {
  state: 'active' | 'idle';
  /** What is being written, as the writer says. */
  contentType?: string;
}

/**
 * Tells the room that we are writing (RFC 3994 §3.2).
 *
 *     idle   -- typing --> active: `active`, and again every 60 s
 *     active -- 15 s without typing --> idle: `idle`
 *     active -- message sent --> idle: nothing, the message says it
 *
 * "The message rate is limited to one status message per refresh threshold interval" is said of one content message, of each
 * kind: "in most cases, only one status message is generated for each content message", and the next one begins anew
 * (Figure 1). Counted across messages, nobody would see a quick chat being written.
 */
export class ComposingNotifier {
  readonly #clock: Clock;
  readonly #send: (document: string) => Promise<Outcome>;
  #active = false;
  /** The others take us to be writing. */
  #told = false;
  #refused = false;
  /** Of the last keystroke. */
  #lastActive = 0;
  #lastTold = Number.NEGATIVE_INFINITY;
  /** When `idle` was told of this content message. */
  #lastIdle = Number.NEGATIVE_INFINITY;
  #idle: Timer | undefined;
  /** Runs from each `active` until the next one may be sent. */
  #interval: Timer | undefined;

  /** @param send hands a document to the room */
  constructor(clock: Clock, send: (document: string) => Promise<Outcome>) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A keystroke. */
  typing(): void {
    if (this.#refused) return;
    this.#lastActive = this.#clock.now();
    this.#active = true;
    this.#idle?.cancel();
    this.#idle = this.#clock.after(IDLE, () => this.#idled());
    // 3994-3.2-01: "the message rate is limited to one status message per refresh threshold interval"
    if (!this.#interval) this.#tellActive();
  }

  /** Content was sent: "no "idle" state indication is needed". What is typed from now on is of another message. */
  contentSent(): void {
    this.#stop();
    this.#lastIdle = Number.NEGATIVE_INFINITY;
    const rest = this.#lastTold + FLOOR - this.#clock.now();
    if (rest > 0) this.#hold(rest);
  }

  close(): void {
    this.#stop();
  }

  #stop(): void {
    this.#active = false;
    this.#told = false;
    this.#idle?.cancel();
    this.#interval?.cancel();
    this.#interval = undefined;
  }

  #tellActive(): void {
    this.#told = true;
    this.#lastTold = this.#clock.now();
    this.#hold(REFRESH * 1000);
    this.#tell({ state: 'active', refresh: REFRESH });
  }

  /** No `active` for so many milliseconds; then one, if there is something to tell. */
  #hold(delay: number): void {
    this.#interval = this.#clock.after(delay, () => {
      this.#interval = undefined;
      if (this.#active) this.#tellActive();
    });
  }

  #idled(): void {
    const now = this.#clock.now();
    const told = this.#told;
    this.#active = false;
    this.#told = false;
    // who was told nothing, or expects the end of it anyway, is not told that it is over
    if (!told || now - this.#lastIdle < REFRESH * 1000) return;
    this.#lastIdle = now;
    this.#tell({ state: 'idle', lastActive: new Date(this.#lastActive) });
  }

  #tell(status: ComposingStatus): void {
    void this.#deliver(formatComposing(status));
  }

  async #deliver(document: string): Promise<void> {
    try {
      const { status } = await this.#send(document);
      // 3994-4-01: "MUST cease transmitting status messages if the receiver returned a 415 status code"
      if (status === 415) this.#refuse();
    } catch (error) {
      // a room that does not list the type would answer 415; other failures lose a status that is soon out of date
      if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_TYPE_NOT_ACCEPTED') this.#refuse();
    }
  }

  #refuse(): void {
    this.#refused = true;
    this.close();
  }
}

interface Writer {
  head: Omit<Composing, 'state'>;
  timer: Timer;
}

/** Who is writing, as far as others say so (RFC 3994 §3.3); tells of changes only. */
export class ComposingWatch {
  readonly #clock: Clock;
  readonly #tell: (composing: Composing) => void;
  readonly #writers = new Map<string, Writer>();

  constructor(clock: Clock, tell: (composing: Composing) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** A status arrived. */
  status(message: MessageHead, { state, contentType, refresh = BELIEVED }: ComposingStatus): void {
    const { from } = message;
    if (state === 'idle') return this.ended(from);
    const key = keyOf(from);
    const known = this.#writers.get(key);
    if (!known && this.#writers.size >= MAX_WRITERS) return;
    // 3994-3.3-01: "the refresh time-out is set to that value"; several `active` in a row only set it anew
    known?.timer.cancel();
    const timer = this.#clock.after(Math.min(refresh * 1000, MAX_DELAY), () => this.ended(from));
    const head = known?.head ?? headOf(message, contentType);
    this.#writers.set(key, { head, timer });
    if (!known) this.#tell({ ...head, state: 'active' });
  }

  /** 3994-3.3-01: `idle`, a content message of that sender, or the refresh interval expired. */
  ended(from: string): void {
    if (this.#writers.size === 0) return;
    const key = keyOf(from);
    const writer = this.#writers.get(key);
    if (!writer) return;
    writer.timer.cancel();
    this.#writers.delete(key);
    this.#tell({ ...writer.head, state: 'idle' });
  }

  close(): void {
    for (const { timer } of this.#writers.values()) timer.cancel();
    this.#writers.clear();
  }
}

const keyOf = (uri: string): string => cpimUriKey(uri) ?? uri;

function headOf(
  { from, displayName, nickname, private: isPrivate }: MessageHead,
  contentType?: string,
): Writer['head'] {
  return {
    from,
    ...(displayName === undefined ? {} : { displayName }),
    ...(nickname === undefined ? {} : { nickname }),
    private: isPrivate,
    ...(contentType === undefined ? {} : { contentType }),
  };
}
