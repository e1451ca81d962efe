/** Whether who is at the other end of a stream is who the SDP spoke of: RFC 8122 §5 and §6.2, RFC 4975 §5.4 and §14.4. */
import { createHash } from 'node:crypto';
import { type ExpectedFingerprint, type NegotiatedSession, parsePathUri, sameHost } from '../sdp/index.js';
import type { ByteStream, PeerTls } from './transport.js';

/** 8122-5-01: "upper-case hex pairs joined by colons" of a hash such as `sha-256` over the DER form. */
export const fingerprintValue = (certificate: Buffer, hash: string): string =>
  createHash(hash.replace('-', ''))
    .update(certificate)
    .digest('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');

/** 8122-5.1-01: "verify that each certificate used matches one fingerprint out of that set". */
export const matchesFingerprint = (certificate: Buffer, { hash, values }: ExpectedFingerprint): boolean =>
  values.includes(fingerprintValue(certificate, hash));

/** Whether a server we connected to is the one meant: by fingerprint, else by name and CA (4975-5.4-12). */
export function isMeant(peer: PeerTls | undefined, fingerprint: ExpectedFingerprint | null): boolean {
  if (!peer?.certificate) return false;
  return fingerprint === null ? peer.authorized : matchesFingerprint(peer.certificate, fingerprint);
}

/**
 * What the certificate on the connection has to match. With relays the connection ends at the one next to us, and the
 * fingerprint in the SDP is that of somebody behind it.
 */
export const expectedOnConnection = ({ peer }: NegotiatedSession): ExpectedFingerprint | null =>
  peer.path.length === 1 ? peer.fingerprint : null;

/** Why a session must not be bound to a stream. */
export type Misfit =
  /** It was negotiated for TLS and this is none, or the other way round. */
  | 'transport'
  /** It comes from another address than the peer's own path names. */
  | 'source'
  /** The certificate is missing or another one. */
  | 'certificate';

/**
 * From where a session may be bound: `any` address, since behind a NAT nobody knows his; or that of the host of the peer's
 * path alone, of its first hop with relays, which has to be an address then.
 */
export type BindSource = 'any' | 'sdp';

/** Whether a stream is what our URI says. */
function isOfKind(kind: string, { localUri, secure }: NegotiatedSession): boolean {
  const webSocket = parsePathUri(localUri)?.transport === 'ws';
  if (kind === 'tcp') return !webSocket && !secure;
  if (kind === 'tls') return !webSocket && secure;
  if (kind === 'ws') return webSocket && !secure;
  return kind !== 'wss' || (webSocket && secure);
}

/** Whether a TCP stream comes from the host that the peer's path names; what a WebSocket comes through is in no path. */
function isFromPath({ kind, remote = '' }: Stream, { peer }: NegotiatedSession): boolean {
  if (kind !== 'tcp' && kind !== 'tls') return true;
  const address = remote.slice(0, remote.lastIndexOf(':')).replace(MAPPED, '');
  return sameHost(parsePathUri(peer.path[0])?.host ?? '', address);
}

/** Before an IPv4 address, as an IPv6 socket shows it (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;

type Stream = Pick<ByteStream, 'kind' | 'tls'> & Partial<Pick<ByteStream, 'remote'>>;

/** Looks at a stream that the peer opened; null when the session may be bound to it. */
export function misfit(stream: Stream, session: NegotiatedSession, source: BindSource = 'any'): Misfit | null {
  if (!isOfKind(stream.kind, session)) return 'transport';
  // What we opened leads to where the path does, also by a name.
  if (source === 'sdp' && session.connector === 'peer' && !isFromPath(stream, session)) return 'source';
  const fingerprint = expectedOnConnection(session);
  // 8122-6.2-03, A-15: without a fingerprint it is the secret To-Path that identifies the client. A browser has no
  // certificate of its own, and its TLS may end in front of us.
  if (stream.kind !== 'tls' || fingerprint === null) return null;
  // 8122-6.2-01: "if the client does not provide one, or if the certificate does not match a provided fingerprint, the
  // server endpoint MUST terminate the media connection".
  const certificate = stream.tls?.certificate;
  return certificate && matchesFingerprint(certificate, fingerprint) ? null : 'certificate';
}
