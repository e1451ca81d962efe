/** A byte stream as the driver sees it: TCP, TLS, WebSocket or memory. */
export interface ByteStream {
  /** `tcp`, `tls`, `ws` or `memory`. */
  readonly kind: string;
  /** Address and port of the peer, for logs. */
  readonly remote: string;
  /** Octets handed over that the system has not taken yet. */
  readonly buffered: number;
  /** Writes one latin1 character an octet, or octets; false when no more should be written before `drained`. */
  write(data: string | Buffer): boolean;
  /** What is written between the two leaves in one system call where the stream can. */
  cork(): void;
  uncork(): void;
  /** Flushes what was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What a stream tells its owner. */
export interface StreamEvents {
  /** Octets that arrived; the buffer is used again as soon as the call returns. */
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
