/** The media half of the server: listeners, connections and the switch behind them, wherever they run. */
import type { SwitchControl, SwitchEvents } from '../focus-switch.js';
import type { LocalSession } from '../sdp/index.js';
import type { CongestionTotals, SwitchLoad } from '../switch/switch.js';
import type { CertificateFiles } from '../transport/certificate.js';
import type { TlsCredentials } from '../transport/tls-credentials.js';
import type { UpgradeRequest } from '../transport/ws-upgrades.js';
import type { TrafficTotals } from '../switch/traffic.js';
import type { Listening, MsrpLimits } from './options.js';

/** Our ends of a session, for each transport its peer may choose. */
export type SessionEnds = Pick<LocalSession, 'tcp' | 'tls' | 'ws' | 'plainWs'>;

/** What there is at the moment, and what was counted since the start. */
export interface MediaStats extends SwitchLoad {
  /** MSRP connections. */
  connections: number;
  /** MSRP sessions, bound to one of them or not. */
  sessions: number;
  congestion: CongestionTotals;
  traffic: TrafficTotals;
  /** Octets of MSRP on the wire, below TLS and WebSocket framing: read, and handed to sockets. */
  octets: { in: number; out: number };
  /**
   * Requests refused before any room saw them, by the status that was decided, whether or not their sender heard of it: 400 and
   * 424 malformed, 403 one session too many, 481 no such session, 501 a method there is not, 506 a session of another connection.
   */
  refusedRequests: Readonly<Record<string, number>>;
}

export interface MediaPlane {
  /** The switch. */
  readonly control: SwitchControl;
  /** The focus; set by the composition root, before `listen`. */
  events: SwitchEvents;
  readonly stats: MediaStats;
  /** Milliseconds by which the latest of its own threads was late, the mean of a second; 0 where it has none. */
  readonly delay: number;
  /** Octets of the objects and buffers of its own threads, which are not among those of this one; 0 where it has none. */
  readonly memory: number;
  /** What TLS shows, and whom it believes; undefined without TLS, and before `listen`. */
  readonly credentials: TlsCredentials | undefined;
  /**
   * Starts the listeners. Rejects with Node's error, its `listener` saying which, when a port cannot be had, and with a
   * ChatroomsError `CHAT_ERR_TLS_CERTIFICATE` when the certificate cannot be used; then nothing listens.
   */
  listen(): Promise<Listening>;
  /** Where the peer of a new session in `room` is to connect to; only after `listen`. */
  ends(room: string): SessionEnds;
  /** Other ends for a session in `room` whose own are no more; null while they serve. */
  moved(room: string, ends: SessionEnds): SessionEnds | null;
  /**
   * Our session `uri` is being offered: what the peer says in it waits, for 10 s at most, until `addEndpoint` or until what
   * is returned is called (RFC 3264 §5.1).
   */
  announce(uri: string): () => void;
  /**
   * Takes over a connection of an HTTP server that asks for MSRP over WebSocket (`msrp.sharedWs`), and answers it, if need
   * be with an error.
   */
  upgrade(asked: UpgradeRequest): void;
  /** Other limits, for what comes from now on; what is left out has its default again. */
  adjust(limits: MsrpLimits): void;
  /**
   * Reads the certificate again. Rejects with a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE`; the old one stays then.
   * @param files where it is from now on; null for nowhere, so that one is made. @defaultValue where it was
   */
  reloadCertificate(files?: CertificateFiles | null): Promise<void>;
  /** Flushes and closes; every endpoint was removed before. */
  close(): Promise<void>;
}
