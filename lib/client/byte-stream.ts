import type { ExpectedFingerprint } from '../sdp/index.js';

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

export interface ByteStreamDelegate {
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  /** Called once, last, for whatever reason. */
  onClose(cause?: Error): void;
}

export interface StreamTarget {
  /** Name or address, without brackets. */
  host: string;
  port: number;
  /** TLS (`msrps`). */
  secure: boolean;
  /** From the peer's SDP (RFC 8122); null: its certificate is checked by PKI rules. */
  fingerprint: ExpectedFingerprint | null;
}

export interface MsrpTransport {
  /** @throws ChatroomsError `CHAT_ERR_MSRP_UNREACHABLE`, `CHAT_ERR_CERTIFICATE` */
  connect(target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream>;
}
