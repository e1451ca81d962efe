import { networkInterfaces } from 'node:os';

const WILDCARDS: Readonly<Record<string, 'IPv4' | 'IPv6'>> = { '0.0.0.0': 'IPv4', '::': 'IPv6' };

/** An address that peers can connect to: the host itself, or for a wildcard the first address of an outside interface. */
export function reachableHost(host: string): string {
  const family = WILDCARDS[host];
  if (!family) return host;
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const outside = addresses.find((entry) => entry.family === family && !entry.internal && entry.scopeid !== 1);
  return outside?.address ?? (family === 'IPv4' ? '127.0.0.1' : '::1');
}
