/**
 * One message that arrives in chunks, cut wherever its sender or a relay liked (4975-7.1.1-16, 4976-6.4-01): puts them in order, finds the envelope, freezes the recipients, and passes the
 * rest on as it comes (RFC 7701 §6.1).
 */
import { EnvelopeParser } from '../cpim/index.js';
import type { Request } from '../msrp/index.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Budget } from './budget.js';
import type { Relay } from './relay.js';
import type { Relayed } from './relayed.js';

export interface IncomingOptions {
  clock: Clock;
  /** What all messages under way share. */
  budget: Budget;
  /** Octets of the largest message (P-LIM-06). */
  maxSize: number;
  /** Give up when no chunk came for so long, in ms (7701-6.1-12); asked for each chunk. */
  chunkTimeout: () => number;
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
  readonly #expired: () => void;
  /** The first chunk's head: its MIME headers are those of the copies. */
  readonly #request: Request;
  readonly #parser = new EnvelopeParser();
  /** Octets of the wrapper before its headers ended. */
  #head: Buffer[] = [];
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

  constructor(relay: Relay, request: Request, options: IncomingOptions, expired: () => void) {
    this.#relay = relay;
    this.#request = request;
    this.#options = options;
    this.#expired = expired;
  }

  /** All octets are there. */
  get complete(): boolean {
    return this.#last !== undefined && this.#next > this.#last;
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
    if (this.#at - 1 > this.#options.maxSize) return this.#refuse(413);
    if (start > this.#next) this.#keepEarly({ start, bytes });
    else {
      this.#inOrder(start, bytes);
      this.#takeEarly();
    }
    if (this.status === 200 && !this.#account()) this.#refuse(413);
  }

  /** The chunk ended; `last` when it was the message's. */
  end(request: Request, last: boolean): void {
    if (this.status !== 200) return;
    if (last) this.#fixLength(request);
    this.#at = undefined;
    if (this.status !== 200 || !this.complete) return;
    this.#timer?.cancel();
    if (!this.#relayed) {
      this.#parser.end();
      this.#decide();
    }
    this.#relayed?.finish();
    this.#release();
  }

  /** `#`, a timeout, or the sender is gone: those who got something are told (7701-6.1-12). */
  abort(): void {
    this.#timer?.cancel();
    this.#relayed?.abort();
    this.#relayed = undefined;
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
    this.#head = [];
    this.#early = [];
  }

  /** 7701-6.1-12: counted from the last octet, so that a long chunk over a slow line is not given up. */
  #watch(delay: number): void {
    const { clock } = this.#options;
    this.#timer = clock.after(delay, () => {
      const idle = clock.now() - this.#progressAt;
      if (idle >= this.#timeout) {
        this.abort();
        return this.#expired();
      }
      if (idle >= PAUSE) this.#relayed?.pause();
      this.#watch((idle >= PAUSE ? this.#timeout : Math.min(PAUSE, this.#timeout)) - idle);
    });
  }

  #refuse(status: number): void {
    this.#reject(this.#relay.refuse(this.#request, status));
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
    if (this.#early.length >= MAX_EARLY || this.#earlyOctets > MAX_EARLY_OCTETS) return this.#refuse(413);
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
    if (this.#parser.push(fresh) === 'done') this.#decide();
  }

  /** 7701-6.1-08, 7701-6.1-22: decided as soon as the envelope is complete, in whichever chunk that is. */
  #decide(): void {
    const { envelope } = this.#parser;
    const announced = this.#request.byteRange?.total;
    const decision = envelope
      ? this.#relay.open(this.#request, envelope, typeof announced === 'number' ? announced : null)
      : this.#relay.refuse(this.#request, 400);
    if (typeof decision === 'number') return this.#reject(decision);
    this.#relayed = decision;
    const head = Buffer.concat(this.#head);
    this.#head = [];
    this.#relayed.push(head);
  }
}
