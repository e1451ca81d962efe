import { type Chatroom, type Direction, type ExpectedFingerprint, preferredFingerprint } from './attributes.js';
import { listTakes } from './accept-types.js';
import { type LocalSession, type OwnEnd, ownEnd } from './local.js';
import type { MediaLine, MsrpAttributes } from './media.js';
import { type PathUri, parsePathUris } from './path-uri.js';

/** Why an m-line cannot be the room's session. */
export type Refusal =
  | 'media'
  | 'port-zero'
  | 'proto'
  | 'format'
  | 'tls-required'
  | 'no-listener'
  | 'path'
  | 'accept-types'
  | 'no-cpim'
  | 'no-chatroom'
  | 'fingerprint'
  | 'file-transfer'
  | 'setup'
  | 'address-mismatch'
  | 'unreachable'
  | 'second-line';

/** What the peer declared for the session. */
export interface PeerSession {
  /** To-Path of requests to the peer: next hop first, its own session last (4975-8.2-03). */
  readonly path: readonly string[];
  readonly acceptTypes: readonly string[];
  /** Null when the attribute is absent. */
  readonly acceptWrappedTypes: readonly string[] | null;
  /** Null: the peer does not know chat rooms (7701-8-09). */
  readonly chatroom: Chatroom | null;
  readonly maxSize: number | null;
  /** As the peer wrote it: `recvonly` is a listener. */
  readonly direction: Direction;
  /** What its certificate has to match; null = no fingerprint, PKI rules apply (8122-6.2-03, A-15). Only with TLS. */
  readonly fingerprint: ExpectedFingerprint | null;
}

/** An MSRP line that passed every check which does not depend on who connects. */
export interface AcceptableLine {
  /** Our end of the session. */
  readonly end: OwnEnd;
  readonly hops: readonly PathUri[];
  readonly msrp: MsrpAttributes;
  readonly peer: PeerSession;
}

/** Checks an m-line of the peer, offer or answer. */
export function checkLine(line: MediaLine, local: LocalSession): AcceptableLine | Refusal {
  const { msrp } = line;
  if (!msrp) return 'media';
  // 5547-8.7-01: a file line is a session of its own and must not replace the chat line.
  if (msrp.fileTransfer) return 'file-transfer';
  // 4145-4.1-01: port 0 means refused.
  if (line.port === 0) return 'port-zero';
  // 4975-8.1-01: "media message, proto TCP/MSRP or TCP/TLS/MSRP, format list a single *".
  const proto = line.proto.toUpperCase();
  // 8873-0-01: data channels are among the others.
  if (proto !== 'TCP/MSRP' && proto !== 'TCP/TLS/MSRP') return 'proto';
  if (line.formats.length !== 1 || line.formats[0] !== '*') return 'format';
  const secure = proto === 'TCP/TLS/MSRP';
  // 7701-11-06: policy "force TLS".
  if (!secure && local.forceTls) return 'tls-required';
  // 4975-8.2-02: "Missing or unparsable path -> refuse the m-line".
  const hops = msrp.path === null ? null : parsePathUris(msrp.path);
  if (msrp.path === null || hops === null) return 'path';
  // 7977-5.2-02: a WebSocket client without relay has one URI, with `;ws`.
  const end = ownEnd(local, secure, hops.length === 1 && hops[0].transport === 'ws');
  if (!end) return 'no-listener';
  // 4975-8.6-01: "accept-types is mandatory on an MSRP m-line".
  if (msrp.acceptTypes === null) return 'accept-types';
  // 7701-5.2-02, A-09: `*` and `message/*` count as containing message/cpim.
  if (!listTakes(msrp.acceptTypes, 'message/cpim')) return 'no-cpim';
  // 7701-11-01: policy "no clients that know no chat rooms".
  if (local.requireChatroom && msrp.chatroom === null) return 'no-chatroom';
  const tls = secure || hops[0].secure;
  const silent = msrp.fingerprints.length === 0;
  const fingerprint = tls ? (silent ? (local.known ?? null) : preferredFingerprint(msrp.fingerprints)) : null;
  // 8122-5-02: fingerprints of unusable hashes only prove nothing.
  if (tls && !silent && fingerprint === null) return 'fingerprint';
  const peer: PeerSession = {
    path: msrp.path,
    acceptTypes: msrp.acceptTypes,
    acceptWrappedTypes: msrp.acceptWrappedTypes,
    chatroom: msrp.chatroom,
    maxSize: msrp.maxSize,
    direction: line.direction,
    fingerprint,
  };
  return { end, hops, msrp, peer };
}

/** Where and how to connect. */
export interface Target {
  /** Name or address, IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** We open TCP and TLS only, and nobody listens on the port that active endpoints write (SDP-06). */
export const isReachable = (hops: readonly PathUri[], target: Target): boolean =>
  hops[0].transport === 'tcp' && target.port !== 9 && target.port !== 0;

/** 7977-5.2-02: a WebSocket client is never connected to, so that it opens the WebSocket itself. A room never does. */
export const opensWebSocket = (end: OwnEnd, local: LocalSession): boolean =>
  end.transport === 'ws' && (local.behindNat ?? false);

/**
 * 4975-8.3-01: "only the first is resolved and connected to"; A-13: its scheme decides TLS, not the proto. The c-line and
 * the port of the m-line are not used (4975-8.1-03), and lines with equal ports have nothing in common (4975-8.1-04).
 */
export const firstHop = (hops: readonly PathUri[]): Target => ({
  host: hops[0].host,
  port: hops[0].port,
  tls: hops[0].secure,
});
