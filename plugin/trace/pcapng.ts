/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, their times in milliseconds:
 *
 *     type(32) length(32) body, options: code(16) length(16) value … , length(32)
 *
 * each part of it filled up to four octets. Wireshark reads no packet above `MAX_PACKET`.
 */

/** LINKTYPE_WIRESHARK_UPPER_PDU. */
const EXPORTED_PDU = 252;
/** WTAP_MAX_PACKET_SIZE_STANDARD of Wireshark. */
export const MAX_PACKET = 262_144;

const BLOCK = { section: 0x0a0d0d0a, interface: 1, statistics: 5, packet: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
/** 10^-3 seconds. */
const MILLISECONDS = 3;

const COMMENT = 1;
const SECTION_OPTION = { application: 4 } as const;
const INTERFACE_OPTION = { name: 2, description: 3, resolution: 9 } as const;
const PACKET_OPTION = { flags: 2, dropped: 4 } as const;
const STATISTICS_OPTION = { dropped: 5 } as const;

/** The longest text an option may hold is longer than anybody reads. */
const MAX_TEXT = 512;

export type Direction = 'in' | 'out';
const FLAGS: Readonly<Record<Direction, number>> = { in: 1, out: 2 };

export interface Packet {
  /** Of the interface descriptions written before, from 0. */
  interface: number;
  /** Milliseconds since the epoch. */
  time: number;
  direction: Direction;
  /** What was captured, `MAX_PACKET` octets at most, in pieces. */
  octets: readonly Uint8Array[];
  /** Octets there were. @defaultValue those captured */
  length?: number;
  /** Packets lost since the last one. @defaultValue 0 */
  dropped?: number;
  /** Shown with it. @defaultValue none */
  comment?: string | undefined;
}

/** Begins the file. */
export function sectionHeader({ application, comment }: { application: string; comment: string }): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(BYTE_ORDER, 0);
  // Version 1.0.
  head.writeUInt16LE(1, 4);
  // -1: how long the section is will not be said.
  head.writeBigInt64LE(-1n, 8);
  return block(BLOCK.section, [head], [text(SECTION_OPTION.application, application), text(COMMENT, comment)]);
}

/** What packets are counted with: here an endpoint, or all signalling. */
export function interfaceDescription({ name, description }: { name: string; description: string }): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(EXPORTED_PDU, 0);
  head.writeUInt32LE(MAX_PACKET, 4);
  return block(
    BLOCK.interface,
    [head],
    [
      text(INTERFACE_OPTION.name, name),
      text(INTERFACE_OPTION.description, description),
      option(INTERFACE_OPTION.resolution, Buffer.of(MILLISECONDS)),
    ],
  );
}

export function packet({ interface: number, time, direction, octets, length, dropped = 0, comment }: Packet): Buffer {
  const captured = octets.reduce((sum, piece) => sum + piece.length, 0);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(number, 0);
  writeTime(head, 4, time);
  head.writeUInt32LE(captured, 12);
  head.writeUInt32LE(length ?? captured, 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(FLAGS[direction]);
  const options = [option(PACKET_OPTION.flags, flags)];
  if (dropped > 0) options.push(option(PACKET_OPTION.dropped, long(dropped)), text(COMMENT, `${dropped} lost before`));
  if (comment !== undefined) options.push(text(COMMENT, comment));
  return block(BLOCK.packet, [head, ...octets], options);
}

/** Ends the file: how many packets could not be written, and why it ends. */
export function statistics({ time, dropped, comment }: { time: number; dropped: number; comment: string }): Buffer {
  const head = Buffer.alloc(12);
  writeTime(head, 4, time);
  return block(BLOCK.statistics, [head], [option(STATISTICS_OPTION.dropped, long(dropped)), text(COMMENT, comment)]);
}

/** Its upper half first. */
function writeTime(octets: Buffer, at: number, time: number): void {
  octets.writeUInt32LE(Math.floor(time / 2 ** 32), at);
  octets.writeUInt32LE(Math.floor(time) % 2 ** 32, at + 4);
}

function long(count: number): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64LE(BigInt(count));
  return octets;
}

const padded = (length: number): number => Math.ceil(length / 4) * 4;

function option(code: number, value: Buffer): Buffer {
  const octets = Buffer.alloc(4 + padded(value.length));
  octets.writeUInt16LE(code, 0);
  octets.writeUInt16LE(value.length, 2);
  octets.set(value, 4);
  return octets;
}

const text = (code: number, value: string): Buffer => option(code, Buffer.from(value.slice(0, MAX_TEXT)));

function block(type: number, body: readonly Uint8Array[], options: readonly Buffer[]): Buffer {
  const data = body.reduce((sum, piece) => sum + piece.length, 0);
  // Behind the options one that says that there are no more.
  const length = 12 + padded(data) + options.reduce((sum, { length: octets }) => sum + octets, 0) + 4;
  const octets = Buffer.alloc(length);
  octets.writeUInt32LE(type, 0);
  octets.writeUInt32LE(length, 4);
  let at = 8;
  for (const piece of body) {
    octets.set(piece, at);
    at += piece.length;
  }
  at = 8 + padded(data);
  for (const piece of options) {
    octets.set(piece, at);
    at += piece.length;
  }
  octets.writeUInt32LE(length, length - 4);
  return octets;
}
