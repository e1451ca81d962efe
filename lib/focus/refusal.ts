/** Why the focus refuses, and what that becomes in SIP. */
import { ChatroomsError } from '../util/errors.js';

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
      warning: 'Conference is locked',
    }),
  /** JOIN-03, REF-14. */
  banned: (uri: string) =>
    new ChatroomsError('CHAT_ERR_BANNED', `You were removed from room ${uri} and may not come back (bans).`, {
      sipStatus: 403,
      warning: 'You are banned from this conference',
    }),
  /** JOIN-03. */
  notAllowed: (uri: string) =>
    new ChatroomsError('CHAT_ERR_NOT_ALLOWED', `You may not join room ${uri} (allow, deny, inviteOnly).`, {
      sipStatus: 403,
      warning: 'You may not join this conference',
    }),
  /** JOIN-15. */
  password: (uri: string, tooOften: boolean) =>
    new ChatroomsError(
      'CHAT_ERR_PASSWORD',
      tooOften
        ? `Room ${uri} has a password, and too many wrong ones were tried; wait a minute.`
        : `Room ${uri} has a password; send the right one with the INVITE.`,
      { sipStatus: 403, warning: tooOften ? 'Too many wrong passwords' : 'The conference has a password' },
    ),
  /** 3323-4.2-01: 433 of RFC 5079. */
  anonymous: (uri: string) =>
    new ChatroomsError('CHAT_ERR_ANONYMITY_DISALLOWED', `Room ${uri} does not take anonymous participants.`, {
      sipStatus: 433,
    }),
  /** RFC 7701 §4.1: no simultaneous access. */
  alreadyIn: (uri: string) =>
    new ChatroomsError(
      'CHAT_ERR_ALREADY_IN_ROOM',
      `The participant is in room ${uri} with another endpoint, and one is all it takes (simultaneousAccess).`,
      { sipStatus: 403 },
    ),
  /** Nobody may speak for the room or without a URI. */
  identity: (uri: string) =>
    new ChatroomsError('CHAT_ERR_IDENTITY', `${JSON.stringify(uri)} cannot be a participant of this room.`, {
      sipStatus: 403,
    }),
  /** JOIN-06. */
  full: (uri: string, limit: number) =>
    new ChatroomsError('CHAT_ERR_ROOM_FULL', `Room ${uri} has its ${limit} participants (maxParticipants).`, {
      sipStatus: 486,
      warning: '102 Too many participants',
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
  /** SUB-20. */
  watches: (uri: string, limit: number) =>
    new ChatroomsError('CHAT_ERR_TOO_MANY_SUBSCRIPTIONS', `You watch room ${uri} ${limit} times already.`, {
      sipStatus: 480,
    }),
  /** SUB-08. */
  watch: (uri: string) =>
    new ChatroomsError('CHAT_ERR_WATCH', `Who is in room ${uri} is not told to everybody; join it first.`, {
      sipStatus: 403,
    }),
  forbidden: (uri: string, act: string) =>
    new ChatroomsError('CHAT_ERR_FORBIDDEN', `You may not do that in room ${uri} (${act}).`, {
      sipStatus: 403,
      msrpStatus: 403,
    }),
  nobody: (uri: string, target: string) =>
    new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${target} is not in ${uri}.`, { sipStatus: 404, msrpStatus: 404 }),
  /** What moderators decided is kept within bounds. */
  moderation: (uri: string, what: string) =>
    new ChatroomsError('CHAT_ERR_TOO_MANY_ENTRIES', `Room ${uri} keeps no more ${what}; take some back.`, {
      sipStatus: 480,
      msrpStatus: 403,
    }),
  /** Nobody knows who it is, so what is decided about him would be decided about others. */
  untraceable: (uri: string, target: string) =>
    new ChatroomsError(
      'CHAT_ERR_IDENTITY',
      `${target} in ${uri} may be anybody, so this cannot be decided about him.`,
      {
        sipStatus: 403,
        msrpStatus: 403,
      },
    ),
  draining: () =>
    new ChatroomsError('CHAT_ERR_DRAINING', 'The server is about to stop and takes no new participants.', {
      sipStatus: 503,
    }),
  roomUri: (uri: string) =>
    new ChatroomsError('CHAT_ERR_ROOM_URI', `${JSON.stringify(uri)} is no room URI; write sip:NAME@domain.`),
  roomExists: (uri: string) => new ChatroomsError('CHAT_ERR_ROOM_EXISTS', `Room ${uri} exists already.`),
} as const;
