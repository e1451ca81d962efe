import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { ChatroomsError } from '../../util/errors.js';
import type { StreamTarget } from '../msrp/byte-stream.js';

/** A certificate in PEM (RFC 7468 §5.1), also under the names OpenSSL knows besides. */
const CERTIFICATE = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^]*?-----END \1-----/g;

/** Whether a text is one certificate in PEM, or several, that can be read. */
export function hasCertificates(pem: string): boolean {
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    return certificates.map((certificate) => new X509Certificate(certificate)).length > 0;
  } catch {
    return false;
  }
}

/**
 * Node trusts nobody, and says nothing, where the list of authorities is none; every server would be refused as unknown.
 * @returns the list, for TLS
 * @throws ChatroomsError `CHAT_ERR_USAGE`
 */
export function authorities(ca: string | undefined): { ca?: string } {
  if (ca === undefined) return {};
  if (hasCertificates(ca)) return { ca };
  throw new ChatroomsError('CHAT_ERR_USAGE', 'option ca holds no certificates in PEM; give the text of the file');
}

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
