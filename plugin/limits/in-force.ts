/** Which limits hold: those given, else the defaults, of which some need strangers to be of use. */
import type { ChatServerOptions, SendRates } from '../../lib/chat-server.js';
import type { Rate } from '../../lib/util/token-bucket.js';
import { isLoopback } from '../sip/host-port.js';
import type { ChatroomSettings } from '../options/options.js';

/** People write less, and programs that write for them seldom more. Nobody sees a room in which everybody does. */
const MESSAGES_PER_SECOND = 20;
/** Somebody who pastes, or whose network was gone for a while. */
const MESSAGE_BURSTS = 5;
/** A line of 16 Mbit/s; a room of a thousand multiplies it by as many. */
const BYTES_PER_SECOND = 2_097_152;
/** The largest message by default, and half of one. */
const BYTES_BURSTS = 8;
const JOINS_PER_SECOND = 50;
/** An office behind one address whose network comes back. */
const JOIN_BURSTS = 4;
const UNBOUND_PER_ADDRESS = 100;

/** Octets that what is under way may hold where nothing else is said, and the part of `maxMemory` that it may be. */
const UNDER_WAY = 268_435_456;
const PART_OF_MEMORY = 16;

const NONE = Number.POSITIVE_INFINITY;

type MsrpSettings = ChatroomSettings['msrp'];

/**
 * Nobody but this machine can connect to any MSRP listener, directly or through something in front of it. As with `auth: open`,
 * what keeps strangers from overdoing it is not needed then, and would only be in the way of tests and load generators.
 */
export function isForThisMachine({ listen, advertise, tls, ws, wss, sharedWs }: MsrpSettings): boolean {
  const addresses = [listen, tls?.listen, ws?.listen, wss?.listen, ws?.advertise, wss?.advertise, sharedWs];
  const pages = sharedWs?.origins?.map((origin) => new URL(origin).hostname.replace(/^\[|\]$/g, '')) ?? [];
  const hosts = [...addresses.map((at) => at?.host), ...pages, advertise];
  return hosts.every((host) => host === undefined || isLoopback(host));
}

/** How fast one participant may send; undefined: as fast as he can. */
export function sendRates({ limits, msrp }: Pick<ChatroomSettings, 'limits' | 'msrp'>): SendRates | undefined {
  const isOpen = isForThisMachine(msrp);
  const messages = rateOf(
    limits.messagesPerSecond ?? (!isOpen && MESSAGES_PER_SECOND),
    limits.messageBurst,
    MESSAGE_BURSTS,
  );
  const bytes = rateOf(limits.bytesPerSecond ?? (!isOpen && BYTES_PER_SECOND), limits.bytesBurst, BYTES_BURSTS);
  if (!messages && !bytes) return undefined;
  return {
    messagesPerSecond: messages?.perSecond ?? NONE,
    messageBurst: messages?.burst ?? NONE,
    bytesPerSecond: bytes?.perSecond ?? NONE,
    bytesBurst: bytes?.burst ?? NONE,
  };
}

/** How fast one address may join; undefined: as fast as it can. */
export function joinRate({ limits, msrp }: Pick<ChatroomSettings, 'limits' | 'msrp'>): Rate | undefined {
  return rateOf(limits.joinsPerSecond ?? (!isForThisMachine(msrp) && JOINS_PER_SECOND), limits.joinBurst, JOIN_BURSTS);
}

/** What of it is for the MSRP side. */
export function msrpLimits(settings: ChatroomSettings): Partial<ChatServerOptions['msrp']> {
  const { limits, msrp } = settings;
  // The address of a proxy in front is that of everybody.
  const isOpen = isForThisMachine(msrp) || msrp.ws?.advertise !== undefined || msrp.sharedWs?.origins !== undefined;
  const perAddress = limits.maxUnboundPerAddress ?? (isOpen ? false : UNBOUND_PER_ADDRESS);
  return {
    maxMessageSize: limits.maxMessageSize,
    maxPendingBytes: limits.maxPendingBytes,
    maxTotalPendingBytes: limits.maxTotalPendingBytes ?? underWay(limits),
    largeMessage: limits.largeMessage,
    maxPartialMessages: limits.maxPartialMessages,
    maxPartialBytes: limits.maxPartialBytes ?? underWay(limits),
    slowReader: limits.slowReader,
    congestionTimeout: limits.congestionTimeout,
    maxSpoolBytes: limits.maxSpoolBytes,
    spoolDirectory: limits.spoolDirectory,
    maxConnections: limits.maxConnections,
    maxUnboundConnections: limits.maxUnboundConnections,
    maxUnboundPerAddress: perAddress === false ? undefined : perAddress,
    maxSessionsPerConnection: limits.maxSessionsPerConnection,
    maxHeaderLines: limits.maxHeaderLines,
    rates: sendRates(settings),
  };
}

/** What of it is for the focus. */
export function focusLimits({ limits }: Pick<ChatroomSettings, 'limits'>): ChatServerOptions['limits'] {
  const { maxRooms, maxParticipants, maxEndpointsPerParticipant, maxBans, maxSubscriptions } = limits;
  return { maxRooms, maxParticipants, maxEndpointsPerParticipant, maxBans, maxSubscriptions };
}

/**
 * So little that with both full, beside the program, the garbage of both and what is being written, the server need not
 * refuse anybody: what stopped readers keep waiting does not go away by that.
 */
const underWay = ({ maxMemory = Number.POSITIVE_INFINITY }: ChatroomSettings['limits']): number =>
  Math.min(UNDER_WAY, Math.floor(maxMemory / PART_OF_MEMORY));

/** A burst that was not given is so many seconds' worth. */
function rateOf(perSecond: number | false, burst: number | undefined, bursts: number): Rate | undefined {
  return perSecond === false ? undefined : { perSecond, burst: burst ?? Math.max(1, perSecond * bursts) };
}
