/**
 * One message that arrives in chunks: puts them in order, finds the envelope, freezes the recipients, and passes the
 * rest on as it comes (RFC 7701 §6.1).
 */
import { EnvelopeParser } from '../cpim/index.js';
import type { Request } from '../msrp/index.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Relay, Relayed } from './relay.js';

export interface IncomingOptions {
  clock: Clock;
  /** Octets of the largest message (P-LIM-06). */
  maxSize: number;
  /** Give up when no chunk came for so long, in ms (7701-6.1-12). */
  chunkTimeout: number;
}

interface Early {
  start: number;
  bytes: Buffer;
}

/** Chunks that came too early and wait, per message. */
const MAX_EARLY = 1024;

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
    this.#timer = this.#options.clock.after(this.#options.chunkTimeout, () => {
      this.abort();
      this.#expired();
    });
    // 4975-7.3.1-13: a continuation without Byte-Range cannot be placed.
    if (!request.byteRange && !first) this.#refuse(400);
    this.#at = request.byteRange?.start ?? 1;
  }

  /** Octets of the chunk; they must not change any more. */
  push(bytes: Buffer): void {
    if (this.status !== 200 || this.#at === undefined) return;
    const start = this.#at;
    this.#at += bytes.length;
    // P-LIM-06, A-40: real octets count, not what a Byte-Range claims.
    if (this.#at - 1 > this.#options.maxSize) return this.#refuse(413);
    if (start > this.#next) return this.#keepEarly({ start, bytes });
    this.#inOrder(start, bytes);
    this.#takeEarly();
  }

  /** The chunk ended; `last` when it was the message's. */
  end(last: boolean): void {
    if (this.status !== 200) return;
    // 4975-7.3.1-05: the `$` chunk fixes the length, whatever earlier totals said.
    if (last) this.#last = this.#at! - 1;
    this.#at = undefined;
    if (!this.complete) return;
    this.#timer?.cancel();
    if (!this.#relayed) {
      this.#parser.end();
      this.#decide();
    }
    this.#relayed?.finish();
  }

  /** `#`, a timeout, or the sender is gone: those who got something are told (7701-6.1-12). */
  abort(): void {
    this.#timer?.cancel();
    this.#relayed?.abort();
    this.#relayed = undefined;
    this.#head = [];
    this.#early = [];
  }

  #refuse(status: number): void {
    this.#reject(this.#relay.refuse(this.#request, status));
  }

  #reject(status: number): void {
    this.status = status;
    this.abort();
  }

  #keepEarly(chunk: Early): void {
    this.#earlyOctets += chunk.bytes.length;
    if (this.#early.length >= MAX_EARLY || this.#earlyOctets > this.#options.maxSize) return this.#refuse(413);
    this.#early.push(chunk);
  }

  #takeEarly(): void {
    for (;;) {
      const index = this.#early.findIndex(({ start }) => start <= this.#next);
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
