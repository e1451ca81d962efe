/**
 * Where others may look on: channels of `node:diagnostics_channel`, to which whoever traces or measures subscribes by name
 * (docs/diagnostics.md). While nobody has, each costs the look at `hasSubscribers`; what is published is made only then.
 */
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';

/** A channel of which it is known what it carries. */
export interface Hotspot<T> {
  readonly name: string | symbol;
  readonly hasSubscribers: boolean;
  publish(message: T): void;
}

/** What octets go over, always the same object for one connection or UDP peer. */
export interface Wire {
  /** Of the connection, unique in the process; of a datagram that of its peer. */
  readonly id: string;
  /** `udp`, `tcp`, `tls`, `ws`, `wss` or `memory`. */
  readonly transport: string;
  /** `HOST:PORT`, IPv6 without brackets; null where it is not known. */
  readonly local: string | null;
  readonly remote: string | null;
}

/** Octets of a byte stream of MSRP, as they were read or are written: any part of a frame, or several. */
export interface MsrpOctets {
  readonly wire: Wire;
  /** In order. Valid during the call: the reader's buffer is used again. */
  readonly pieces: readonly Uint8Array[];
  /** When that was, in ms since the epoch, where it is told later, as by a worker thread. @defaultValue now */
  readonly at?: number;
  /** So many reads and writes before, of this connection or others of its thread, were not told. @defaultValue 0 */
  readonly missed?: number;
}

/** One SIP message. */
export interface SipOctets {
  readonly wire: Wire;
  /** As it is on the wire; with a drachtio-server as that tells it. Valid during the call. */
  readonly octets: Uint8Array;
}

/** An endpoint asks for a place in a room, whoever sent the INVITE. */
export interface JoinTrace {
  /** Room URI. */
  readonly room: string;
  /** Authenticated URI. */
  readonly participant: string;
  readonly callId: string;
  /** Its id in `end`, when it has got its place. */
  endpoint?: string;
  /** Why not, in `error` and behind it. */
  error?: unknown;
}

/** An endpoint with its place in a room, also where nobody sees it yet. */
export interface SeatTrace {
  readonly room: string;
  /** Authenticated URI. */
  readonly participant: string;
  readonly endpoint: string;
  readonly callId: string;
  /** Our MSRP URI of its session; null while there is none. */
  readonly session: string | null;
}

/** Our end of the MSRP session of an endpoint was agreed upon by SDP, for the first time or anew. */
export interface SessionTrace extends SeatTrace {
  readonly session: string;
}

export interface LeaveTrace extends SeatTrace {
  /** `departed`, `disconnected`, `failed`, `booted`, `idle` or `replaced`. */
  readonly how: string;
  readonly reason: string;
}

export interface NicknameTrace {
  readonly room: string;
  readonly participant: string;
  readonly endpoint: string;
  /** As asked for; '' to have none. */
  readonly nickname: string;
  /** MSRP status. */
  readonly status: number;
}

/** What the switch did with one message. */
export interface MessageTrace {
  readonly room: string;
  /** Endpoint it came from. */
  readonly endpoint: string;
  readonly messageId: string;
  readonly outcome: 'broadcast' | 'private' | 'reject' | 'none' | 'aborted';
  /** MSRP status. */
  readonly status: number;
  /** Octets, as its sender announced them; null when he did not. */
  readonly size: number | null;
  /** Endpoints it went to. */
  readonly recipients: number;
  /** Type of what is in the message/cpim; null when that was not looked at. */
  readonly contentType: string | null;
}

/** The control connection to drachtio-server came, or is gone. */
export interface DrachtioTrace {
  readonly up: boolean;
  /** Why it is gone; null when it is there. */
  readonly cause: string | null;
}

const named = <T>(name: string): Hotspot<T> => channel(`drachtio-chatroom:${name}`);

export const msrpReceived = named<MsrpOctets>('msrp:received');
export const msrpSent = named<MsrpOctets>('msrp:sent');
export const sipReceived = named<SipOctets>('sip:received');
export const sipSent = named<SipOctets>('sip:sent');
export const sessions = named<SessionTrace>('session');
export const leaves = named<LeaveTrace>('leave');
export const nicknames = named<NicknameTrace>('nickname');
export const messages = named<MessageTrace>('message');
export const drachtioConnection = named<DrachtioTrace>('drachtio');

const join = tracingChannel('drachtio-chatroom:join');
/** `tracing:drachtio-chatroom:join:start`, where `traceJoin` begins. */
export const joinStart: Hotspot<JoinTrace> = join.start;

interface Joiner {
  readonly room: string;
  readonly callId: string;
  readonly identity: { readonly uri: string };
}

/**
 * Calls `admit`, around which the tracing channel `drachtio-chatroom:join` tells `start`, then `end`, between them `error` when
 * it throws; what it throws is thrown.
 */
export function traceJoin<T extends { readonly id: string }>({ room, callId, identity }: Joiner, admit: () => T): T {
  if (!join.start.hasSubscribers && !join.end.hasSubscribers && !join.error.hasSubscribers) return admit();
  const told: JoinTrace = { room, callId, participant: identity.uri };
  return join.traceSync(() => {
    const handle = admit();
    told.endpoint = handle.id;
    return handle;
  }, told);
}

/** Calls `listener` with all that is published, until what is returned is called. It must not throw. */
export function listenTo<T>({ name }: Hotspot<T>, listener: (message: T) => void): () => void {
  const take = (message: unknown): void => listener(message as T);
  subscribe(name, take);
  return () => void unsubscribe(name, take);
}
