import { isIPv4, isIPv6 } from 'node:net';

/** An address as four or sixteen octets, and a port. */
export interface NumericAddress {
  readonly octets: Buffer;
  readonly port: number;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Reads `HOST:PORT`, IPv6 with or without brackets; null for what has no numbers. */
export function numericAddress(text: string | null): NumericAddress | null {
  if (text === null) return null;
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  // A zone means something only to who wrote it.
  const host = text.slice(0, colon).replace(/^\[|\]$|%.*$/g, '');
  const octets = octetsOf(MAPPED.exec(host)?.[1] ?? host);
  return octets && Number.isInteger(port) && port >= 0 && port <= 65_535 ? { octets, port } : null;
}

function octetsOf(host: string): Buffer | null {
  if (isIPv4(host)) return Buffer.from(host.split('.').map(Number));
  if (!isIPv6(host)) return null;
  const [front, back] = host.split('::').map(groupsOf);
  const groups = back ? [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back] : front;
  const octets = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) octets.writeUInt16BE(group, index * 2);
  return octets;
}

/** RFC 4291 §2.2; the last two groups may be written as an IPv4 address. */
function groupsOf(text: string): number[] {
  return text.split(':').flatMap((group) => {
    if (group === '') return [];
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a, b, c, d] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
