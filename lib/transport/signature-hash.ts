/** Which hash a certificate was signed with; Node tells it only from version 24 on. */

/** Content octets of the object identifiers of RFC 4055 §5 and RFC 5758 §3.2, in hex. */
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010105': 'sha-1',
  '2a864886f70d01010b': 'sha-256',
  '2a864886f70d01010c': 'sha-384',
  '2a864886f70d01010d': 'sha-512',
  '2a8648ce3d0401': 'sha-1',
  '2a8648ce3d040302': 'sha-256',
  '2a8648ce3d040303': 'sha-384',
  '2a8648ce3d040304': 'sha-512',
};

interface Element {
  /** Where the contents start. */
  start: number;
  end: number;
}

/**
 * RFC 5280 §4.1: `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm OBJECT IDENTIFIER, …`.
 * Null for signatures whose hash is no part of their name, such as Ed25519 and RSASSA-PSS.
 *
 * @param certificate DER that Node has read before, so that its lengths are right
 */
export function signatureHash(certificate: Buffer): string | null {
  const whole = elementAt(certificate, 0);
  const toBeSigned = elementAt(certificate, whole.start);
  const algorithm = elementAt(certificate, toBeSigned.end);
  const identifier = elementAt(certificate, algorithm.start);
  return HASHES[certificate.toString('hex', identifier.start, identifier.end)] ?? null;
}

/** X.690 §8.1.3: one length octet, or so many as its lower bits say. */
function elementAt(der: Buffer, at: number): Element {
  const length = der[at + 1];
  if (length < 0x80) return { start: at + 2, end: at + 2 + length };
  const octets = length & 0x7f;
  const start = at + 2 + octets;
  return { start, end: start + der.readUIntBE(at + 2, octets) };
}
