import { type Hotspot, type SipOctets, sipReceived, sipSent } from '../../util/channels.js';
import type { Clock } from '../../util/clock.js';
import { systemClock } from '../../util/clock.js';
import type { LimitReport } from '../../util/limit-reports.js';
import { type Logger, silent } from '../../util/log.js';
import { DEFAULT_LIMITS, type MessageLimits } from '../message/index.js';
import { type Endpoint, endpointName, type Flow } from './flow.js';
import { Occupancy, type OccupancyLimits } from './occupancy.js';
import type { StreamFactory } from './streams.js';
import type { TlsOptions } from './tls-options.js';

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
  tls?: TlsOptions | undefined;
  ws?: Endpoint;
  /** Takes WebSockets that an HTTP server of somebody else hands over. @defaultValue false */
  sharedWs?: boolean;
  /** What `tcp` runs over. @defaultValue the sockets of Node */
  streams?: StreamFactory;
  clock?: Clock;
  log?: Logger;
  limits?: Partial<StreamLimits & MessageLimits>;
  /** Told of what was refused because of a limit. @defaultValue nobody is */
  limited?: (report: LimitReport) => void;
  /** Messages are told on the channels `drachtio-chatroom:sip:…`: those of the server, not of user agents beside it. @defaultValue false */
  published?: boolean;
}

/** Options with every default filled in, as the transports share them. */
export interface TransportContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: StreamLimits & MessageLimits;
  readonly limited: (report: LimitReport) => void;
  /** Of all stream transports. */
  readonly occupancy: Occupancy;
  /** To be told of each message as it comes in, and as it leaves. */
  readonly received: (flow: Flow, octets: Buffer) => void;
  readonly sent: (flow: Flow, octets: Buffer) => void;
}

export function contextOf(options: TransportOptions): TransportContext {
  const { clock = systemClock, log = silent, limited = () => {}, published = false } = options;
  const limits = { ...DEFAULT_STREAM_LIMITS, ...DEFAULT_LIMITS, ...options.limits };
  const occupancy = new Occupancy(limits, limited);
  const [received, sent] = published ? [tell(sipReceived), tell(sipSent)] : [nobody, nobody];
  return { clock, log, limits, limited, occupancy, received, sent };
}

const nobody = (): void => {};

/** Keep-alives are no messages. */
const MAX_KEEP_ALIVE = 4;

const tell =
  (channel: Hotspot<SipOctets>) =>
  (flow: Flow, octets: Buffer): void => {
    if (!channel.hasSubscribers || octets.length <= MAX_KEEP_ALIVE) return;
    const { transport } = flow;
    const [local, remote] = [endpointName(flow.local), endpointName(flow.remote)];
    channel.publish({ wire: { id: `${transport} ${remote}`, transport, local, remote }, octets });
  };
