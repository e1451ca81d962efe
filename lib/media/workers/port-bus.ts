/** The bus between threads: a port to each of the others, without the focus' thread. */
import type { MessagePort } from 'node:worker_threads';
import type { Bus, BusMessage, BusReceiver, ForwardedMessage, NodeId } from '../../cluster/bus.js';

/** What is not a complete message, without its octets, of which only the length stands in it. */
type Light<M = Exclude<BusMessage, { kind: 'message' }>> = M extends { octets: Uint8Array }
  ? Omit<M, 'octets'> & { octets: number }
  : M;

/**
 * What was said to one node in one turn. A clone writes and reads the names of all properties of each object: nearly
 * everything here is complete messages, so these cross as rows of plain values.
 */
interface Parcel {
  /** In order; a number is a complete message with so many octets. */
  steps: readonly (Light | number)[];
  /** Of each complete message the room, participant, to, mimeHeaders and wrappedType. */
  heads: readonly (string | null)[];
  /** Those of all messages, in order. */
  octets: Uint8Array;
}

interface Line {
  port: MessagePort;
  messages: BusMessage[];
  size: number;
}

export class PortBus implements Bus {
  readonly node: NodeId;
  receiver: BusReceiver | undefined;
  readonly #lines = new Map<NodeId, Line>();
  #scheduled = false;

  constructor(node: NodeId) {
    this.node = node;
  }

  /** Another node, until its end of the port closes. */
  connect(node: NodeId, port: MessagePort): void {
    this.#lines.set(node, { port, messages: [], size: 0 });
    port.on('message', (parcel: Parcel) => this.receiver?.received(node, unpacked(parcel)));
    port.once('close', () => {
      this.#lines.delete(node);
      this.receiver?.left(node);
    });
  }

  send(to: NodeId, message: BusMessage): void {
    const line = this.#lines.get(to);
    if (!line) return;
    line.messages.push(message);
    line.size += octetsOf(message)?.length ?? 0;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Says the rest, and that it leaves. */
  close(): void {
    this.#flush();
    for (const { port } of this.#lines.values()) port.close();
  }

  #flush(): void {
    this.#scheduled = false;
    for (const line of this.#lines.values()) {
      if (line.messages.length === 0) continue;
      const parcel = packed(line);
      line.messages = [];
      line.size = 0;
      line.port.postMessage(parcel, parcel.octets.length > 0 ? [parcel.octets.buffer as ArrayBuffer] : []);
    }
  }
}

function octetsOf(message: BusMessage): Uint8Array | undefined {
  if (message.kind === 'message') return message.body;
  return message.kind === 'begin' || message.kind === 'octets' ? message.octets : undefined;
}

/** A view would be cloned with the whole buffer behind it: all octets are copied once, and that copy is handed over. */
function packed({ messages, size }: Line): Parcel {
  const octets = new Uint8Array(size);
  const steps: (Light | number)[] = [];
  const heads: (string | null)[] = [];
  let position = 0;
  for (const message of messages) {
    const own = octetsOf(message);
    if (own) {
      octets.set(own, position);
      position += own.length;
    }
    if (message.kind === 'message') {
      const { room, participant, to, mimeHeaders, wrappedType } = message.message;
      steps.push(message.body.length);
      heads.push(room, participant, to, mimeHeaders, wrappedType);
    } else steps.push(light(message));
  }
  return { steps, heads, octets };
}

function light(message: Exclude<BusMessage, { kind: 'message' }>): Light {
  if (message.kind === 'begin' || message.kind === 'octets') return { ...message, octets: message.octets.length };
  return message;
}

function unpacked({ steps, heads, octets }: Parcel): BusMessage[] {
  let position = 0;
  const take = (length: number): Buffer => {
    position += length;
    return Buffer.from(octets.buffer, octets.byteOffset + position - length, length);
  };
  let head = 0;
  return steps.map((step): BusMessage => {
    if (typeof step === 'number') {
      const message = headAt(heads, head);
      head += HEAD_VALUES;
      return { kind: 'message', message, body: take(step) };
    }
    if (step.kind === 'begin' || step.kind === 'octets') return { ...step, octets: take(step.octets) };
    return step;
  });
}

/** Values of a complete message in `heads`. */
const HEAD_VALUES = 5;

function headAt(heads: Parcel['heads'], at: number): ForwardedMessage {
  return {
    room: heads[at] ?? '',
    participant: heads[at + 1] ?? '',
    to: heads[at + 2],
    mimeHeaders: heads[at + 3] ?? '',
    wrappedType: heads[at + 4] ?? '',
  };
}
