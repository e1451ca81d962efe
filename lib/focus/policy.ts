/** What a room permits, and the refusals that follow from it. */
import type { RoomRules } from '../focus-switch.js';
import { ChatroomsError } from '../util/errors.js';

/** Configuration of one room. */
export interface RoomConfig {
  /** Shown as the room's name; null takes the user part of its URI. @defaultValue `null` */
  title: string | null;
  /** Shown as what is talked about; empty for none. @defaultValue `''` */
  subject: string;
  /** Lives on without participants. @defaultValue `false`; `true` for rooms of the configuration and of `create()` */
  persistent: boolean;
  /** Nobody may join (403, JOIN-05). @defaultValue `false` */
  locked: boolean;
  /** Participants may hide who they are; else they are refused with 433 (3323-4.2-01). @defaultValue `true` */
  allowAnonymous: boolean;
  /** NICKNAME is permitted (7701-7.1-05). @defaultValue `true` */
  allowNicknames: boolean;
  /** Participants may be addressed one by one (7701-6.2-07). @defaultValue `true` */
  allowPrivateMessages: boolean;
  /** `a=accept-wrapped-types` of the room (7701-5.2-04). @defaultValue `['*']`, any */
  acceptWrappedTypes: readonly string[];
  /** A message also reaches the sender's other endpoints. @defaultValue `true` */
  echoOwnSessions: boolean;
  /** `required`: who offers `TCP/MSRP` is refused with 488, and only TLS is offered (7701-11-06). @defaultValue `'optional'` */
  tls: 'required' | 'optional';
  /** Participants, not endpoints; at most the focus' limit, which null takes. @defaultValue `null` */
  maxParticipants: number | null;
}

export const ROOM_DEFAULTS: Readonly<RoomConfig> = {
  title: null,
  subject: '',
  persistent: false,
  locked: false,
  allowAnonymous: true,
  allowNicknames: true,
  allowPrivateMessages: true,
  acceptWrappedTypes: ['*'],
  echoOwnSessions: true,
  tls: 'optional',
  maxParticipants: null,
};

/** Who may bring a room into being by joining it. */
export type CreationPolicy = 'anyone' | 'nobody';

/** Bounds of the whole focus. */
export interface FocusLimits {
  /** @defaultValue 10000 */
  maxRooms: number;
  /** Of one room. @defaultValue 2000 */
  maxParticipants: number;
  /** Of one participant in one room. @defaultValue 16 */
  maxEndpointsPerParticipant: number;
  /** Conference-event subscriptions of one room. @defaultValue 4 × maxParticipants (SUB-20) */
  maxSubscriptions: number;
}

export const LIMITS: Readonly<Omit<FocusLimits, 'maxSubscriptions'>> = {
  maxRooms: 10_000,
  maxParticipants: 2000,
  maxEndpointsPerParticipant: 16,
};

/** What of it the media plane has to know. */
export const rulesOf = (config: Readonly<RoomConfig>): RoomRules => ({
  privateMessages: config.allowPrivateMessages,
  nicknames: config.allowNicknames,
  acceptWrappedTypes: config.acceptWrappedTypes,
  echoOwnSessions: config.echoOwnSessions,
});

/** The refusals of the focus, with the SIP status each becomes. */
export const refusal = {
  /** 4353-5.4-01, JOIN-02: 404 and nothing else makes a handset restart its group. */
  unknownRoom: (uri: string) =>
    new ChatroomsError(
      'CHAT_ERR_ROOM_UNKNOWN',
      `There is no room ${uri}, and policy lets nobody create it by joining.`,
      {
        sipStatus: 404,
      },
    ),
  /** JOIN-05. */
  locked: (uri: string) =>
    new ChatroomsError('CHAT_ERR_ROOM_LOCKED', `Room ${uri} is locked; unlock it to let others join.`, {
      sipStatus: 403,
    }),
  /** 3323-4.2-01: 433 of RFC 5079. */
  anonymous: (uri: string) =>
    new ChatroomsError('CHAT_ERR_ANONYMITY_DISALLOWED', `Room ${uri} does not take anonymous participants.`, {
      sipStatus: 433,
    }),
  /** Nobody may speak for the room or without a URI. */
  identity: (uri: string) =>
    new ChatroomsError('CHAT_ERR_IDENTITY', `${JSON.stringify(uri)} cannot be a participant of this room.`, {
      sipStatus: 403,
    }),
  /** JOIN-06. */
  full: (uri: string, limit: number) =>
    new ChatroomsError('CHAT_ERR_ROOM_FULL', `Room ${uri} has its ${limit} participants (maxParticipants).`, {
      sipStatus: 486,
    }),
  endpoints: (uri: string, limit: number) =>
    new ChatroomsError(
      'CHAT_ERR_TOO_MANY_ENDPOINTS',
      `The participant is in room ${uri} with ${limit} endpoints already (maxEndpointsPerParticipant).`,
      { sipStatus: 486 },
    ),
  /** The request was fine and may be fine later; a proxy must not take the whole server for broken (503). */
  rooms: (limit: number) =>
    new ChatroomsError('CHAT_ERR_TOO_MANY_ROOMS', `There are ${limit} rooms already (maxRooms).`, { sipStatus: 480 }),
  subscriptions: (uri: string, limit: number) =>
    new ChatroomsError('CHAT_ERR_TOO_MANY_SUBSCRIPTIONS', `Room ${uri} has ${limit} subscribers (maxSubscriptions).`, {
      sipStatus: 480,
    }),
  draining: () =>
    new ChatroomsError('CHAT_ERR_DRAINING', 'The server is about to stop and takes no new participants.', {
      sipStatus: 503,
    }),
  roomUri: (uri: string) =>
    new ChatroomsError('CHAT_ERR_ROOM_URI', `${JSON.stringify(uri)} is no room URI; write sip:NAME@domain.`),
  roomExists: (uri: string) => new ChatroomsError('CHAT_ERR_ROOM_EXISTS', `Room ${uri} exists already.`),
} as const;
