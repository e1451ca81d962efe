/** Compares hosts by the addresses they resolve to (RFC 6714 §4.4). */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parsePathUri, parseSdp, sameHost } from '../sdp/index.js';
import type { Clock } from '../util/clock.js';

/** The addresses of a name, A and AAAA. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export type SameHost = (a: string, b: string) => boolean;

export interface ComparisonOptions {
  clock: Clock;
  /** Names that take longer, in ms together, count as unknown. @defaultValue 5000 */
  timeout?: number;
  /** @defaultValue the resolver of the system */
  resolve?: Resolve;
}

/** Of the names in one SDP; what is beyond counts as unknown. */
const MAX_NAMES = 16;

const systemResolve: Resolve = async (name) => (await systemLookup(name, { all: true })).map(({ address }) => address);

/**
 * Resolves what in `hosts` is a name. The comparison then calls two hosts the same when they are equal as text or address,
 * or when 6714-4.4-01 "any resolved record" of one is one of the other.
 */
export async function addressComparison(hosts: readonly string[], options: ComparisonOptions): Promise<SameHost> {
  const { clock, timeout = 5000, resolve = systemResolve } = options;
  const names = [...new Set(hosts.map(bare))].filter((host) => isIP(host) === 0).slice(0, MAX_NAMES);
  const known = new Map<string, readonly string[]>();
  if (names.length > 0) {
    const asked = names.map(async (name) => {
      // A name that nobody knows equals only itself.
      const addresses = await resolve(name).catch(() => []);
      known.set(name, addresses);
    });
    await new Promise<unknown>((resolveEarly, reject) => {
      const timer = clock.after(timeout, () => resolveEarly(undefined));
      Promise.all(asked)
        .finally(() => timer.cancel())
        .then(resolveEarly, reject);
    });
  }
  const addressesOf = (host: string): readonly string[] => [bare(host), ...(known.get(bare(host)) ?? [])];
  return (a, b) => addressesOf(a).some((left) => addressesOf(b).some((right) => sameHost(left, right)));
}

/** The hosts of the c-lines and paths in an SDP; none when it is no SDP, which is for its reader to say. */
export function hostsIn(sdp: string): string[] {
  const hosts: string[] = [];
  try {
    for (const { connection, msrp } of parseSdp(sdp).media) {
      if (msrp && connection !== null) hosts.push(connection);
      for (const uri of msrp?.path ?? []) hosts.push(parsePathUri(uri)?.host ?? '');
    }
  } catch {
    return [];
  }
  return hosts.filter((host) => host !== '');
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase();
