import type { Clock } from '../../util/clock.js';
import { systemClock } from '../../util/clock.js';
import type { LimitReport } from '../../util/limit-reports.js';
import { type Logger, silent } from '../../util/log.js';
import { DEFAULT_LIMITS, type MessageLimits } from '../message/index.js';
import type { Endpoint } from './flow.js';
import { Occupancy, type OccupancyLimits } from './occupancy.js';

/** Bounds of the stream transports. */
export interface StreamLimits extends OccupancyLimits {
  /** Bytes queued towards a peer that does not read, before its connection is closed. @defaultValue 16777216 */
  maxQueued: number;
  /** Milliseconds a peer may leave queued bytes unread. @defaultValue 30000 */
  writeTimeout: number;
  /** Milliseconds a peer may take to complete a message it began. @defaultValue 30000 */
  messageTimeout: number;
  /** Milliseconds without a byte in either direction before a connection is closed. @defaultValue 3600000 */
  idleTimeout: number;
  /** Milliseconds to wait for a connection we open. @defaultValue 5000 */
  connectTimeout: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: undefined,
  maxQueued: 16 * 1024 * 1024,
  writeTimeout: 30_000,
  messageTimeout: 30_000,
  // Longer than the usual session timer, so that a quiet dialog keeps its connection.
  idleTimeout: 3_600_000,
  connectTimeout: 5_000,
};

/** Where to listen; port 0 takes a free one, the same for UDP and TCP on one host. */
export interface TransportOptions {
  udp?: Endpoint;
  tcp?: Endpoint;
  ws?: Endpoint;
  clock?: Clock;
  log?: Logger;
  limits?: Partial<StreamLimits & MessageLimits>;
  /** Told of what was refused because of a limit. @defaultValue nobody is */
  limited?: (report: LimitReport) => void;
}

/** Options with every default filled in, as the transports share them. */
export interface TransportContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: StreamLimits & MessageLimits;
  readonly limited: (report: LimitReport) => void;
  /** Of all stream transports. */
  readonly occupancy: Occupancy;
}

export function contextOf(options: TransportOptions): TransportContext {
  const { clock = systemClock, log = silent, limited = () => {} } = options;
  const limits = { ...DEFAULT_STREAM_LIMITS, ...DEFAULT_LIMITS, ...options.limits };
  return { clock, log, limits, limited, occupancy: new Occupancy(limits, limited) };
}
