/** The bus between threads: a port to each of the others, without the focus' thread. */
import type { MessagePort } from 'node:worker_threads';
import type { Bus, BusMessage, BusReceiver, NodeId } from '../../cluster/bus.js';

/** A message without its octets, of which only the length stands in it. */
type Light<M = BusMessage> = M extends { body: Uint8Array }
  ? Omit<M, 'body'> & { body: number }
  : M extends { octets: Uint8Array }
    ? Omit<M, 'octets'> & { octets: number }
    : M;

/** What was said to one node in one turn; the octets of all its messages are one buffer, in order. */
interface Parcel {
  messages: readonly Light[];
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
  let position = 0;
  for (const message of messages) {
    const own = octetsOf(message);
    if (!own) continue;
    octets.set(own, position);
    position += own.length;
  }
  return { messages: messages.map(light), octets };
}

function light(message: BusMessage): Light {
  if (message.kind === 'message') return { ...message, body: message.body.length };
  if (message.kind === 'begin' || message.kind === 'octets') return { ...message, octets: message.octets.length };
  return message;
}

function unpacked({ messages, octets }: Parcel): BusMessage[] {
  let position = 0;
  const take = (length: number): Buffer => {
    position += length;
    return Buffer.from(octets.buffer, octets.byteOffset + position - length, length);
  };
  return messages.map((message): BusMessage => {
    if (message.kind === 'message') return { ...message, body: take(message.body) };
    if (message.kind === 'begin' || message.kind === 'octets') return { ...message, octets: take(message.octets) };
    return message;
  });
}
