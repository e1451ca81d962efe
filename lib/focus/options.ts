import type { EndReason } from './types.js';
import type { RefusedRequest, SeenMessage } from '../focus-switch.js';
import type { Clock } from '../util/clock.js';
import type { LimitReport } from '../util/limit-reports.js';
import type { Logger } from '../util/log.js';
import type { RoomGate } from './gate.js';
import type { AuditEntry } from './moderation/acts.js';
import type { Endpoint } from './endpoint.js';
import type { Participant } from './participant.js';
import {
  type CreationPolicy,
  type FocusLimits,
  LIMITS,
  present,
  type RoomConfig,
  type RoomConfigChange,
} from './policy.js';
import type { Room } from './room.js';

export interface FocusOptions {
  clock: Clock;
  log: Logger;
  rooms?: {
    /** Who may bring a room into being by joining it. @defaultValue `'anyone'` */
    create?: CreationPolicy;
    /** Of every room that does not say otherwise. */
    defaults?: RoomConfigChange;
    /** Rooms that exist from the start, by URI; they never end unless they say otherwise. */
    static?: Readonly<Record<string, RoomConfigChange>>;
  };
  limits?: Partial<FocusLimits>;
  /** Whether the way of NOTIFYs is free; while not, news wait. @defaultValue always */
  mayNotify?: () => boolean;
  /** Octets of the largest conference-info document; beyond, fewer users are listed (SUB-11). @defaultValue no limit */
  maxDocumentSize?: number | (() => number);
  /** Milliseconds in which a re-INVITE may rescue an endpoint whose connection was lost (P-CON-03). @defaultValue 30000 */
  lossGrace?: number;
  /** Asked about messages before they are passed on. @defaultValue nobody is */
  gate?: RoomGate;
  /** Told that a participant went beyond a limit. @defaultValue nobody is */
  limited?: (report: LimitReport, times?: number) => void;
}

export type FocusSettings = Required<
  Omit<FocusOptions, 'clock' | 'log' | 'rooms' | 'limits' | 'maxDocumentSize' | 'mayNotify' | 'gate' | 'limited'>
> & {
  maxDocumentSize: () => number;
  create: CreationPolicy;
  /** The very object that all rooms look at: it changes with the options. */
  limits: FocusLimits;
};

/** What can change while the focus runs; what is left out has its default again. */
export type FocusAdjustments = Pick<FocusOptions, 'limits' | 'rooms'>;

export function settings(options: FocusOptions): FocusSettings {
  const { maxDocumentSize = Number.POSITIVE_INFINITY } = options;
  return {
    create: options.rooms?.create ?? 'anyone',
    limits: limitsOf(options.limits),
    maxDocumentSize: typeof maxDocumentSize === 'function' ? maxDocumentSize : () => maxDocumentSize,
    lossGrace: options.lossGrace ?? 30_000,
  };
}

export function limitsOf(given: FocusOptions['limits']): FocusLimits {
  const limits = { ...LIMITS, ...present(given) };
  return { ...limits, maxSubscriptions: limits.maxSubscriptions ?? 4 * limits.maxParticipants };
}

/** Why a participant is no longer there. */
export interface LeaveDetails {
  how: EndReason;
  /** For people and logs. */
  reason: string;
  /** The nickname others saw until then. */
  nickname: string | null;
  /** The name others saw until then. */
  name: string | null;
}

/** What the focus tells the program. */
export interface FocusEvents {
  roomCreated: [Room];
  roomClosed: [Room, string];
  /** The participant's first endpoint joined. */
  join: [Room, Participant];
  /** The participant's last endpoint is gone. */
  leave: [Room, Participant, LeaveDetails];
  /** What others see as nickname changed. */
  nickname: [Room, Participant, { old?: string; new?: string }];
  /**
   * Its snapshot is another now (BYE-14). Comes often; the last one of a room that closes because the server stops
   * (`Focus.stopping`) before it is closed.
   */
  changedDurably: [Room];
  /** The server stops: every room is about to close. */
  stopping: [];
  /** Its configuration changed; the one before. */
  configured: [Room, Readonly<RoomConfig>];
  /** An endpoint of the participant reads too slowly now, or no more (7701-6.4-01); so many octets wait for it. */
  congestion: [Room, Participant, { congested: boolean; pendingBytes: number }];
  /** A request by MSRP was refused; of an endpoint that has many refused in a row only some are told. */
  refused: [Room, Participant, Endpoint, RefusedRequest];
  /** Somebody moderated, or tried to. */
  audit: [Room, AuditEntry];
  /** A message was let through that the switch told of: `watchAll` and `watchRoom` ask for it, and so do rooms with a history. */
  message: [SeenMessage];
  /** A message was added to the history of the room. */
  recorded: [Room];
}
