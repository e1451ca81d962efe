import type { EndReason } from './types.js';
import type { SeenMessage } from '../focus-switch.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { Participant } from './participant.js';
import { type CreationPolicy, type FocusLimits, LIMITS, type RoomConfig } from './policy.js';
import type { Room } from './room.js';

export interface FocusOptions {
  clock: Clock;
  log: Logger;
  rooms?: {
    /** Who may bring a room into being by joining it. @defaultValue `'anyone'` */
    create?: CreationPolicy;
    /** Of every room that does not say otherwise. */
    defaults?: Partial<RoomConfig>;
    /** Rooms that exist from the start, by URI; persistent unless they say otherwise. */
    static?: Readonly<Record<string, Partial<RoomConfig>>>;
  };
  limits?: Partial<FocusLimits>;
  /** Milliseconds a nickname is held for who used it last (7701-11-04); 0 for not at all. @defaultValue 300000 */
  nicknameHold?: number;
  /** Nicknames nobody gets (7701-7.1-08). @defaultValue `['admin', 'moderator']` */
  reservedNicknames?: readonly string[];
  /** Least milliseconds between two NOTIFYs about changes to one subscriber (4575-3.9-01). @defaultValue 1000 */
  notifyInterval?: number;
  /** Octets of the largest conference-info document; beyond, fewer users are listed (SUB-11). @defaultValue no limit */
  maxDocumentSize?: number | (() => number);
  /** Milliseconds in which a re-INVITE may rescue an endpoint whose connection was lost (P-CON-03). @defaultValue 30000 */
  lossGrace?: number;
  /** Milliseconds that a room which is not persistent lives on without anybody. @defaultValue 0 */
  emptyRoomHold?: number;
  /** Tell clients that do not know rooms that this is one (7701-11-01). @defaultValue `true` */
  greetChatUnaware?: boolean;
}

export type FocusSettings = Required<Omit<FocusOptions, 'clock' | 'log' | 'rooms' | 'limits' | 'maxDocumentSize'>> & {
  maxDocumentSize: () => number;
  create: CreationPolicy;
  limits: Readonly<FocusLimits>;
};

export function settings(options: FocusOptions): FocusSettings {
  const limits = { ...LIMITS, ...present(options.limits) };
  const { maxDocumentSize = Number.POSITIVE_INFINITY } = options;
  return {
    create: options.rooms?.create ?? 'anyone',
    limits: { ...limits, maxSubscriptions: limits.maxSubscriptions ?? 4 * limits.maxParticipants },
    nicknameHold: options.nicknameHold ?? 300_000,
    reservedNicknames: options.reservedNicknames ?? ['admin', 'moderator'],
    notifyInterval: options.notifyInterval ?? 1000,
    maxDocumentSize: typeof maxDocumentSize === 'function' ? maxDocumentSize : () => maxDocumentSize,
    lossGrace: options.lossGrace ?? 30_000,
    emptyRoomHold: options.emptyRoomHold ?? 0,
    greetChatUnaware: options.greetChatUnaware ?? true,
  };
}

/** Without the members that are there but undefined, which would hide a default when spread over it. */
export const present = <T extends object>(partial: T | undefined): T =>
  Object.fromEntries(Object.entries(partial ?? {}).filter(([, value]) => value !== undefined)) as T;

/** Why a participant is no longer there. */
export interface LeaveDetails {
  how: EndReason;
  /** For people and logs. */
  reason: string;
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
  /** A message was let through. */
  message: [SeenMessage];
}
