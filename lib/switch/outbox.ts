/**
 * What waits for one session, bounded in octets and time (RFC 7701 §6.4): a slow reader is marked congested, its
 * messages are dropped, and at last its session ends; it never delays another one (7701-6.4-02).
 */
import type { Delivery, LossReason } from '../focus-switch.js';
import { formatBodilessSend, type Session } from '../msrp/index.js';
import type { Driver, Writer } from '../transport/driver.js';
import type { Clock, Timer } from '../util/clock.js';
import { InFlight } from './in-flight.js';
import { Outgoing } from './outgoing.js';
import { Transfer, type TransferHost } from './transfer.js';

export interface OutboxOptions {
  clock: Clock;
  /** Octets that may wait. @defaultValue 16777216 */
  maxPendingBytes: number;
  /** End the session when a request is unanswered for so long, in ms. @defaultValue 30000 (4975-7.1.1-17) */
  responseTimeout: number;
  /** End the session when it is congested for so long, in ms. @defaultValue 120000 */
  congestionTimeout: number;
}

export const OUTBOX_DEFAULTS = {
  maxPendingBytes: 16_777_216,
  responseTimeout: 30_000,
  congestionTimeout: 120_000,
};

/** Messages of one session under way in chunks at once; a further one waits. */
const MAX_TRANSFERS = 32;
/** Stands for the bodiless SEND that binds a session, among the requests that wait for a response. */
const BINDING = Outgoing.complete('', '', 0, Buffer.alloc(0));

export class Outbox implements Writer {
  readonly #session: Session;
  readonly #options: OutboxOptions;
  readonly #fail: (reason: LossReason) => void;
  readonly #inFlight = new InFlight<Outgoing>();
  /** Accepted, not begun: small messages as they are, large ones as transfers. */
  readonly #queue: (Outgoing | Transfer)[] = [];
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
  readonly #host: TransferHost;
  delivery: Delivery;
  /** Octets of the largest message the peer takes (7701-6.3-07). */
  maxSize = Number.POSITIVE_INFINITY;

  constructor(session: Session, delivery: Delivery, options: OutboxOptions, fail: (reason: LossReason) => void) {
    this.#session = session;
    this.delivery = delivery;
    this.#options = options;
    this.#fail = fail;
    const fixed = (): string => this.#fixed;
    this.#host = {
      get fixed() {
        return fixed();
      },
      nextId: (message) => ({ tid: this.#nextTid(message), count: this.#session.ids.count - 1 }),
      sent: (message, count) => this.#sent(message, count, this.#options.clock.now()),
      wake: () => this.pump(),
      waiting: (change) => this.#addPending(change),
      grown: (transfer) => this.#grown(transfer),
      over: (transfer) => {
        this.#transfers = this.#transfers.filter((other) => other !== transfer);
      },
    };
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

  /** Requests that wait for their response. */
  get unanswered(): number {
    return this.#inFlight.size;
  }

  pathChanged(): void {
    const { remotePath, localUri } = this.#session;
    this.#fixed = ` SEND\r\nTo-Path: ${remotePath.join(' ')}\r\nFrom-Path: ${localUri}\r\nMessage-ID: `;
  }

  /**
   * The session was bound: what waited may leave.
   *
   * @param opened we opened the connection, so that a SEND of ours has to bind the session at the peer
   */
  attach(driver: Driver, opened = false): void {
    this.#driver = driver;
    if (opened) this.#sendBinding();
    this.#watchCongestion();
    this.pump();
  }

  /** 4975-5.4-02: the active party sends a SEND at once. Its failure is the session's, like that of any other. */
  #sendBinding(): void {
    const { ids, remotePath, localUri } = this.#session;
    const tid = ids.next();
    this.#driver?.respond(formatBodilessSend(tid, tid, remotePath, [localUri]));
    this.#sent(BINDING, ids.count - 1, this.#options.clock.now());
  }

  /** The connection is gone; what waits stays for a new one. Chunks under way begin anew nowhere: they are lost. */
  detach(): void {
    for (const transfer of this.#transfers) transfer.cancel();
    this.#driver?.forget(this);
    this.#driver = null;
    // Nobody answers these any more.
    this.#inFlight.clear();
    this.#responseTimer?.cancel();
    this.#responseTimer = undefined;
    this.#watchCongestion();
  }

  close(): void {
    this.#closed = true;
    this.detach();
    for (const entry of this.#queue.splice(0)) {
      if (entry instanceof Transfer) entry.cancel();
      else this.#addPending(-entry.length);
    }
    this.#markCongested(false);
  }

  /** Queues a message; false when it was dropped because too much waits or the peer does not want it. */
  deliver(message: Outgoing): boolean {
    if (this.#closed || this.#refusedTypes?.has(message.wrappedType)) return false;
    if (message.total !== null && message.total > this.maxSize) return false;
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
    if (message.frame === null) this.#queue.push(new Transfer(message, this.delivery, this.#host));
    else {
      this.#queue.push(message);
      this.#addPending(message.length);
    }
    this.pump();
    return true;
  }

  pump(): void {
    const driver = this.#driver;
    if (!driver || this.#closed) return;
    while (this.#hasWork()) {
      if (!driver.acquire(this)) return driver.wait(this);
      const next = this.#queue[0];
      if (next instanceof Outgoing && this.interrupt()) {
        this.#queue.shift();
        this.#addPending(-next.length);
        this.#writeSmall(driver, next, this.#options.clock.now());
      } else this.#writeLarge(driver);
    }
  }

  interrupt(): boolean {
    return this.#open?.interrupt() ?? true;
  }

  /** A response to one of our requests arrived. */
  response(count: number, status: number): void {
    const message = this.#inFlight.answered(count);
    if (message !== undefined && status !== 200) this.#answered(message, status);
  }

  /** 4975-7.3.2-03: a REPORT of loss ends the session; another one acts like the same response, while that matters. */
  reported(messageId: string, status: number): void {
    // 4975-7.1.2-03: one for an unknown Message-ID is ignored. Ours are transaction ids of ours.
    if (!this.#session.ids.made(messageId)) return;
    if (isLoss(status)) return this.#fail('unresponsive');
    const transfer = this.#transfers.find((candidate) => candidate.messageId === messageId);
    if (transfer) this.#answered(transfer.message, status);
  }

  /**
   * 7701-6.3-06. The sender of the message sees none of it (7701-6.3-05). Another failure, known or not (4975-10-01,
   * 4975-10-02), is that of this message only and not tried again.
   */
  #answered(message: Outgoing, status: number): void {
    if (status >= 200 && status < 300) return;
    if (isLoss(status)) return this.#fail('unresponsive');
    // 4975-10-05, A-17: the type inside the wrapper.
    if (status === 415 && message !== BINDING) (this.#refusedTypes ??= new Set()).add(message.wrappedType);
    // 4975-10-04, 4975-7.3.2-02: no more of a message that failed.
    this.#transfers.find((candidate) => candidate.message === message)?.stop();
    this.pump();
  }

  get #open(): Transfer | undefined {
    return this.#transfers.length === 0 ? undefined : this.#transfers.find((transfer) => transfer.open);
  }

  /** Whether a new frame may begin: no chunk of our own may be open either. */
  #mayBegin(driver: Driver): boolean {
    return driver.acquire(this) && this.interrupt();
  }

  #hasWork(): boolean {
    const open = this.#open;
    // Nothing else before the end of a message that may not be cut.
    return open && !open.interruptible ? open.ready : this.#othersWait(undefined);
  }

  /** Whether something could be written instead of this transfer. */
  #othersWait(current: Transfer | undefined): boolean {
    if (this.#queue.length > 0 && (this.#queue[0] instanceof Outgoing || this.#transfers.length < MAX_TRANSFERS))
      return true;
    return this.#transfers.some((transfer) => transfer !== current && transfer.ready);
  }

  /** One small message in one frame; the whole cost of a delivered copy. */
  #writeSmall(driver: Driver, message: Outgoing, now: number): void {
    const tid = this.#nextTid(message);
    driver.append(`MSRP ${tid}${this.#fixed}${tid}${message.frame}${tid}$\r\n`);
    this.#sent(message, this.#session.ids.count - 1, now);
  }

  /** One turn of a large message. */
  #writeLarge(driver: Driver): void {
    const transfer = this.#nextTransfer();
    if (!transfer) return;
    transfer.write(driver, this);
    // 4975-7.1.1-11, 4975-7.1.1-14: a chunk is cut only when others wait; they take turns.
    if (transfer.interruptible && !driver.blocked && this.#othersWait(transfer)) transfer.interrupt();
    if (!transfer.open && this.#transfers.includes(transfer)) {
      this.#transfers = [...this.#transfers.filter((other) => other !== transfer), transfer];
    }
  }

  /** Who goes on: messages begin in the order they were accepted (7701-6.1-19), then those begun take turns. */
  #nextTransfer(): Transfer | undefined {
    const open = this.#open;
    if (open && !open.interruptible) return open;
    const next = this.#queue[0];
    if (next instanceof Transfer && this.#transfers.length < MAX_TRANSFERS) {
      open?.interrupt();
      this.#queue.shift();
      this.#transfers.push(next);
      return next;
    }
    return open ?? this.#transfers.find((transfer) => transfer.ready);
  }

  /** Too much waiting, or more than the peer takes, gives a message under way up for this peer. */
  #grown(transfer: Transfer): void {
    if (this.#pending > this.#options.maxPendingBytes || transfer.message.length > this.maxSize) transfer.stop();
  }

  #nextTid(message: Outgoing): string {
    let tid = this.#session.ids.next();
    while (message.contains(tid)) tid = this.#session.ids.next();
    return tid;
  }

  #sent(message: Outgoing, count: number, now: number): void {
    this.#inFlight.sent(count, message, now);
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

  #addPending(octets: number): void {
    this.#pending += octets;
    const limit = this.#options.maxPendingBytes;
    if (this.#pending > limit * 0.8) this.#markCongested(true);
    else if (this.#pending < limit * 0.5) this.#markCongested(false);
  }

  #markCongested(congested: boolean): void {
    if (congested === this.#congested) return;
    this.#congested = congested;
    this.#watchCongestion();
  }

  /** Minutes of congestion end the session (7701-6.4-01); without a connection it is lost anyway. */
  #watchCongestion(): void {
    this.#congestionTimer?.cancel();
    this.#congestionTimer = undefined;
    if (!this.#congested || !this.#driver) return;
    const { clock, congestionTimeout } = this.#options;
    this.#congestionTimer = clock.after(congestionTimeout, () => this.#fail('congested'));
  }
}

/** No such session, bound elsewhere, or no answer (4975-10-03, 4975-10-07, 4975-10-09). */
const isLoss = (status: number): boolean => status === 408 || status === 481 || status === 506;
