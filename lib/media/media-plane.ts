/** The media half of the server: listeners, connections and the switch behind them, wherever they run. */
import type { SwitchControl, SwitchEvents } from '../focus-switch.js';
import type { LocalSession } from '../sdp/index.js';
import type { CongestionTotals, SwitchLoad } from '../switch/switch.js';
import type { Listening } from './options.js';

/** Our ends of a session, for each transport its peer may choose. */
export type SessionEnds = Pick<LocalSession, 'tcp' | 'tls' | 'ws' | 'plainWs'>;

/** What there is at the moment, and what congestion came to since the start. */
export interface MediaStats extends SwitchLoad {
  /** MSRP connections. */
  connections: number;
  /** MSRP sessions, bound to one of them or not. */
  sessions: number;
  congestion: CongestionTotals;
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
  /** Of the certificate that connections get from now on; undefined without TLS. */
  readonly fingerprint: LocalSession['fingerprint'];
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
  /** Reads the certificate again. Rejects with a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE`; the old one stays then. */
  reloadCertificate(): Promise<void>;
  /** Flushes and closes; every endpoint was removed before. */
  close(): Promise<void>;
}
