/** What a message travels over; the Via transport token in lower case. */
export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** A numeric address and port; IPv6 without brackets. */
export interface Endpoint {
  host: string;
  port: number;
}

/**
 * A way to one peer: a connection, or for UDP a local socket and the peer's address (the flow of RFC 5626 §3.1).
 * A dialog keeps the flow it arrived on, since a peer behind a NAT or in a browser has no other.
 */
export interface Flow {
  readonly transport: TransportName;
  /** Reliable transports need no retransmission (RFC 3261 §17). */
  readonly reliable: boolean;
  /** What the peer can send requests to, and what Via and Contact say. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly closed: boolean;
  /** Queues one whole message. `failed` is called at most once, later, if it could not be sent. */
  send(message: Buffer, failed?: (error: Error) => void): void;
}

/** Where there are listeners. */
export type Addresses = Partial<Record<Exclude<TransportName, 'wss'>, Endpoint>>;

/** A peer's numeric address and how to reach it. */
export interface Hop extends Endpoint {
  transport: TransportName;
  /** Of TLS: whose certificate the peer has to show, the host of the URI. @defaultValue `host` */
  name?: string;
}

export const isReliable = (transport: TransportName): boolean => transport !== 'udp';

export const isTransportName = (text: string): text is TransportName => /^(udp|tcp|tls|ws|wss)$/.test(text);

/** RFC 3261 §19.1.2, RFC 7118 §5: 5061 for TLS; WebSockets use those of HTTP. */
export const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
};

/** RFC 3261 §26.2.1: the hop is secured by TLS. */
export const isSecure = (transport: TransportName): boolean => transport === 'tls' || transport === 'wss';

/** As it is told to people; IPv6 as it is in `Endpoint`. */
export const endpointName = ({ host, port }: Endpoint): string => `${host}:${port}`;

export const endpointKey = ({ host, port }: Endpoint): string => `${host}|${port}`;
