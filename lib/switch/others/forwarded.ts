/** One large message on its way to other switches: its octets go on as they come (7701-6.1-08). */
import type { BusMessage, ForwardedMessage, NodeId } from '../../cluster/bus.js';
import { Backlog } from '../backlog.js';
import type { Elsewhere } from './elsewhere.js';
import type { Reach } from './reach.js';

/** Hands messages to other switches. */
export interface Forwarding {
  /** A complete one; its octets must not change any more. */
  forward(message: ForwardedMessage, there: Elsewhere, body: Buffer): void;
  /** One that still comes, from its first octets on. */
  open(message: ForwardedMessage, there: Elsewhere, total: number | null): Forwarded;
}

export class Forwarded {
  /** Who gets it: frozen (7701-6.1-09). */
  readonly there: Elsewhere;
  /** Full while one of the switches wants no more for now, because its spool is slower than the sender. */
  readonly backlog = new Backlog(0, 0);
  readonly #stream: number;
  readonly #message: ForwardedMessage;
  readonly #total: number | null;
  readonly #targets: Map<NodeId, Reach>;
  readonly #later = new Set<NodeId>();
  readonly #over: () => void;
  #begun = false;

  /** @param over called once it has ended */
  constructor(stream: number, message: ForwardedMessage, there: Elsewhere, total: number | null, over: () => void) {
    this.#stream = stream;
    this.#message = message;
    this.#total = total;
    this.there = there;
    this.#targets = new Map(there.reaches.map((reach) => [reach.link.node, reach]));
    this.#over = over;
  }

  /** The first octets have the whole envelope; none of them change any more. */
  push(octets: Buffer): void {
    const stream = this.#stream;
    const step: BusMessage = this.#begun
      ? { kind: 'octets', stream, octets }
      : { kind: 'begin', stream, message: this.#message, total: this.#total, octets };
    for (const [node, reach] of this.#targets) {
      if (reach.carry(step, this.#message.to)) continue;
      // Those there are told of it with `#`, as a reader is that lags too far.
      if (this.#begun) reach.link.tell({ kind: 'abort', stream });
      this.#drop(node);
    }
    this.#begun = true;
  }

  pause(): void {
    this.#tell('pause');
  }

  finish(): void {
    this.#end('finish');
  }

  abort(): void {
    this.#end('abort');
  }

  /** What one of the switches says of it. */
  wanted(node: NodeId, want: 'more' | 'later' | 'nothing'): void {
    if (!this.#targets.has(node)) return;
    if (want === 'nothing') return this.#drop(node);
    if (want === 'later') this.#later.add(node);
    else this.#later.delete(node);
    this.backlog.update(this.#later.size);
  }

  /** It left. */
  left(node: NodeId): void {
    this.#drop(node);
  }

  #drop(node: NodeId): void {
    this.#targets.delete(node);
    this.#later.delete(node);
    this.backlog.update(this.#later.size);
  }

  #tell(kind: 'pause' | 'finish' | 'abort'): void {
    if (!this.#begun) return;
    for (const { link } of this.#targets.values()) link.tell({ kind, stream: this.#stream });
  }

  #end(kind: 'finish' | 'abort'): void {
    this.#tell(kind);
    this.#targets.clear();
    this.#later.clear();
    this.backlog.update(0);
    this.#over();
  }
}
