/**
 * The control plane of chat rooms: RFC 7701 §5 and §7 (joining, nicknames), RFC 4353 (focus), RFC 4575 (roster),
 * RFC 8266 (nicknames as text). No SIP, no sockets, no time of its own.
 */
export { Endpoint } from './endpoint.js';
export { Focus } from './focus.js';
export type { RoomGate, Sender } from './gate.js';
export type { HistoryQuery } from './history.js';
export type {
  InvitationOwner,
  InviteeHandle,
  InviteRequest,
  Member,
  Standing,
} from './members/invitee.js';
export type { RoomOrigin } from './members/origin.js';
export type { MemberSnapshot, RoomSnapshot } from './members/snapshot.js';
export type { Act, Actor, AuditEntry, Role } from './moderation/acts.js';
export type { Ban } from './moderation/bans.js';
export { isUriPattern } from './moderation/uri-pattern.js';
export { enforceNickname, nicknameKey } from './nicknames/nickname.js';
export type { FocusEvents, FocusOptions, LeaveDetails } from './options.js';
export { Participant } from './participant.js';
export {
  type CreationPolicy,
  type Declarations,
  declarationsOf,
  type FanoutPolicy,
  type FocusLimits,
  ROOM_DEFAULTS,
  type RoomConfig,
  type RoomConfigChange,
  type RosterPolicy,
  sameDeclarations,
} from './policy.js';
export { Room } from './room.js';
export type { FocusAdjustments } from './options.js';
export { SavedRooms } from './saved-rooms.js';
export type {
  Delivered,
  DocumentKind,
  EndpointHandle,
  EndpointOwner,
  EndReason,
  Identity,
  InviteOutcome,
  JoinRequest,
  Notification,
  LegKind,
  PeerProfile,
  RoomCreation,
  Subscriber,
  Subscription,
  WatchRequest,
} from './types.js';
