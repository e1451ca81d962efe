import type { Bus, BusMessage, BusReceiver, NodeId } from '../../lib/cluster/bus.js';
import { weightOf } from '../../lib/cluster/weight.js';

class MemoryBus implements Bus {
  readonly node: NodeId;
  receiver: BusReceiver | undefined;
  readonly #network: MemoryNetwork;

  constructor(node: NodeId, network: MemoryNetwork) {
    this.node = node;
    this.#network = network;
  }

  send(to: NodeId, message: BusMessage): void {
    this.#network.sent(this.node, to, message);
  }
}

/** Buses in one process. What is sent waits until the test lets it through, and is cloned only then. */
export class MemoryNetwork {
  /** Everything that was sent so far. */
  readonly log: { from: NodeId; to: NodeId; message: BusMessage }[] = [];
  readonly #buses = new Map<NodeId, MemoryBus>();
  readonly #waiting = new Map<string, { from: NodeId; to: NodeId; messages: BusMessage[] }>();
  /** Directions that take nothing at the moment, `from>to`. */
  readonly stuck = new Set<string>();

  bus(node: NodeId): Bus {
    const bus = new MemoryBus(node, this);
    this.#buses.set(node, bus);
    return bus;
  }

  sent(from: NodeId, to: NodeId, message: BusMessage): void {
    if (!this.#buses.has(from) || !this.#buses.has(to)) return;
    this.log.push({ from, to, message });
    const key = `${from}>${to}`;
    const direction = this.#waiting.get(key) ?? { from, to, messages: [] };
    direction.messages.push(message);
    this.#waiting.set(key, direction);
  }

  /** Directions in which something waits that may go on. */
  get ready(): string[] {
    return [...this.#waiting.keys()].filter((key) => !this.stuck.has(key));
  }

  /** Lets so many messages of one direction arrive together. @defaultValue all that wait */
  deliver(key: string, count = Number.POSITIVE_INFINITY): void {
    const direction = this.#waiting.get(key);
    if (!direction) return;
    const batch = direction.messages.splice(0, Math.min(count, direction.messages.length));
    if (direction.messages.length === 0) this.#waiting.delete(key);
    this.#buses.get(direction.to)?.receiver?.received(direction.from, structuredClone(batch));
  }

  /** Octets on their way, with what each message counts. */
  inFlight(from: NodeId, to: NodeId): number {
    return (this.#waiting.get(`${from}>${to}`)?.messages ?? []).reduce((sum, message) => sum + weightOf(message), 0);
  }

  /** It is gone for the others, as they are for it, and so is what was on its way. */
  leave(node: NodeId): void {
    const leaving = this.#buses.get(node);
    this.#buses.delete(node);
    for (const other of this.#buses.keys()) leaving?.receiver?.left(other);
    for (const [key, { from, to }] of this.#waiting) if (from === node || to === node) this.#waiting.delete(key);
    for (const { receiver } of this.#buses.values()) receiver?.left(node);
  }

  /** What went one way. */
  kinds(from: NodeId, to: NodeId): string[] {
    return this.log.filter((entry) => entry.from === from && entry.to === to).map(({ message: { kind } }) => kind);
  }
}
