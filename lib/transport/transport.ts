import type { ExpectedFingerprint } from '../sdp/index.js';

/** A byte stream as the driver sees it: TCP, TLS, WebSocket or memory. */
export interface ByteStream {
  /** `tcp`, `tls`, `ws`, `wss` (TLS ends here or in front of us) or `memory`. */
  readonly kind: string;
  /** What TLS found out about the peer; absent where there is no TLS, or where somebody in front of us ends it. */
  readonly tls?: PeerTls;
  /** Address and port of the peer, for logs. */
  readonly remote: string;
  /** Our address and port, for traces; absent where there is none. */
  readonly local?: string;
  /** Octets handed over that the system has not taken yet. */
  readonly buffered: number;
  /** There on a stream that carries every MSRP frame in a message of its own; the driver then writes by it alone. */
  readonly framing?: Framing;
  /**
   * Writes one latin1 character an octet, or octets, which must not change as long as `buffered` counts them; false when
   * no more should be written before `drained`.
   */
  write(data: string | Buffer): boolean;
  /** What is written between the two leaves in one system call where the stream can. */
  cork(): void;
  uncork(): void;
  /** Reads no more until `resume`: what the peer sends waits in its own system. */
  pause(): void;
  resume(): void;
  /** Flushes what was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/**
 * RFC 7977 §5.1: "Each MSRP chunk MUST be carried within a single WebSocket message, and a WebSocket message MUST NOT
 * contain more than one MSRP chunk."
 */
export interface Framing {
  /** A chunk that may be cut ends after about so many octets of body. */
  readonly chunkSize: number;
  /** Writes a part of a frame, `last` its end. False when no more should be written before `drained`. */
  writePart(part: string | Buffer, last: boolean): boolean;
}

/** The peer as TLS shows it. */
export interface PeerTls {
  /** DER of the certificate it presented; null when it presented none. */
  readonly certificate: Buffer | null;
  /** Its chain leads to a CA we trust and, where we are the client, it names the host we meant. */
  readonly authorized: boolean;
}

/** What a stream tells its owner. */
export interface StreamEvents {
  /**
   * Octets that arrived, with `framing` one whole message; the buffer is used again as soon as the call returns.
   */
  data(bytes: Buffer): void;
  /** More may be written. */
  drained(): void;
  /** The peer sends nothing more; it may still read. */
  ended(): void;
  /** Called once. */
  closed(): void;
}

/** Takes a new stream and returns who listens to it. */
export type Accept = (stream: ByteStream) => StreamEvents;

export interface Endpoint {
  host: string;
  port: number;
}

/** Where to open a connection. */
export interface ConnectTarget extends Endpoint {
  tls: boolean;
  /** Host the certificate has to name: that of the URI, which CEMA lets be another than the one connected to. */
  name: string;
  /** What the certificate has to match; null = it names `name` and chains to a trusted CA (4975-5.4-12). */
  fingerprint: ExpectedFingerprint | null;
}

/** Why there is no connection. */
export type ConnectFailure =
  /** Nobody there, no TLS, or too late. */
  | 'connect-failed'
  /** Somebody is there, and it is not the one its SDP promised. */
  | 'bad-certificate';

/** Where a listener hands its streams over. */
export interface Door {
  readonly accept: Accept;
  /** False: there are too many connections, and this one is closed at once. */
  admits(remote: string | undefined): boolean;
  /** There are too many connections that have not finished their handshake, and this one is closed. */
  crowded?(remote: string | undefined): void;
  /** A listener that listens no more of itself. */
  failed(error: Error): void;
}

/** Takes connections of one kind at one address. */
export interface Listener {
  /** The address listened on, as bound. Only after `listen`. */
  readonly address: Endpoint;
  /** Rejects with Node's error when the port cannot be had. */
  listen(): Promise<Endpoint>;
  /** Takes no more connections; those there are stay. */
  close(): Promise<void>;
}
