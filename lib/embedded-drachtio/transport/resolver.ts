import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, Timer } from '../../util/clock.js';
import { type SipUri, uriHost } from '../message/index.js';
import { DEFAULT_PORTS, type Hop, isSecure, isTransportName, type TransportName } from './flow.js';

/** Milliseconds for a whole resolution; a requester waits no longer than for a busy peer. */
const TIMEOUT = 5_000;

/** The look-ups, so that tests need no name server. */
export interface Dns {
  srv(name: string): Promise<{ name: string; port: number; priority: number; weight: number }[]>;
  addresses(host: string): Promise<string[]>;
}

const resolver = new Resolver({ timeout: 2_000, tries: 2 });

export const systemDns: Dns = {
  srv: (name) => resolver.resolveSrv(name),
  addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
};

/** The transport a URI asks for; undefined if it leaves the choice (RFC 3263 §4.1). */
export function transportOf(uri: SipUri): TransportName | undefined {
  const asked = uri.params.get('transport')?.toLowerCase();
  if (asked === undefined) return uri.scheme === 'sips' ? 'tls' : undefined;
  if (!isTransportName(asked)) return undefined;
  if (uri.scheme !== 'sips') return asked;
  return asked === 'ws' ? 'wss' : asked === 'tcp' ? 'tls' : asked;
}

/**
 * The hops that may serve `uri`, best first: a reduced RFC 3263 (SRV for each transport of ours, then A/AAAA; no NAPTR).
 * Rejects when the name does not resolve in time.
 */
export async function resolve(
  uri: SipUri,
  usable: readonly TransportName[],
  clock: Clock,
  dns: Dns = systemDns,
): Promise<Hop[]> {
  const timers: Timer[] = [];
  const expiry = new Promise<never>((_resolve, reject) => {
    timers.push(clock.after(TIMEOUT, () => reject(new Error('DNS timed out'))));
  });
  try {
    return await Promise.race([hopsOf(uri, usable, dns), expiry]);
  } finally {
    for (const timer of timers) timer.cancel();
  }
}

async function hopsOf(uri: SipUri, usable: readonly TransportName[], dns: Dns): Promise<Hop[]> {
  const hops = await numericHops(uri, usable, dns);
  const name = uriHost(uri);
  // RFC 5922 §4: it is the domain that was asked for whose certificate is shown, wherever DNS says that it is served.
  for (const hop of hops) if (isSecure(hop.transport) && name !== hop.host) hop.name = name;
  return hops;
}

async function numericHops(uri: SipUri, usable: readonly TransportName[], dns: Dns): Promise<Hop[]> {
  // RFC 3261 §18.1.1 and RFC 5626 need no maddr; RFC 3263 §4.1: "If the URI contains an maddr parameter, TARGET is its value".
  const host = uri.params.get('maddr') ?? uriHost(uri);
  const asked = transportOf(uri);
  const chosen = asked ?? (usable.includes('udp') ? 'udp' : (usable[0] ?? 'udp'));
  const port = uri.port ?? DEFAULT_PORTS[chosen];
  if (isIP(host)) return [{ transport: chosen, host, port }];
  if (uri.port !== undefined || host.toLowerCase() === 'localhost') return addressHops(host, chosen, port, dns);

  for (const transport of asked ? [asked] : usable) {
    const service = transport === 'tls' ? '_sips._tcp' : `_sip._${transport}`;
    const records = await dns.srv(`${service}.${host}`).catch(() => []);
    const ordered = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
    const hops: Hop[] = [];
    for (const record of ordered) {
      hops.push(...(await addressHops(record.name, transport, record.port, dns).catch(() => [])));
    }
    if (hops.length > 0) return hops;
  }
  return addressHops(host, chosen, port, dns);
}

async function addressHops(host: string, transport: TransportName, port: number, dns: Dns): Promise<Hop[]> {
  const addresses = await dns.addresses(host);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  return addresses.map((address) => ({ transport, host: address, port }));
}
