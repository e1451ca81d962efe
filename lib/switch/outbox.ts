/**
 * What waits for one session, bounded in octets and time (RFC 7701 §6.4): a slow reader is marked congested, its
 * messages are dropped, and at last its session ends; it never delays another one.
 */
import type { Session } from '../msrp/index.js';
import type { Delivery, LossReason } from '../focus-switch.js';
import type { Driver, Writer } from '../transport/driver.js';
import type { Clock, Timer } from '../util/clock.js';
import { InFlight } from './in-flight.js';
import type { Outgoing } from './outgoing.js';
import { Transfer } from './transfer.js';

export interface OutboxOptions {
  clock: Clock;
  /** Octets that may wait. @defaultValue 4194304 */
  maxPendingBytes: number;
  /** End the session when a request is unanswered for so long, in ms. @defaultValue 30000 (4975-7.1.1-17) */
  responseTimeout: number;
  /** End the session when it is congested for so long, in ms. @defaultValue 120000 */
  congestionTimeout: number;
}

export const OUTBOX_DEFAULTS = {
  maxPendingBytes: 4_194_304,
  responseTimeout: 30_000,
  congestionTimeout: 120_000,
};

/** Messages of one session under way in chunks at once; a further one waits. */
const MAX_TRANSFERS = 32;

export class Outbox implements Writer {
  readonly #session: Session;
  readonly #options: OutboxOptions;
  readonly #fail: (reason: LossReason) => void;
  readonly #inFlight = new InFlight<Outgoing>();
  /** Accepted, not begun. */
  readonly #queue: Outgoing[] = [];
  /** Begun, not ended; they take turns. */
  #transfers: Transfer[] = [];
  #driver: Driver | null = null;
  #pending = 0;
  #congested = false;
  #responseTimer: Timer | undefined;
  #congestionTimer: Timer | undefined;
  #closed = false;
  /** Start line's end, both paths and the name of the Message-ID header: the same in every copy. */
  #fixed = '';
  /** Wrapped types the peer answered 415 to (7701-6.3-06). */
  #refusedTypes: Set<string> | undefined;
  delivery: Delivery;

  constructor(session: Session, delivery: Delivery, options: OutboxOptions, fail: (reason: LossReason) => void) {
    this.#session = session;
    this.delivery = delivery;
    this.#options = options;
    this.#fail = fail;
    this.pathChanged();
  }

  /** 7701-6.4-01: the mark at about 80 % of what may wait. */
  get congested(): boolean {
    return this.#congested;
  }

  /** Octets that wait. */
  get pending(): number {
    return this.#pending;
  }

  pathChanged(): void {
    const { remotePath, localUri } = this.#session;
    this.#fixed = ` SEND\r\nTo-Path: ${remotePath.join(' ')}\r\nFrom-Path: ${localUri}\r\nMessage-ID: `;
  }

  /** The session was bound: what waited may leave. */
  attach(driver: Driver): void {
    this.#driver = driver;
    this.pump();
  }

  /** The connection is gone; what waits stays for a new one. Chunks under way begin anew nowhere: they are lost. */
  detach(): void {
    this.#driver?.forget(this);
    this.#driver = null;
    for (const transfer of this.#transfers) this.#drop(transfer);
    this.#transfers = [];
  }

  close(): void {
    this.#closed = true;
    this.#responseTimer?.cancel();
    this.#congestionTimer?.cancel();
    this.#queue.length = 0;
    this.detach();
  }

  /** Queues a message; false when it was dropped because too much waits or the peer does not want its type. */
  deliver(message: Outgoing): boolean {
    if (this.#closed || this.#refusedTypes?.has(message.wrappedType)) return false;
    const driver = this.#driver;
    if (message.frame !== null && this.#queue.length === 0 && driver !== null && this.#mayBegin(driver)) {
      this.#writeSmall(driver, message, message.acceptedAt);
      return true;
    }
    // While marked, discard (7701-6.4-01); one message may always wait, however large.
    if (this.#congested || (this.#pending > 0 && this.#pending + message.length > this.#options.maxPendingBytes)) {
      this.#markCongested(true);
      return false;
    }
    this.#queue.push(message);
    this.#addPending(message.length);
    this.pump();
    return true;
  }

  pump(): void {
    const driver = this.#driver;
    if (!driver || this.#closed) return;
    for (;;) {
      if (!this.#hasWork()) return;
      if (!driver.acquire(this)) return driver.wait(this);
      const message = this.#queue[0];
      if (message?.frame != null && this.#mayBegin(driver)) {
        this.#queue.shift();
        this.#addPending(-message.length);
        this.#writeSmall(driver, message, this.#options.clock.now());
      } else this.#pumpLarge(driver);
    }
  }

  interrupt(): boolean {
    return this.#transfers.find((transfer) => transfer.open)?.interrupt() ?? true;
  }

  /** A response to one of our requests arrived. */
  response(count: number, status: number): void {
    const message = this.#inFlight.answered(count);
    if (message === undefined || status === 200) return;
    // 7701-6.3-06. The sender of the message sees none of it (7701-6.3-05).
    if (status === 413) this.#stop(message);
    else if (status === 415) (this.#refusedTypes ??= new Set()).add(message.wrappedType);
    else if (status === 481 || status === 506 || status === 408) this.#fail('unresponsive');
  }

  #hasWork(): boolean {
    return this.#othersWait(undefined) || this.#transfers.some((transfer) => transfer.ready);
  }

  /** Whether something could be written instead of this transfer. */
  #othersWait(current: Transfer | undefined): boolean {
    const next = this.#queue[0];
    if (next && (next.frame !== null || this.#transfers.length < MAX_TRANSFERS)) {
      return current !== undefined || !this.#transfers.some((transfer) => transfer.open && !transfer.interruptible);
    }
    return this.#transfers.some((transfer) => transfer !== current && current !== undefined && transfer.ready);
  }

  /** Whether a new frame may begin: no chunk of our own may be open either. */
  #mayBegin(driver: Driver): boolean {
    return driver.acquire(this) && this.interrupt();
  }

  /** One small message in one frame; the whole cost of a delivered copy. */
  #writeSmall(driver: Driver, message: Outgoing, now: number): void {
    let tid = this.#session.ids.next();
    while (message.contains(tid)) tid = this.#session.ids.next();
    driver.append(`MSRP ${tid}${this.#fixed}${tid}${message.frame!}${tid}$\r\n`);
    this.#sent(message, now);
  }

  /** One turn of a large message: the oldest that has something to write, or else the next in the queue. */
  #pumpLarge(driver: Driver): void {
    let transfer = this.#transfers.find((candidate) => candidate.open) ?? this.#transfers.find((t) => t.ready);
    if (!transfer) {
      const message = this.#queue.shift()!;
      transfer = new Transfer(message, this.delivery, this.#fixed, {
        nextTid: () => this.#nextTid(message),
        sent: () => this.#sent(message, this.#options.clock.now()),
        wake: () => this.pump(),
        written: (octets) => this.#addPending(-octets),
        grown: (octets) => this.#grown(message, octets),
      });
      this.#transfers.push(transfer);
    }
    transfer.write(driver, this);
    // 4975-7.1.1-11, 4975-7.1.1-14: a chunk is cut only when others wait; they take turns.
    if (!driver.blocked && this.#othersWait(transfer)) transfer.interrupt();
    const rest = this.#transfers.filter((candidate) => candidate !== transfer);
    if (transfer.done) {
      transfer.close();
      this.#transfers = rest;
    } else if (!transfer.open) this.#transfers = [...rest, transfer];
  }

  /** More of a message under way arrived than was counted; too much waiting gives the message up for this peer. */
  #grown(message: Outgoing, octets: number): void {
    this.#addPending(octets);
    if (this.#pending > this.#options.maxPendingBytes && this.#pending > octets) this.#stop(message);
  }

  #nextTid(message: Outgoing): string {
    let tid = this.#session.ids.next();
    while (message.contains(tid)) tid = this.#session.ids.next();
    return tid;
  }

  #sent(message: Outgoing, now: number): void {
    this.#inFlight.sent(this.#session.ids.count - 1, message, now);
    this.#responseTimer ??= this.#watch(this.#options.responseTimeout);
  }

  /** 4975-7.1.1-17: 30 s without any response count as a 408. One timer for the oldest request serves all. */
  #watch(delay: number): Timer {
    const { clock, responseTimeout } = this.#options;
    return clock.after(delay, () => {
      this.#responseTimer = undefined;
      if (this.#inFlight.size === 0) return;
      const age = clock.now() - this.#inFlight.oldest;
      if (age >= responseTimeout) this.#fail('unresponsive');
      else this.#responseTimer = this.#watch(responseTimeout - age);
    });
  }

  /** The peer wants no more of this message (4975-10-04). */
  #stop(message: Outgoing): void {
    const transfer = this.#transfers.find((candidate) => candidate.message === message);
    transfer?.stop();
    this.pump();
  }

  #drop(transfer: Transfer): void {
    this.#addPending(-transfer.waiting);
    transfer.close();
  }

  #addPending(octets: number): void {
    this.#pending += octets;
    const limit = this.#options.maxPendingBytes;
    if (this.#pending > limit * 0.8) this.#markCongested(true);
    else if (this.#pending < limit * 0.5) this.#markCongested(false);
  }

  #markCongested(congested: boolean): void {
    if (congested === this.#congested) return;
    this.#congested = congested;
    this.#congestionTimer?.cancel();
    this.#congestionTimer = congested
      ? this.#options.clock.after(this.#options.congestionTimeout, () => this.#fail('congested'))
      : undefined;
  }
}
