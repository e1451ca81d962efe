import type { Wire } from '../../lib/util/channels.js';
import { numericAddress } from './address.js';
import { pduTags } from './exported-pdu.js';
import type { Leg } from './legs.js';
import { type Direction, interfaceDescription, MAX_PACKET, packet } from './pcapng.js';
import type { TraceFile } from './trace-file.js';

/** Octets of tags in front of a message and of an end-line behind it, more than there can be. */
const MAX_TAGS = 512;
/** Octets of a message that are recorded at most. */
export const MAX_MESSAGE = MAX_PACKET - MAX_TAGS;

/** Endpoints with an interface of their own. */
const MAX_INTERFACES = 4_096;

/** A SIP or an MSRP message, with whose it is as far as that is known. */
export interface Recorded {
  protocol: 'sip' | 'msrp';
  direction: Direction;
  wire: Wire;
  /** Milliseconds since the epoch. */
  time: number;
  octets: readonly Uint8Array[];
  /** Octets of it that are left out, at its end or in front of its end-line. */
  left: number;
  leg: Leg | null;
}

/** Messages as packets of a file: those of signalling on one interface, those of each endpoint on one that is named after it. */
export class Packets {
  readonly #file: TraceFile;
  /** By endpoint id, or protocol. */
  readonly #interfaces = new Map<string, number>();
  /** Left out since the last one. */
  #left = 0;
  #dropped = 0;

  constructor(file: TraceFile) {
    this.#file = file;
  }

  /** Left out because the disk was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param dropped messages that were lost before they came here, since the last one */
  write({ protocol, direction, wire, time, octets, left, leg }: Recorded, dropped: number): void {
    this.#left += dropped;
    this.#dropped += dropped;
    const [local, remote] = [numericAddress(wire.local), numericAddress(wire.remote)];
    const [source, destination] = direction === 'in' ? [remote, local] : [local, remote];
    const tags = pduTags({
      dissector: protocol,
      ports: wire.transport === 'udp' ? 'udp' : 'tcp',
      source,
      destination,
    });
    const block = packet({
      interface: this.#interface(protocol, leg),
      time,
      direction,
      octets: [tags, ...octets],
      dropped: this.#left,
      comment: left > 0 ? `${left} octets left out` : undefined,
    });
    if (this.#file.write(block)) this.#left = 0;
    else this.#skip();
  }

  #skip(): void {
    this.#left++;
    this.#dropped++;
  }

  #interface(protocol: Recorded['protocol'], leg: Leg | null): number {
    // SIP is of a Call-ID before there is an endpoint.
    const own = protocol === 'msrp' ? leg : null;
    if (!own || own.endpoint === undefined) return this.#named(protocol, protocol.toUpperCase());
    const { endpoint, participant, room, callId } = own;
    const isNew = !this.#interfaces.has(endpoint);
    if (isNew && this.#interfaces.size >= MAX_INTERFACES) return this.#named(protocol, protocol.toUpperCase());
    return this.#named(endpoint, `${participant} in ${room}, Call-ID ${callId}`);
  }

  #named(name: string, description: string): number {
    const known = this.#interfaces.get(name);
    if (known !== undefined) return known;
    const number = this.#interfaces.size;
    this.#interfaces.set(name, number);
    this.#file.write(interfaceDescription({ name, description }), true);
    return number;
  }
}
