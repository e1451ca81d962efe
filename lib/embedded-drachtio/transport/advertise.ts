import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from './flow.js';

const UNSPECIFIED = new Set(['0.0.0.0', '::']);

const isLoopback = (host: string): boolean => /^(127\.|::1$|::ffff:127\.)/.test(host);

/**
 * What Via and Contact can say of a listener: its own address, or, if it listens on all of them, one that `remote`
 * can be expected to reach.
 */
export function advertised(local: Endpoint, remote?: Endpoint): Endpoint {
  if (!UNSPECIFIED.has(local.host)) return local;
  const v6 = remote ? isIPv6(remote.host) && !remote.host.startsWith('::ffff:') : false;
  const loopback = v6 ? '::1' : '127.0.0.1';
  if (remote && isLoopback(remote.host)) return { host: loopback, port: local.port };
  const external = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family, scopeid }) => !internal && family === (v6 ? 'IPv6' : 'IPv4') && !scopeid);
  return { host: external?.address ?? loopback, port: local.port };
}
