/**
 * Chat rooms (RFC 7701 on RFC 4975 MSRP) for SIP networks, as drachtio middleware.
 *
 *     const rooms = chatrooms({ domain: 'chat.example.com', msrp: { listen: '0.0.0.0:2855' } });
 *     rooms.on('join', (room, participant) => participant.send(`Welcome to ${room.name}!`));
 *     await rooms.attach(srf); // before your own handlers: what is not for a room goes on to them
 */
import { type Chatrooms, createChatrooms } from './chatrooms.js';
import type { ChatroomsOptions } from './options/options.js';

export type { Chatrooms, ChatroomsPlugin, TlsCredentials } from './chatrooms.js';
export { type ErrorCode, type ErrorDetails, ChatroomsError } from '../lib/util/errors.js';
export { type RunningWebhooks, webhooks } from './events/webhooks/index.js';
export type { WebhookOptions } from './events/webhooks/webhook-options.js';
export type { WebhooksOptions, WebhookStats } from './events/webhooks/webhooks.js';
export type { FeedEvent, FeedEventType, WebhookBody } from './api/schemas/feed.js';
export type { WebhookState } from './api/schemas/webhooks.js';
export type { QueueBounds } from './events/webhooks/delivery-queue.js';
export type { FeedSource } from './events/feed.js';
export type { ServerStats } from '../lib/chat-server.js';
export type { IncomingMessage } from './hooks/incoming-message.js';
export type { LimitEvent } from '../lib/util/limit-reports.js';
export type { Logger } from '../lib/util/log.js';
export type {
  AudioOptions,
  AuthenticatedUser,
  AuthMode,
  ChatroomsOptions,
  DigestOptions,
  InteropOptions,
  InvitationOptions,
  JoinContext,
  MsrpSharedWebSocketOptions,
  MsrpTlsOptions,
  MsrpWebSocketOptions,
  RoomOptions,
  Secret,
} from './options/options.js';
export type { LimitOptions } from './limits/options.js';
export type {
  Act,
  AuditEntry,
  Confirm,
  CongestionTotals,
  DelayReading,
  FanoutPolicy,
  HistogramData,
  LoadReading,
  MediaStats,
  OverloadLevel,
  RoomConfig,
  RoomConfigChange,
  RosterPolicy,
  SeatTrace,
  SwitchLoad,
  TrafficTotals,
} from '../lib/chat-server.js';
export type { LimitReport } from '../lib/util/limit-reports.js';
export type {
  Ban,
  Measure,
  ChatMessage,
  Endpoint,
  HistoryOptions,
  InviteOptions,
  InviteResult,
  Participant,
  PastMessage,
  Recipients,
  Role,
  Room,
  RoomEvents,
  SendOptions,
} from './rooms-api.js';
export type { SipTotals } from './invite/calls.js';
export type { OnlineUser } from './registration/users.js';
export type { MsrpAddresses } from './options/msrp-addresses.js';

export type { ChatroomsStats, ServerEvents } from './server-events.js';
export type { WebSocketPeer } from './sip/web-socket-peer.js';
export type { ReloadResult } from './reload/library.js';
export type { Refusal } from './limits/refused.js';
export type { Tracing } from './trace/recorder.js';
export type { SrfMiddleware } from './drachtio/srf-types.js';

/**
 * Makes a chat server. Does no I/O before `attach` or `listen`.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming the option that is unknown or wrong
 */
export function chatrooms(options: ChatroomsOptions = {}): Chatrooms {
  return createChatrooms(options);
}

export default chatrooms;
