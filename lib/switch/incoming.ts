/**
 * One message that arrives in chunks, cut wherever its sender or a relay liked (4975-7.1.1-16, 4976-6.4-01): puts them in order, finds the envelope, freezes the recipients, and passes the
 * rest on as it comes (RFC 7701 §6.1).
 */
import { type Envelope, EnvelopeParser } from '../cpim/index.js';
import type { SwitchLimit, Verdict } from '../focus-switch.js';
import type { Request } from '../msrp/index.js';
import type { Clock, Timer } from '../util/clock.js';
import { Backlog } from './backlog.js';
import type { Budget } from './budget.js';
import { Collected } from './collected.js';
import type { Held } from './held.js';
import { MAX_SHOWN, type Relay } from './relay.js';
import type { Relayed } from './relayed.js';

export interface IncomingOptions {
  clock: Clock;
  /** What all messages under way share. */
  budget: Budget;
  /** Octets of the largest message (P-LIM-06). */
  maxSize(): number;
  /** Give up when no chunk came for so long, in ms (7701-6.1-12); asked for each chunk. */
  chunkTimeout: () => number;
  /** Octets of a message that may come before the verdict. */
  maxHeld: number;
  /** Told that something is refused with 413 for want of room. */
  limited: (limit: Extract<SwitchLimit, 'maxMessageSize' | 'maxPartialMessages' | 'maxPartialBytes'>) => void;
}

export interface IncomingEvents {
  /** Where the sender's messages wait for a verdict. */
  held(): Held;
  /** No chunk came for too long. */
  expired(): void;
  /** The verdict about a message that was asked about before it was complete; `status` says it. */
  decided(incoming: Incoming): void;
}

interface Early {
  start: number;
  bytes: Buffer;
}

/** Chunks that came too early and wait, per message. */
const MAX_EARLY = 1024;
const MAX_EARLY_OCTETS = 16_777_216;
/** A sender silent for so long, in ms, makes no recipient wait inside an open frame (P-LIM-05). */
const PAUSE = 30_000;

export class Incoming {
  readonly #relay: Relay;
  readonly #options: IncomingOptions;
  readonly #events: IncomingEvents;
  /** The first chunk's head: its MIME headers are those of the copies. */
  readonly request: Request;
  readonly #parser = new EnvelopeParser();
  /** What came before it was passed on: the wrapper, or all of it while it waits for a verdict. */
  readonly #head = new Collected();
  /** `held`: to be asked about when it is complete, or as soon as it is too large to be shown. */
  #stage: 'free' | 'held' | 'asked';
  /** Full while a verdict is waited for. */
  #backlog: Backlog | undefined;
  #maxSize: number;
  #relayed: Relayed | undefined;
  #timer: Timer | undefined;
  /** In ms, from the chunk that came last to the next. */
  #timeout = 0;
  /** Octets taken from the budget. */
  #held = 0;
  /** When octets last arrived. */
  #progressAt = 0;
  /** Position of the next octet in order. */
  #next = 1;
  #early: Early[] = [];
  #earlyOctets = 0;
  /** Last octet, once the `$` chunk came. */
  #last: number | undefined;
  /** Where the chunk being read goes; undefined between chunks. */
  #at: number | undefined;
  status = 200;

  constructor(relay: Relay, request: Request, options: IncomingOptions, events: IncomingEvents) {
    this.#relay = relay;
    this.request = request;
    this.#options = options;
    this.#events = events;
    this.#maxSize = options.maxSize();
    this.#stage = relay.gated ? 'held' : 'free';
  }

  /** All octets are there. */
  get complete(): boolean {
    return this.#last !== undefined && this.#next > this.#last;
  }

  /** It is complete, and nobody was asked about it yet. */
  get unasked(): boolean {
    return this.complete && this.#stage === 'held';
  }

  /** The verdict about it is waited for. */
  get asked(): boolean {
    return this.#stage === 'asked';
  }

  get length(): number {
    return this.#last ?? this.#next - 1;
  }

  /** A chunk begins. */
  begin(request: Request, first: boolean): void {
    this.#timer?.cancel();
    this.#progressAt = this.#options.clock.now();
    this.#timeout = this.#options.chunkTimeout();
    this.#watch(Math.min(PAUSE, this.#timeout));
    // 4975-7.3.1-13: a continuation without Byte-Range cannot be placed.
    if (!request.byteRange && !first) this.#refuse(400);
    this.#at = request.byteRange?.start ?? 1;
  }

  /** The connection failed inside a chunk; a later one may go on where it broke off. */
  interrupted(): void {
    this.#at = undefined;
  }

  /** Octets of the chunk; they must not change any more. */
  push(bytes: Buffer): void {
    if (this.status !== 200 || this.#at === undefined) return;
    this.#progressAt = this.#options.clock.now();
    const start = this.#at;
    this.#at += bytes.length;
    // P-LIM-06, A-40: real octets count, not what a Byte-Range claims. P-RX-02: nor may all messages hold too much.
    if (this.#at - 1 > this.#maxSize) return this.#tooMuch('maxMessageSize');
    if (start > this.#next) this.#keepEarly({ start, bytes });
    else {
      this.#inOrder(start, bytes);
      this.#takeEarly();
    }
    if (this.status === 200 && !this.#account()) this.#tooMuch('maxPartialBytes');
  }

  /** The chunk ended; `last` when it was the message's. */
  end(request: Request, last: boolean): void {
    if (this.status !== 200) return;
    if (last) this.#fixLength(request);
    this.#at = undefined;
    if (this.status !== 200 || !this.complete) return;
    this.#timer?.cancel();
    if (this.#stage === 'free') this.#finish();
  }

  /** The octets of one that is `unasked`; they are somebody else's now. */
  take(): Buffer {
    const { octets } = this.#head;
    this.#release();
    return octets;
  }

  /** `#`, a timeout, or the sender is gone: those who got something are told (7701-6.1-12). */
  abort(): void {
    this.#timer?.cancel();
    this.#relayed?.abort();
    this.#relayed = undefined;
    this.#stage = 'free';
    this.#backlog?.update(0);
    this.#release();
  }

  #finish(): void {
    if (!this.#relayed) {
      this.#parser.end();
      this.#decide();
    }
    this.#relayed?.finish();
    this.#release();
  }

  /** P-RX-02: false when all messages together hold too much. */
  #account(): boolean {
    const held = this.#earlyOctets + (this.#relayed?.held ?? this.#next - 1);
    const more = held - this.#held;
    if (more > 0 && !this.#options.budget.take(more)) return false;
    if (more < 0) this.#options.budget.give(-more);
    this.#held = held;
    return true;
  }

  #release(): void {
    this.#options.budget.give(this.#held);
    this.#held = 0;
    this.#head.clear();
    this.#early = [];
  }

  /** 7701-6.1-12: counted from the last octet, so that a long chunk over a slow line is not given up. */
  #watch(delay: number): void {
    const { clock } = this.#options;
    this.#timer = clock.after(delay, () => {
      const idle = clock.now() - this.#progressAt;
      if (idle >= this.#timeout) {
        // A chunk may be open: the rest of it goes nowhere.
        this.#reject(408);
        return this.#events.expired();
      }
      if (idle >= PAUSE) this.#relayed?.pause();
      this.#watch((idle >= PAUSE ? this.#timeout : Math.min(PAUSE, this.#timeout)) - idle);
    });
  }

  #tooMuch(limit: Parameters<IncomingOptions['limited']>[0]): void {
    this.#options.limited(limit);
    this.#refuse(413);
  }

  #refuse(status: number, told = false): void {
    this.#reject(this.#relay.refuse(this.request, status, told));
  }

  /** 4975-7.3.1-05: the `$` chunk fixes the length, whatever earlier totals said. */
  #fixLength(request: Request): void {
    let last = (this.#at ?? 1) - 1;
    // an empty last chunk ends the message when its total is what was received.
    if (last === 0 && request.byteRange?.total === this.#next - 1) last = this.#next - 1;
    // What lies behind that end was passed on already and cannot be taken back.
    if (last < this.#next - 1) return this.#refuse(400);
    this.#last = last;
  }

  #reject(status: number): void {
    this.status = status;
    this.abort();
  }

  #keepEarly(chunk: Early): void {
    this.#earlyOctets += chunk.bytes.length;
    if (this.#early.length >= MAX_EARLY || this.#earlyOctets > MAX_EARLY_OCTETS)
      return this.#tooMuch('maxPartialBytes');
    this.#early.push(chunk);
  }

  /** 4975-7.3.1-04: of chunks that overlap, the one received later counts. */
  #takeEarly(): void {
    for (;;) {
      const index = this.#early.findLastIndex(({ start }) => start <= this.#next);
      if (index < 0) return;
      const [chunk] = this.#early.splice(index, 1);
      this.#earlyOctets -= chunk.bytes.length;
      this.#inOrder(chunk.start, chunk.bytes);
    }
  }

  /** What was passed on cannot be taken back: of an overlap only the new octets count. */
  #inOrder(start: number, bytes: Buffer): void {
    const known = this.#next - start;
    const end = this.#last === undefined ? bytes.length : Math.min(bytes.length, this.#last - start + 1);
    if (known >= end) return;
    const fresh = bytes.subarray(known, end);
    this.#next += fresh.length;
    if (this.#relayed) return this.#relayed.push(fresh);
    this.#head.push(fresh);
    if (this.#parser.push(fresh) === 'done') this.#enveloped(fresh.length);
  }

  /** The envelope is there, or there will be none. */
  #enveloped(fresh: number): void {
    const { envelope } = this.#parser;
    if (this.#stage === 'free' || !envelope) return this.#decide();
    if (this.#stage === 'asked') this.#wait(fresh);
    // What was announced may not be true: a message is large when it has come so far.
    else if (this.#head.length > MAX_SHOWN) this.#ask(envelope);
  }

  /** FT-08: of a large message the headers are shown, and nothing is passed on before the verdict. */
  #ask(envelope: Envelope): void {
    const held = this.#events.held();
    const size = this.#announced;
    this.#stage = 'asked';
    const verdict = held.takes(0)
      ? this.#relay.askLarge(this.request, envelope, size)
      : this.#relay.refuse(this.request, 413);
    if (typeof verdict === 'number') return this.#reject(verdict);
    // The verdict is about so much, and nothing more will pass.
    if (size !== null) this.#maxSize = Math.min(this.#maxSize, size);
    held.add(0, verdict, (known) => this.#decided(known));
  }

  #wait(fresh: number): void {
    if (this.#head.length > this.#options.maxHeld) return this.#tooMuch('maxPartialBytes');
    this.#backlog ??= new Backlog(MAX_SHOWN, 0);
    this.#backlog.update(this.#head.length);
    this.#relay.slow(fresh, this.#backlog);
  }

  #decided(verdict: Verdict): void {
    // It was given up meanwhile.
    if (this.#stage !== 'asked') return;
    this.#stage = 'free';
    this.#backlog?.update(0);
    // Nobody takes a message that was not shown.
    if (verdict.is === 'refused') this.#refuse(verdict.status, verdict.told);
    else if (verdict.is === 'taken') this.#refuse(403);
    else if (this.complete) this.#finish();
    else this.#decide();
    this.#events.decided(this);
  }

  /** What its sender said of its length; null when that is nothing. */
  get #announced(): number | null {
    const total = this.request.byteRange?.total;
    return typeof total === 'number' ? total : null;
  }

  /** 7701-6.1-08, 7701-6.1-22: decided as soon as the envelope is complete, in whichever chunk that is. */
  #decide(): void {
    const { envelope } = this.#parser;
    const decision = envelope
      ? this.#relay.open(this.request, envelope, this.#announced)
      : this.#relay.refuse(this.request, 400);
    if (typeof decision === 'number') return this.#reject(decision);
    this.#relayed = decision;
    const { octets } = this.#head;
    this.#head.clear();
    this.#relayed.push(octets);
  }
}
