import { isIP } from 'node:net';
import type { StreamTarget } from '../msrp/byte-stream.js';

/** How TLS checks whom we talk to, whatever runs in it. */
export function trustOptions(target: StreamTarget): {
  servername: string;
  rejectUnauthorized: boolean;
  minVersion: 'TLSv1.2';
} {
  const name = target.serverName ?? target.host;
  return {
    // server names are names, never addresses (RFC 6066 §3)
    servername: isIP(name) === 0 ? name : '',
    // 4975-5.4-12, 8122-6.2-01: with a fingerprint a self-signed certificate may do; it is compared before an octet is sent
    rejectUnauthorized: target.fingerprint === null,
    minVersion: 'TLSv1.2',
  };
}
