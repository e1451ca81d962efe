/** How and where MSRP is spoken. */
import type { SessionMatch } from '../msrp/index.js';
import type { SlowReaderPolicy } from '../switch/congestion.js';
import type { SendRates } from '../switch/rate.js';
import type { ConnectRules } from '../transport/connect-policy.js';
import type { Resolve } from '../transport/same-host.js';
import type { BindSource } from '../transport/trust.js';

export interface Address {
  host: string;
  port: number;
}

/** MSRP over TLS. */
export interface TlsOptions {
  /** Where to listen; port 0 takes a free one. */
  listen: Address;
  /** PEM files; without them a self-signed certificate is made at start. */
  files?: { cert: string; key: string };
  /** PEM file of further CAs that those we connect to may have their certificate from. */
  ca?: string;
  /** OpenSSL list of cipher suites. @defaultValue AEAD suites of TLS 1.2 and 1.3 */
  ciphers?: string;
}

/** MSRP over WebSocket (RFC 7977). */
export interface WebSocketOptions {
  /** Where to listen; port 0 takes a free one. */
  listen: Address;
  /** Where peers connect to. @defaultValue `MsrpOptions.advertise`, and the port listened on */
  advertise?: Address;
  /** Origins of the pages let in, like `https://chat.example.com`. @defaultValue any */
  origins?: readonly string[];
}

/** MSRP over WebSocket on an HTTP server that is not ours. */
export interface SharedWsOptions {
  /** Where that server is reached; asked when MSRP begins to listen. */
  advertise: () => Address;
  /** Also without TLS in front of it (7977-5.1-02). @defaultValue whether only this machine gets there */
  plain?: boolean;
  /** Origins of pages let in beside those of that server itself. @defaultValue none */
  origins?: readonly string[];
}

/** What one of several workers has of it. */
export interface BehindWsOptions {
  /** Where it takes from the main thread what was handed over: on the loopback interface. */
  listen: Address;
  origins?: readonly string[];
}

/** Where MSRP listens. */
export interface Listening {
  tcp: Address;
  tls?: Address;
  ws?: Address;
  wss?: Address;
  /** On an HTTP server of somebody else. */
  sharedWs?: Address;
  /** What the main thread passes on of that. */
  behindWs?: Address;
  /** Of the workers after the first, where there are several. */
  others?: readonly Listening[];
}

export interface MsrpOptions {
  /** Where to listen for MSRP over TCP; port 0 takes a free one. */
  listen: Address;
  /** Host written into `a=path`. @defaultValue the address listened on; for a wildcard the machine's first address */
  advertise?: string;
  /** MSRP over TLS beside it. @defaultValue none */
  tls?: TlsOptions;
  /**
   * MSRP over plain WebSocket: with `advertise` behind something that ends TLS there, without it for this machine alone
   * (7977-5.1-02). @defaultValue none
   */
  ws?: WebSocketOptions;
  /** MSRP over WebSocket with the certificate of `tls`, without which it is not opened. @defaultValue none */
  wss?: WebSocketOptions;
  /** MSRP over WebSocket on an HTTP server that hands connections over (`MediaPlane.upgrade`). @defaultValue none */
  sharedWs?: SharedWsOptions;
  /** In its place, of one of several workers. @defaultValue none */
  behindWs?: BehindWsOptions;
  /** Where we open connections to, when peers wait for us. @defaultValue as `ConnectPolicy` says */
  connect?: ConnectRules;
  /** From where peers may bind their sessions. @defaultValue `'any'` */
  bindSource?: BindSource;
  /** How a To-Path finds its session. @defaultValue `'uri'` */
  sessionMatch?: SessionMatch;
  /** Sessions may be anchored at a middlebox: RFC 6714. @defaultValue `false` */
  cema?: boolean;
  /** For CEMA, which compares hosts by address. @defaultValue the resolver of the system */
  resolve?: Resolve;
  /** Octets of the largest message taken; also written as `a=max-size`. @defaultValue 10485760 (P-LIM-06) */
  maxMessageSize?: number;
  /** Octets of the largest message while there is more to do than can be done in time. @defaultValue 65536 */
  largeMessage?: number;
  /** Octets that may wait for one slow reader. @defaultValue 16777216 */
  maxPendingBytes?: number;
  /** Octets that messages on their way may hold in memory, for all readers. @defaultValue 268435456 */
  maxTotalPendingBytes?: number;
  /** Messages of one session that have begun and not ended. @defaultValue 32 (P-RX-02) */
  maxPartialMessages?: number;
  /** Octets that the unfinished messages of all sessions may hold. @defaultValue 268435456 (P-RX-02) */
  maxPartialBytes?: number;
  /** How fast a participant may send. @defaultValue as fast as he can */
  rates?: SendRates | undefined;
  /** Connections at once. @defaultValue 10000 */
  maxConnections?: number;
  /** Those on which no session is bound yet; the oldest of more are closed. @defaultValue 1000 */
  maxUnboundConnections?: number;
  /** The same from one address, or one /64 of IPv6. @defaultValue no other limit */
  maxUnboundPerAddress?: number | undefined;
  /** Sessions bound to one connection, as relays have them. @defaultValue 1000 */
  maxSessionsPerConnection?: number;
  /** Header lines of a frame. @defaultValue 64 (P-LIM-02) */
  maxHeaderLines?: number;
  /**
   * What becomes of messages for a reader with 80 % of that waiting: `drop` none is delivered, and it is told how many
   * when it has caught up; `skip-large` only small ones are; `disconnect` ends it with BYE at once. @defaultValue 'drop'
   */
  slowReader?: SlowReaderPolicy;
  /** A reader in that state for so many ms gets BYE, and so does one that takes nothing at all. @defaultValue 180000 */
  congestionTimeout?: number;
  /** Octets of the temporary files that keep large messages for slow readers; 0 for none. @defaultValue 4294967296 */
  maxSpoolBytes?: number;
  /** Where those files are. @defaultValue the system's directory for temporary files */
  spoolDirectory?: string;
  /** Take a Message-ID of up to 64 characters. @defaultValue `false` */
  lenientMessageId?: boolean;
}

/** What of it can change while the server runs. */
export type MsrpLimits = Omit<
  MsrpOptions,
  | 'listen'
  | 'advertise'
  | 'tls'
  | 'ws'
  | 'wss'
  | 'sharedWs'
  | 'behindWs'
  | 'bindSource'
  | 'sessionMatch'
  | 'cema'
  | 'resolve'
>;

/** P-LIM-06. */
export const MAX_MESSAGE_SIZE = 10_485_760;
/** What all sessions together may hold; several threads share it. */
export const SHARED_DEFAULTS = {
  maxPartialBytes: 268_435_456,
  maxTotalPendingBytes: 268_435_456,
  maxConnections: 10_000,
  /** More than come back at once when a network does, and few enough to hold. */
  maxUnboundConnections: 1000,
} as const;
