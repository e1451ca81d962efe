import { ChatroomsError } from '../util/errors.js';
import {
  type Direction,
  type ExpectedFingerprint,
  type Fingerprint,
  formatChatroom,
  formatFingerprint,
} from './attributes.js';
import { type MediaLine, parseSdp } from './media.js';
import { formatPathUri, sameHost } from './path-uri.js';

/** Where we listen for MSRP: the name or address peers are to use (IPv6 without brackets), and the port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** TLS ends in front of us, with a certificate that is not ours: `fingerprint` is left out. @defaultValue `false` */
  readonly tlsElsewhere?: boolean;
}

/** What our side of one MSRP session puts into its SDP. */
export interface LocalSession {
  /** Secret part of our URI, fresh for each session (4975-8.2-01, 4975-14.1-01). */
  readonly sessionId: string;
  /** Listener for `TCP/MSRP`; without it such lines are refused. */
  readonly tcp?: Listener;
  /** Listener for `TCP/TLS/MSRP`; without it such lines are refused. */
  readonly tls?: Listener;
  /**
   * Listener for peers that speak MSRP over WebSocket with us directly, or, in a browser, the made-up `.invalid`
   * host of the own URI (7977-5.2-02). Their lines are `TCP/TLS/MSRP` and their URIs end in `;ws`.
   */
  readonly ws?: Listener;
  /** The same without TLS, within one machine: `TCP/MSRP` lines and `msrp://…;ws` URIs. Not RFC 7977, which wants WSS. */
  readonly plainWs?: Listener;
  /** Relays in front of our own URI, next hop of the peer first (4976-5.1-02). @defaultValue none */
  readonly relays?: readonly string[];
  /** Of our certificate, at least SHA-256, and in the hash of its signature (8122-5-02); written on TLS lines. */
  readonly fingerprint?: Fingerprint | readonly Fingerprint[];
  /**
   * What the peer's certificate had to match until now. A description that is silent about it does not take that back, or
   * whoever is on the way of a re-INVITE could. @defaultValue nothing
   */
  readonly known?: ExpectedFingerprint | null;
  /** o-line of the dialog: a number that stays, at most 2^53. */
  readonly originId: number;
  /** The SDP we sent last in this dialog: decides the o-line version (4975-8.4-02). */
  readonly previous?: string;
  /** @defaultValue `['message/cpim']`, the only value a room may write (7701-5.2-03) */
  readonly acceptTypes?: readonly string[];
  /** @defaultValue `['*']`: any type (7701-5.2-04) */
  readonly acceptWrappedTypes?: readonly string[];
  /** Tokens of `a=chatroom`; an empty list writes it bare, null leaves it out. @defaultValue `null` */
  readonly chatroom?: readonly string[] | null;
  /** Octets of the largest message we take; left out when absent. */
  readonly maxSize?: number;
  /** We cannot be reached from the peer, so connect ourselves where we may. @defaultValue `false` */
  readonly behindNat?: boolean;
  /** Refuse `TCP/MSRP` (7701-11-06). @defaultValue `false` */
  readonly forceTls?: boolean;
  /** Refuse lines without `a=chatroom`, of clients that know no chat rooms (7701-11-01). @defaultValue `false` */
  readonly requireChatroom?: boolean;
  /** Write `a=sendrecv` too, as some handsets want (SDP-19 of profile `rcs`). @defaultValue `false` */
  readonly explicitDirection?: boolean;
  /** Use RFC 6714 (6714-4.3-02, A-16). @defaultValue `false` */
  readonly cema?: boolean;
  /** What a media server says on other lines than ours (SDP-13), as answer or as offer. @defaultValue none: port 0 */
  readonly streams?: Streams;
  /**
   * 6714-4.4-01 compares addresses after resolving names; resolving is the caller's.
   * @defaultValue equal text, IPv6 in canonical form
   */
  readonly sameHost?: (a: string, b: string) => boolean;
}

export const RECEIVED_TYPES: readonly string[] = ['message/cpim'];
export const ANY_TYPE: readonly string[] = ['*'];

export const compareHosts = (local: LocalSession): ((a: string, b: string) => boolean) => local.sameHost ?? sameHost;

/** How the peer reaches us on one m-line. */
export interface OwnEnd {
  readonly secure: boolean;
  readonly listener: Listener;
  readonly transport: 'tcp' | 'ws';
}

/** @param webSocket the connection between the peer and us is a WebSocket */
export function ownEnd(local: LocalSession, secure: boolean, webSocket: boolean): OwnEnd | null {
  const ws = secure ? local.ws : local.plainWs;
  if (webSocket && ws) return { secure, listener: ws, transport: 'ws' };
  const listener = secure ? local.tls : local.tcp;
  return listener ? { secure, listener, transport: 'tcp' } : null;
}

/** 4975-8.1-05: `TCP/TLS/MSRP` goes with an `msrps` URI of ours, `TCP/MSRP` with `msrp`. No userinfo (4975-6-07). */
export const localUri = (local: LocalSession, { secure, listener, transport }: OwnEnd): string =>
  formatPathUri({ secure, host: listener.host, port: listener.port, sessionId: local.sessionId, transport });

/**
 * URI of our session, before anything was offered or answered.
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_LISTENER` when the session has no listener for that transport
 */
export function sessionUri(local: LocalSession, secure: boolean): string {
  const end = ownEnd(local, secure, (secure ? local.tls : local.tcp) === undefined);
  if (!end) throw noListener(secure);
  return localUri(local, end);
}

const noListener = (secure: boolean): ChatroomsError =>
  new ChatroomsError(
    'CHAT_ERR_SDP_LISTENER',
    `An offer of ${secure ? 'TCP/TLS/MSRP' : 'TCP/MSRP'} needs a listener for it; give the session one.`,
  );

/** One m-line to be written. */
export interface LocalMedia {
  media: string;
  port: number;
  proto: string;
  formats: string;
  attributes: readonly string[];
  /** Address of a c-line of its own. @defaultValue that of the session level */
  connection?: string;
}

/** An m-line of a media server, to be written at its place among ours. */
export interface Stream extends LocalMedia {
  readonly connection: string;
}

/** Streams by the index of their m-line, from 0. */
export type Streams = ReadonlyMap<number, Stream>;

/** The MSRP line that carries our session. */
export function messageLine(
  local: LocalSession,
  line: {
    end: OwnEnd;
    proto: string;
    setup: 'active' | 'passive' | 'actpass';
    direction: Direction;
    cema: boolean;
  },
): LocalMedia {
  const { setup, end } = line;
  const attributes = [
    // 6135-4.2-01: "Always write an explicit a=setup in MSRP offers and answers."
    `setup:${setup}`,
    `path:${[...(local.relays ?? []), localUri(local, end)].join(' ')}`,
    `accept-types:${(local.acceptTypes ?? RECEIVED_TYPES).join(' ')}`,
    // 7701-5.2-04: there is no default, so it is always written.
    `accept-wrapped-types:${(local.acceptWrappedTypes ?? ANY_TYPE).join(' ')}`,
  ];
  if (local.maxSize !== undefined) attributes.push(`max-size:${local.maxSize}`);
  if (local.chatroom != null) attributes.push(formatChatroom(local.chatroom));
  if (end.secure && !end.listener.tlsElsewhere) attributes.push(...fingerprintsOf(local).map(formatFingerprint));
  if (line.cema) attributes.push('msrp-cema');
  // SIP SIMPLE clients refuse a line whose direction is not sendrecv, so the default is not written.
  if (line.direction !== 'sendrecv' || local.explicitDirection) attributes.push(line.direction);
  // 4975-8.1-02, 6135-4.2-05: with `active` the port SHOULD be 9, else it is that of the path.
  return {
    media: 'message',
    port: setup === 'active' ? 9 : end.listener.port,
    proto: line.proto,
    formats: '*',
    attributes,
  };
}

const fingerprintsOf = ({ fingerprint = [] }: LocalSession): readonly Fingerprint[] =>
  'hash' in fingerprint ? [fingerprint] : fingerprint;

/** A line of the peer with port 0: its proto and one format have to be repeated (RFC 3264 §6). */
export const refusedLine = (line: MediaLine, attributes: readonly string[] = []): LocalMedia => ({
  media: line.media,
  port: 0,
  proto: line.proto,
  formats: line.formats[0] ?? '*',
  attributes,
});

const ipVersion = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/** Writes the whole description with the o-line version the dialog is at. */
export function writeLocal(
  local: LocalSession,
  address: string,
  media: readonly LocalMedia[],
  timing: { start: number; stop: number } = { start: 0, stop: 0 },
): string {
  const { previous } = local;
  if (previous === undefined) return writeVersion(local, address, media, timing, 1);
  const version = parseSdp(previous).version ?? 0;
  // 4975-8.4-02: "An SDP that changes nothing keeps the o-line (same version). A changed one increments the version by 1."
  const unchanged = writeVersion(local, address, media, timing, version);
  return unchanged === previous ? previous : writeVersion(local, address, media, timing, version + 1);
}

function writeVersion(
  local: LocalSession,
  address: string,
  media: readonly LocalMedia[],
  timing: { start: number; stop: number },
  sessionVersion: number,
): string {
  const ipVer = ipVersion(address);
  // RFC 4566 §5, in its order. By hand: `write` of sdp-transform takes ten times as long, which is 3 % of a join.
  const lines = [
    'v=0',
    `o=- ${local.originId} ${sessionVersion} IN IP${ipVer} ${address}`,
    's=-',
    connectionLine(address),
    `t=${timing.start} ${timing.stop}`,
  ];
  for (const line of media) {
    lines.push(`m=${line.media} ${line.port} ${line.proto} ${line.formats}`);
    if (line.connection !== undefined) lines.push(connectionLine(line.connection));
    for (const attribute of line.attributes) lines.push(`a=${attribute}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

const connectionLine = (address: string): string => `c=IN IP${ipVersion(address)} ${address}`;
