/** An IPv4 address as an IPv6 socket sees it (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Groups of an IPv6 address that one subscriber shares with nobody (RFC 6177). */
const NETWORK_GROUPS = 4;

/**
 * Whom an address is counted as: itself, or of an IPv6 address its /64 (`2001:db8:0:1::/64`), as whoever has one address of it
 * has them all. Brackets and zone do not count.
 */
export function sourceOf(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '').split('%', 1)[0];
  const mapped = MAPPED.exec(bare)?.[1];
  if (mapped !== undefined || !bare.includes(':')) return mapped ?? bare;
  const [head, tail] = bare.toLowerCase().split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  // A dotted quad at the end stands for two groups, and is behind the /64 anyway.
  const missing = Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return bare === '::1' ? bare : `${network.join(':')}::/64`;
}

/** Of this machine: `127.0.0.0/8` and `::1`. */
export const isLoopbackSource = (address: string): boolean => /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i.test(address);
