/**
 * Slows a sender down that sends faster than most of its recipients read (RFC 7701 §6.4): its connection is not read for
 * a while, and TCP does the rest. A minority never makes it wait, and a recipient that takes nothing at all does not count.
 */
import type { Driver } from '../transport/driver.js';
import type { Clock, Timer } from '../util/clock.js';
import { Backlog, type Relieved } from './backlog.js';
import { type Elsewhere, NOWHERE } from './others/elsewhere.js';

/** Who waits for octets of the sender. */
export interface Lagging {
  readonly outbox: { readonly backlog: Backlog; readonly progressAt: number };
}

export interface ThrottleOptions {
  readonly clock: Clock;
  /** The connection the sender writes to, if there is one that is his alone. */
  driver(): Driver | undefined;
  /** Octets read between two pauses when the first had to be ended. @defaultValue 2097152 */
  readonly grant: number;
}

/**
 * Longest pause, in ms: behind the sender's octets there are answers of his, which have to be read within the 30 s of
 * 4975-7.1.1-17, and his own chunk has to be answered as soon. With `grant` octets after each, what the two systems
 * buffer is read in time.
 */
const MAX_PAUSE = 5000;
/** A recipient that wrote nothing for so long, in ms, has stopped: nobody waits for it. */
const STOPPED = 30_000;
const NOBODY: readonly Lagging[] = [];

export class Throttle implements Relieved {
  readonly #options: ThrottleOptions;
  #paused: Driver | undefined;
  #timer: Timer | undefined;
  #recipients = NOBODY;
  #elsewhere = NOWHERE;
  #spool: Backlog | undefined;
  /** Octets still to be read before the next pause. */
  #granted = 0;

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  /**
   * So many octets were handed to these recipients, and those at other switches; `spool` is full while it is slower than the
   * sender.
   */
  handed(octets: number, recipients: readonly Lagging[], there: Elsewhere = NOWHERE, spool?: Backlog): void {
    if (this.#paused) return;
    if (this.#granted > 0) {
      this.#granted -= octets;
      return;
    }
    // The usual case: nothing is kept of it, as a list of recipients for each sender would be as much as all of them squared.
    if (!Backlog.someFull) return;
    this.#recipients = recipients;
    this.#elsewhere = there;
    this.#spool = spool;
    if (this.#mustWait()) this.#pause();
    if (!this.#paused) this.#forget();
  }

  /** Something drained. */
  relieved(): void {
    if (this.#paused && !this.#mustWait()) this.#resume();
  }

  /** The sender, or its connection, is gone. */
  close(): void {
    this.#resume();
    this.#granted = 0;
  }

  #mustWait(): boolean {
    const { reaches, members } = this.#elsewhere;
    if (this.#spool?.full || anyFull(reaches)) return true;
    const half = (this.#recipients.length + members.length) / 2;
    // The usual case, decided without asking for the time.
    return full(this.#recipients) + full(members) > half && this.#slow().length > half;
  }

  #slow(): Lagging[] {
    const since = this.#options.clock.now() - STOPPED;
    const recipients: readonly Lagging[] = [...this.#recipients, ...this.#elsewhere.members];
    return recipients.filter(({ outbox }) => outbox.backlog.full && outbox.progressAt > since);
  }

  #pause(): void {
    const driver = this.#options.driver();
    if (!driver) return;
    this.#paused = driver;
    driver.pause();
    for (const backlog of this.#backlogs()) if (backlog.full) backlog.wait(this);
    this.#timer = this.#options.clock.after(MAX_PAUSE, () => {
      this.#granted = this.#options.grant;
      this.#resume();
    });
  }

  #resume(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const paused = this.#paused;
    this.#paused = undefined;
    if (!paused) return;
    for (const backlog of this.#backlogs()) backlog.forget(this);
    this.#forget();
    paused.resume();
  }

  #forget(): void {
    this.#recipients = NOBODY;
    this.#elsewhere = NOWHERE;
    this.#spool = undefined;
  }

  /** Whatever may fill up with what the sender says. */
  *#backlogs(): Generator<Backlog> {
    if (this.#spool) yield this.#spool;
    for (const { link } of this.#elsewhere.reaches) yield link.backlog;
    for (const { outbox } of this.#recipients) yield outbox.backlog;
    for (const { outbox } of this.#elsewhere.members) yield outbox.backlog;
  }
}

function anyFull(reaches: Elsewhere['reaches']): boolean {
  for (const { link } of reaches) if (link.backlog.full) return true;
  return false;
}

function full(recipients: readonly Lagging[]): number {
  let count = 0;
  for (const { outbox } of recipients) if (outbox.backlog.full) count++;
  return count;
}
