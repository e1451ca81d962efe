/**
 * Wireshark's "Exported PDU" (LINKTYPE_WIRESHARK_UPPER_PDU): a message of an upper protocol with the name of its dissector
 * and where it came from and went to, so that none of what was beneath it, TLS and WebSocket among that, is made up.
 *
 * Tags, all of them big-endian: `tag(16) length(16) value`, the value filled up to four octets; then the message.
 */
import type { NumericAddress } from './address.js';

const TAG = {
  end: 0,
  dissector: 12,
  ipv4Source: 20,
  ipv4Destination: 21,
  ipv6Source: 22,
  ipv6Destination: 23,
  portType: 24,
  sourcePort: 25,
  destinationPort: 26,
} as const;

/** Wireshark's own numbers of these (`epan/exported_pdu.h`). */
const PORT_TYPE = { tcp: 2, udp: 3 } as const;

export interface Pdu {
  dissector: 'sip' | 'msrp';
  /** Beneath it; TCP also for TLS and WebSocket. */
  ports: keyof typeof PORT_TYPE;
  source: NumericAddress | null;
  destination: NumericAddress | null;
}

const ENDING = Buffer.alloc(4);

/** What stands in front of the octets of the message. */
export function pduTags({ dissector, ports, source, destination }: Pdu): Buffer {
  const tags = [tag(TAG.dissector, Buffer.from(dissector))];
  // One of them alone would be shown with the address of nobody.
  if (source && destination && source.octets.length === destination.octets.length) {
    const isIpv4 = source.octets.length === 4;
    tags.push(
      tag(isIpv4 ? TAG.ipv4Source : TAG.ipv6Source, source.octets),
      tag(isIpv4 ? TAG.ipv4Destination : TAG.ipv6Destination, destination.octets),
      tag(TAG.portType, word(PORT_TYPE[ports])),
      tag(TAG.sourcePort, word(source.port)),
      tag(TAG.destinationPort, word(destination.port)),
    );
  }
  return Buffer.concat([...tags, ENDING]);
}

function tag(number: number, value: Buffer): Buffer {
  const length = Math.ceil(value.length / 4) * 4;
  const octets = Buffer.alloc(4 + length);
  octets.writeUInt16BE(number, 0);
  octets.writeUInt16BE(length, 2);
  octets.set(value, 4);
  return octets;
}

function word(number: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(number);
  return octets;
}
