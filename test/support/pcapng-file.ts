/** Reads what `plugin/trace` writes: pcapng of one section, little-endian, with exported PDUs. */

export interface ReadPacket {
  /** Name of the interface. */
  interface: string;
  /** In the unit of the interface. */
  time: number;
  inbound: boolean;
  /** Octets with the tags in front. */
  captured: number;
  dissector: string;
  /** Of the tag port type: 2 is TCP, 3 is UDP; undefined without addresses. */
  ports: number | undefined;
  /** `HOST:PORT` of IPv4. */
  source: string | undefined;
  destination: string | undefined;
  /** Of the message. */
  octets: Buffer;
  dropped: number;
  comments: string[];
}

export interface ReadFile {
  packets: ReadPacket[];
  /** What ends the file. */
  statistics: { time: number; dropped: number; comment: string } | undefined;
}

const BLOCK = { interface: 1, statistics: 5, packet: 6 } as const;

const padded = (length: number): number => Math.ceil(length / 4) * 4;

type Options = ReadonlyMap<number, readonly Buffer[]>;

function optionsOf(body: Buffer, from: number): Options {
  const options = new Map<number, Buffer[]>();
  for (let at = from; at + 4 <= body.length; ) {
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    if (code === 0) break;
    options.set(code, [...(options.get(code) ?? []), body.subarray(at + 4, at + 4 + length)]);
    at += 4 + padded(length);
  }
  return options;
}

const textsOf = (options: Options, code: number): string[] => (options.get(code) ?? []).map((text) => text.toString());
const countOf = (options: Options, code: number): number => Number(options.get(code)?.[0].readBigUInt64LE() ?? 0);
const timeAt = (body: Buffer, at: number): number => body.readUInt32LE(at) * 2 ** 32 + body.readUInt32LE(at + 4);

export function readPcapng(file: Buffer): ReadFile {
  const names: string[] = [];
  const packets: ReadPacket[] = [];
  let statistics: ReadFile['statistics'];
  for (let at = 0; at < file.length; ) {
    const [type, length] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
    const body = file.subarray(at + 8, at + length - 4);
    at += length;
    if (type === BLOCK.interface) names.push(textsOf(optionsOf(body, 8), 2)[0]);
    else if (type === BLOCK.packet) packets.push(packetOf(body, names));
    else if (type === BLOCK.statistics) {
      const options = optionsOf(body, 12);
      statistics = { time: timeAt(body, 4), dropped: countOf(options, 5), comment: textsOf(options, 1)[0] };
    }
  }
  return { packets, statistics };
}

function packetOf(body: Buffer, names: readonly string[]): ReadPacket {
  const captured = body.readUInt32LE(12);
  const options = optionsOf(body, 20 + padded(captured));
  return {
    interface: names[body.readUInt32LE(0)],
    time: timeAt(body, 4),
    inbound: ((options.get(2)?.[0].readUInt32LE() ?? 0) & 3) === 1,
    captured,
    ...pduOf(body.subarray(20, 20 + captured)),
    dropped: countOf(options, 4),
    comments: textsOf(options, 1),
  };
}

type Pdu = Pick<ReadPacket, 'dissector' | 'ports' | 'source' | 'destination' | 'octets'>;

function pduOf(octets: Buffer): Pdu {
  const tags = new Map<number, Buffer>();
  let at = 0;
  for (;;) {
    const [tag, length] = [octets.readUInt16BE(at), octets.readUInt16BE(at + 2)];
    tags.set(tag, octets.subarray(at + 4, at + 4 + length));
    at += 4 + length;
    if (tag === 0) break;
  }
  const addressOf = (host: number, port: number): string | undefined => {
    const numbers = tags.get(host);
    return numbers && `${[...numbers].join('.')}:${tags.get(port)?.readUInt32BE()}`;
  };
  return {
    dissector: tags.get(12)?.toString().replace(/\0+$/, '') ?? '',
    ports: tags.get(24)?.readUInt32BE(),
    source: addressOf(20, 25),
    destination: addressOf(21, 26),
    octets: octets.subarray(at),
  };
}
