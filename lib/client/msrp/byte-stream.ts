import type { DigestAlgorithm } from '../../msrp/index.js';
import type { ExpectedFingerprint, Fingerprint } from '../../sdp/index.js';

/** One reliable byte stream to an MSRP peer: TCP or TLS in Node, a WebSocket in a browser. */
export interface ByteStream {
  /** Octets accepted by `write` that the network has not taken yet. */
  readonly pending: number;
  /** Whether `write` is welcome; when it turns false, `onDrain` says that it is again. */
  readonly writable: boolean;
  write(bytes: Uint8Array): void;
  /** Stops reading until `resume`, where a stream can do that. */
  pause?(): void;
  resume?(): void;
  /** Ends the stream after what was written; `onClose` follows. */
  close(): void;
  /** Drops the stream at once; `onClose` follows. */
  destroy(): void;
}

/** What a stream tells who uses it. */
export interface ByteStreamDelegate {
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  /** Called once, last, for whatever reason. */
  onClose(cause?: Error): void;
}

/** Where to connect to, and whom to find there. */
export interface StreamTarget {
  /** Name or address, without brackets. */
  host: string;
  port: number;
  /** TLS (`msrps`). */
  secure: boolean;
  /** From the peer's SDP (RFC 8122); null: its certificate is checked by PKI rules. */
  fingerprint: ExpectedFingerprint | null;
  /** Name the certificate has to be good for. @defaultValue `host` */
  serverName?: string;
  /** Show our certificate, because our SDP names its fingerprint (8122-6.2-01). @defaultValue false */
  presentCertificate?: boolean;
}

/** Where to wait for the room, and for whom. */
export interface ListenOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
  secure: boolean;
  /** A stream somebody opened. @returns what it tells; undefined drops it */
  accept(stream: ByteStream): ByteStreamDelegate | undefined;
}

/** Waits on one port for one peer. */
export interface StreamListener {
  readonly port: number;
  /**
   * The peer's SDP is known: its streams are read from now on, over TLS only those whose certificate matches; null:
   * none is asked for (8122-6.2-02, A-15).
   */
  expect(fingerprint: ExpectedFingerprint | null): void;
  /** Accepts no more; streams that were accepted go on. */
  close(): void;
}

/** How a participant gets its byte streams. */
export interface MsrpTransport {
  /** What its streams are; the own URI says so (7977-5.2-02). @defaultValue `tcp` */
  readonly carrier?: 'tcp' | 'ws';
  /**
   * Whether only asking the room shows that a connection is gone: nothing below MSRP finds it soon.
   * @defaultValue false
   */
  readonly needsKeepAlive?: boolean;
  /** @throws ChatroomsError `CHAT_ERR_MSRP_UNREACHABLE`, `CHAT_ERR_CERTIFICATE` */
  connect(target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream>;
  /** Waits for streams; absent where that is not possible. */
  listen?(options: ListenOptions): Promise<StreamListener>;
  /** Of the certificate shown in TLS (8122-5-02); absent, or empty, where there is none. */
  fingerprints?(): Promise<readonly Fingerprint[]>;
  /** Absent where there is no MD5, which relays ask for (RFC 4976 §9.1). */
  hash?(algorithm: DigestAlgorithm, text: string): string;
  /** Hosts and ports for the domain of a relay (RFC 4976 §8), in the order to try; empty: none is named. */
  locateRelay?(domain: string): Promise<readonly { host: string; port: number }[]>;
}
