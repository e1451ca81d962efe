/** What is on its way to one other switch: bounded by what that one says it has taken. */
import type { Bus, BusMessage, NodeId } from '../../cluster/bus.js';
import { weightOf } from '../../cluster/weight.js';
import { Backlog } from '../backlog.js';

export interface LinkLimits {
  /** Octets on their way before those who send are slowed down; half of it before they go on. */
  slowAbove: number;
  /** Octets on their way above which no content follows. */
  most: number;
}

/** Rooms, and participants in them, whose missed messages are counted. */
const MAX_MISSED = 1024;

interface Missed {
  room: string;
  to: string | null;
  count: number;
}

export class Link {
  readonly node: NodeId;
  /** Full while the other switch takes less than it is sent. */
  readonly backlog: Backlog;
  readonly #bus: Bus;
  readonly #limits: LinkLimits;
  readonly #missed = new Map<string, Missed>();
  #sent = 0;
  #taken = 0;

  constructor(bus: Bus, node: NodeId, limits: LinkLimits) {
    this.#bus = bus;
    this.node = node;
    this.#limits = limits;
    this.backlog = new Backlog(limits.slowAbove, limits.slowAbove / 2);
  }

  /** Octets sent since the beginning, as `weightOf` counts them. */
  get sent(): number {
    return this.#sent;
  }

  /** Of these, octets that were taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Octets of a message to the room, or to one participant; false, and it counts as missed there, when too many are on their way. */
  carry(message: BusMessage, room: string, to: string | null): boolean {
    if (this.#sent - this.#taken <= this.#limits.most) {
      this.tell(message);
      return true;
    }
    this.#miss(room, to);
    return false;
  }

  /** What is said about messages: always sent, because it follows something that is bounded. */
  tell(message: BusMessage): void {
    this.#sent += weightOf(message);
    this.#bus.send(this.node, message);
    this.backlog.update(this.#sent - this.#taken);
  }

  /** The other switch took so much. */
  took(weight: number): void {
    this.#taken += weight;
    this.backlog.update(this.#sent - this.#taken);
    if (this.#missed.size === 0 || this.#sent - this.#taken > this.#limits.most / 2) return;
    const missed = [...this.#missed.values()];
    this.#missed.clear();
    for (const one of missed) this.tell({ kind: 'missed', ...one });
  }

  /** The other switch left: nobody waits for it. */
  close(): void {
    this.#taken = this.#sent;
    this.#missed.clear();
    this.backlog.update(0);
  }

  #miss(room: string, to: string | null): void {
    const key = `${room} ${to ?? ''}`;
    const known = this.#missed.get(key);
    if (known) known.count++;
    else if (this.#missed.size < MAX_MISSED) this.#missed.set(key, { room, to, count: 1 });
  }
}
