/**
 * What waits for one session, in order: small messages one frame each, large ones in turns (RFC 4975 §7.1.1). A slow
 * reader never delays another one (7701-6.4-02); `congestion.ts` bounds what waits for it.
 */
import type { Delivery, LossReason } from '../focus-switch.js';
import { formatBodilessSend, SendCopy, SendTemplate, type Session, TransactionIds } from '../msrp/index.js';
import type { Driver, Writer } from '../transport/driver.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Backlog } from './backlog.js';
import { Congestion, type SlowReaderPolicy } from './congestion.js';
import type { Reader } from './content.js';
import { InFlight } from './in-flight.js';
import { Memory } from './memory.js';
import { Outgoing, type Ticket } from './outgoing.js';
import { Transfer, type TransferHost } from './transfer.js';
import { Unconfirmed } from './unconfirmed.js';

export interface OutboxOptions {
  clock: Clock;
  /** Octets that may wait. @defaultValue 16777216 */
  maxPendingBytes: number;
  /** End the session when a request is unanswered for so long, in ms. @defaultValue 30000 (4975-7.1.1-17) */
  responseTimeout: number;
  /** End the session when it is congested, or takes nothing of what waits, for so long, in ms. @defaultValue 180000 (MSRP-21) */
  congestionTimeout: number;
  /** What becomes of messages while the reader is congested. @defaultValue 'drop' */
  slowReader: SlowReaderPolicy;
  /** Octets of the largest message while it is congested; see `RoomRules`. @defaultValue null */
  congestedMaxSize: () => number | null;
  /** Octets that may wait before the sender is slowed down; at most an eighth of all that may. @defaultValue 1048576 */
  window: number;
  /** What all outboxes share. @defaultValue one without bound */
  memory?: Memory;
}

export interface OutboxEvents {
  /** The session is to end. */
  fail(reason: LossReason): void;
  /** The reader caught up, and so many messages were not delivered to it before. */
  missed(count: number): void;
  /** The reader is congested now, or is no more. */
  congested(on: boolean): void;
  /** So many messages were not delivered to it, or not to their end. */
  dropped(count: number): void;
  /** One was not, because too much waits for all. */
  crowded?(): void;
  /** A request has had no response for too long (4975-7.1.1-17). */
  unanswered?(): void;
}

export const OUTBOX_DEFAULTS: Omit<OutboxOptions, 'clock'> = {
  maxPendingBytes: 16_777_216,
  responseTimeout: 30_000,
  congestionTimeout: 180_000,
  slowReader: 'drop',
  congestedMaxSize: () => null,
  window: 1_048_576,
};

/** Messages of one session that take turns at once; a further one waits. */
const MAX_TRANSFERS = 32;
const UNBOUNDED = new Memory(Number.POSITIVE_INFINITY);
/** Stands for the bodiless SEND that binds a session, among the requests that wait for a response. */
const BINDING: Ticket = { wrappedType: '' };
/** Stands for a copy to which no response was due. */
const FORGOTTEN: Ticket = { wrappedType: '' };
/** Ids tried before a message made of lookalikes is given up. */
const MAX_TRIES = 64;
/** A peer still reading what was written before has so many times `responseTimeout` for its response. */
const MAX_PATIENCE = 4;

export class Outbox implements Writer {
  readonly #session: Session;
  readonly #options: OutboxOptions;
  readonly #events: OutboxEvents;
  readonly #congestion: Congestion;
  readonly #inFlight = new InFlight<Ticket>();
  /** Made where copies are not confirmed. */
  #unconfirmed: Unconfirmed<Ticket> | undefined;
  /** Accepted, not begun: small messages as they are, large ones as transfers. */
  readonly #queue: (Outgoing | Transfer)[] = [];
  /** Begun, not ended; they take turns. */
  #transfers: Transfer[] = [];
  #driver: Driver | null = null;
  #responseTimer: Timer | undefined;
  #closed = false;
  /** What is the same in every copy; made for the first one, and again when a path changed. */
  #template: SendTemplate | undefined;
  /** Wrapped types the peer answered 415 to (7701-6.3-06). */
  #refusedTypes: Set<string> | undefined;
  /** Made with the first large message: most sessions have none. */
  #host: TransferHost | undefined;
  /** Copies written to their end. */
  copies = 0;
  /** Octets of content written. */
  octets = 0;
  delivery: Delivery;
  /** Octets of the largest message the peer takes (7701-6.3-07). */
  maxSize = Number.POSITIVE_INFINITY;

  constructor(session: Session, delivery: Delivery, options: OutboxOptions, events: OutboxEvents) {
    this.#session = session;
    this.delivery = delivery;
    this.#options = options;
    this.#events = events;
    this.#congestion = new Congestion(options, this.#window, events);
  }

  get #memory(): Memory {
    return this.#options.memory ?? UNBOUNDED;
  }

  /** Whom the spool helps is behind before it is congested. */
  get #window(): number {
    return Math.min(this.#options.window, this.#options.maxPendingBytes / 8);
  }

  #transferHost(): TransferHost {
    const session = this.#session;
    return {
      fixed: () =>
        ` SEND\r\nTo-Path: ${session.remotePath.join(' ')}\r\nFrom-Path: ${session.localUri}\r\nMessage-ID: `,
      spoolShare: this.#window * 2,
      nextId: (message) => this.#nextId(message),
      sent: ({ ticket }, count) => this.#sent(ticket, count, this.#options.clock.now()),
      wake: () => this.pump(),
      waiting: (change) => this.#congestion.add(change),
      grown: (transfer) => this.#grown(transfer),
      over: (transfer) => {
        if (transfer.complete) this.copies++;
        this.octets += transfer.position;
        transfer.message.left(this.#memory);
        if (transfer.lost) this.#congestion.miss();
        this.#transfers = this.#transfers.filter((other) => other !== transfer);
      },
    };
  }

  /** 7701-6.4-01: the mark at about 80 % of what may wait. */
  get congested(): boolean {
    return this.#congestion.congested;
  }

  /** Full while more than a window waits. */
  get backlog(): Backlog {
    return this.#congestion.backlog;
  }

  /** When something of what waited was last written, in ms since the epoch; 0 without a connection: nobody waits for that. */
  get progressAt(): number {
    return this.#driver ? this.#congestion.progressAt : 0;
  }

  /** Octets that wait. */
  get pending(): number {
    return this.#congestion.pending;
  }

  /** Requests that wait for their response. */
  get unanswered(): number {
    return this.#inFlight.size;
  }

  /** The reader has all there is for it, and said so where copies are confirmed. */
  get isSettled(): boolean {
    return this.pending === 0 && this.unanswered === 0;
  }

  pathChanged(): void {
    this.#template = undefined;
  }

  /**
   * The session was bound: what waited may leave.
   *
   * @param opened we opened the connection, so that a SEND of ours has to bind the session at the peer
   */
  attach(driver: Driver, opened = false): void {
    this.#driver = driver;
    if (opened) this.#sendBinding();
    this.#congestion.watch(true);
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
    this.#congestion.watch(false);
  }

  close(): void {
    this.#closed = true;
    this.detach();
    for (const entry of this.#queue.splice(0)) {
      if (entry instanceof Transfer) entry.cancel();
      else {
        entry.left(this.#memory);
        this.#congestion.add(-entry.length);
      }
    }
    this.#congestion.close();
  }

  /** Messages could not even be queued, because they could not be kept for a reader like this. */
  missed(count = 1): void {
    this.#congestion.miss(count);
  }

  /**
   * Queues a message; false when it was dropped because too much waits or the peer does not want it.
   *
   * @param beside whose place in the message is where this peer begins; @defaultValue the beginning, still in memory
   */
  deliver(message: Outgoing, beside?: Reader): boolean {
    if (this.#closed || this.#refusedTypes?.has(message.ticket.wrappedType)) return false;
    if (message.total !== null && message.total > this.maxSize) return false;
    const driver = this.#driver;
    if (message.frame !== null && this.#queue.length === 0 && driver !== null && this.#mayBegin(driver)) {
      this.#writeSmall(driver, message, message.acceptedAt);
      return true;
    }
    const octets = message.content.spooled ? 0 : message.length;
    if (!this.#congestion.admits(octets, message.total, message.extra)) return false;
    message.waits(this.#memory);
    if (message.frame === null) {
      this.#host ??= this.#transferHost();
      this.#queue.push(new Transfer(message, this.delivery, this.#host, beside));
    } else {
      this.#queue.push(message);
      this.#congestion.add(message.length);
    }
    this.pump();
    return true;
  }

  pump(): void {
    const driver = this.#driver;
    if (!driver || this.#closed) return;
    while (this.#hasWork()) {
      if (!driver.acquire(this)) {
        this.#congestion.blocked = true;
        return driver.wait(this);
      }
      const next = this.#queue[0];
      if (next instanceof Outgoing && this.interrupt()) {
        const now = this.#options.clock.now();
        this.#queue.shift();
        next.left(this.#memory);
        this.#congestion.progressAt = now;
        this.#congestion.add(-next.length);
        this.#writeSmall(driver, next, now);
      } else this.#writeLarge(driver);
    }
    this.#congestion.blocked = false;
    // There is room to write: what only the spool has is read now.
    for (const transfer of this.#transfers) transfer.fetch();
  }

  interrupt(): boolean {
    return this.#open?.interrupt() ?? true;
  }

  /** A response to one of our requests arrived. */
  response(count: number, status: number): void {
    const wasDue = count < TransactionIds.UNCONFIRMED;
    const ticket = wasDue ? this.#inFlight.answered(count) : (this.#unconfirmed?.find(count) ?? FORGOTTEN);
    if (ticket !== undefined && status !== 200) this.#answered(ticket, status);
  }

  /** 4975-7.3.2-03: a REPORT of loss ends the session; another one acts like the same response, while that matters. */
  reported(messageId: string, status: number): void {
    // 4975-7.1.2-03: one for an unknown Message-ID is ignored. Ours are transaction ids of ours.
    const count = this.#session.ids.countOf(messageId);
    if (count < 0) return;
    if (isLoss(status)) return this.#fail('unresponsive');
    const transfer = this.#transfers.find((candidate) => candidate.messageId === messageId);
    const ticket = transfer?.message.ticket ?? this.#inFlight.waiting(count) ?? this.#unconfirmed?.find(count);
    if (ticket) this.#answered(ticket, status);
  }

  /**
   * 7701-6.3-06. The sender of the message sees none of it (7701-6.3-05). Another failure, known or not (4975-10-01,
   * 4975-10-02), is that of this message only and not tried again.
   */
  #answered(ticket: Ticket, status: number): void {
    if (status >= 200 && status < 300) return;
    if (isLoss(status)) return this.#fail('unresponsive');
    // 4975-10-05, A-17: the type inside the wrapper.
    if (status === 415 && ticket.wrappedType !== '') (this.#refusedTypes ??= new Set()).add(ticket.wrappedType);
    // 4975-10-04, 4975-7.3.2-02: no more of a message that failed.
    this.#transfers.find(({ message }) => message.ticket === ticket)?.stop();
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
    if (this.#queue.length > 0 && (this.#queue[0] instanceof Outgoing || this.#mayBeginLarge)) return true;
    return this.#transfers.some((transfer) => transfer !== current && transfer.ready);
  }

  /**
   * Those whose senders have gone quiet do not count: a message waits behind those that were accepted before it, and would
   * wait for the senders of these.
   */
  get #mayBeginLarge(): boolean {
    if (this.#transfers.length < MAX_TRANSFERS) return true;
    let busy = 0;
    for (const transfer of this.#transfers) if (transfer.ready) busy++;
    return busy < MAX_TRANSFERS;
  }

  /** One small message in one frame; the whole cost of a delivered copy. */
  #writeSmall(driver: Driver, message: Outgoing, now: number): void {
    const unconfirmed = this.#unconfirmedFor(message, now);
    const count = this.#nextCount(message, unconfirmed !== null);
    const { ids, remotePath, localUri } = this.#session;
    this.#template ??= new SendTemplate(ids, remotePath, localUri);
    const confirmed = this.delivery === 'exact' ? message.exactFrame : message.frame;
    const frame = unconfirmed ? message.unconfirmedFrame : confirmed;
    if (frame !== null) driver.appendCopy(new SendCopy(this.#template, count, frame));
    this.copies++;
    this.octets += message.length;
    // 4975-7.1.1-18: no timer for a response that is not due.
    if (unconfirmed) unconfirmed.sent(count, message.ticket);
    else this.#sent(message.ticket, count, now);
  }

  /** Null when a copy is confirmed. */
  #unconfirmedFor(message: Outgoing, now: number): Unconfirmed<Ticket> | null {
    // Peers with habits of their own are not sent a header they have perhaps never seen.
    if (message.report === 'yes' || this.delivery !== 'stream') return null;
    this.#unconfirmed ??= new Unconfirmed();
    // While a response is waited for, that one tells whether the peer is there.
    return this.#inFlight.size === 0 && this.#unconfirmed.isProofDue(now) ? null : this.#unconfirmed;
  }

  /** One turn of a large message. */
  #writeLarge(driver: Driver): void {
    const transfer = this.#nextTransfer();
    if (!transfer) return;
    const before = transfer.position;
    transfer.write(driver, this);
    if (transfer.position > before) this.#congestion.progressAt = this.#options.clock.now();
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
    if (next instanceof Transfer && this.#mayBeginLarge) {
      open?.interrupt();
      this.#queue.shift();
      this.#transfers.push(next);
      return next;
    }
    return open ?? this.#transfers.find((transfer) => transfer.ready);
  }

  /** Too much waiting, or more than the peer takes, gives a message under way up for this peer. */
  #grown(transfer: Transfer): void {
    if (transfer.message.length > this.maxSize) return transfer.stop();
    if (transfer.message.content.spooled || this.pending <= this.#options.maxPendingBytes) return;
    transfer.stop();
    this.#congestion.miss();
  }

  #nextId(message: Outgoing | null): { tid: string; count: number } | undefined {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const tid = this.#session.ids.next();
      if (!message?.contains(tid)) return { tid, count: this.#session.ids.count - 1 };
    }
    return undefined;
  }

  #nextCount(message: Outgoing, unconfirmed: boolean): number {
    const { ids } = this.#session;
    let count = ids.take(unconfirmed);
    if (message.hasLookalikes) while (message.contains(ids.idAt(count))) count = ids.take(unconfirmed);
    return count;
  }

  #fail(reason: LossReason): void {
    this.#events.fail(reason);
  }

  #sent(ticket: Ticket, count: number, now: number): void {
    this.#inFlight.sent(count, ticket, now);
    this.#responseTimer ??= this.#watch(this.#options.responseTimeout);
  }

  /** 4975-7.1.1-17: 30 s without any response count as a 408. One timer for the oldest request serves all. */
  #watch(delay: number): Timer {
    const { clock, responseTimeout } = this.#options;
    return clock.after(delay, () => {
      this.#responseTimer = undefined;
      if (this.#inFlight.size === 0) return;
      const { oldest } = this.#inFlight;
      // Counted from when its last octet was handed to the socket, so while the peer still reads what was before it,
      // time does not run.
      const handed = Math.min(this.#driver?.progressAt ?? 0, oldest + (MAX_PATIENCE - 1) * responseTimeout);
      const age = clock.now() - Math.max(oldest, handed);
      if (age >= responseTimeout) {
        this.#events.unanswered?.();
        this.#fail('unresponsive');
      } else this.#responseTimer = this.#watch(responseTimeout - age);
    });
  }
}

/** No such session, bound elsewhere, or no answer (4975-10-03, 4975-10-07, 4975-10-09). */
const isLoss = (status: number): boolean => status === 408 || status === 481 || status === 506;
