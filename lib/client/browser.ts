/**
 * A participant of MSRP chat rooms in a browser: MSRP over the browser's WebSocket, SIP by a user agent behind `Signalling`.
 * Uses nothing of Node.
 */
export type { Clock, Timer } from '../util/clock.js';
export { ChatroomsError, type ErrorCode, type ErrorDetails } from '../util/errors.js';
export type { Emitter } from '../util/events.js';
export type { Logger } from '../util/log.js';
export type { ByteStream, ByteStreamDelegate, MsrpTransport, StreamTarget } from './msrp/byte-stream.js';
export type { DeliveryReport } from './msrp/deliveries.js';
export type { Content, ContentStream, OutgoingBody } from './msrp/outgoing-body.js';
export type { Outcome, Progress, SendOptions } from './msrp/outgoing-message.js';
export { ChatParticipant } from './participant.js';
export type {
  ContentOptions,
  End,
  JoinOptions,
  MessageOptions,
  ParticipantEvents,
  ParticipantOptions,
  RosterSnapshot,
} from './participant-types.js';
export type { IncomingMessage, MessageHead, ReceivedMessage } from './received-message.js';
export { nameOf, type RosterEntry, userPart } from './roster.js';
export type { RoomMedia } from './session-description.js';
export type { SessionSettings } from './session-opener.js';
export type { Composing } from './status/composing.js';
export type { Disposition, DispositionRequest, Notice } from './status/imdn.js';
export type { ImdnDocument, NoticeKind } from './status/imdn-document.js';
export {
  type BrowserWebSocket,
  WebSocketTransport,
  type WebSocketTransportOptions,
} from './web/web-socket-transport.js';
export type { Call, CallEnd, InviteAnswer, LocalSide, Signalling, SignallingDelegate } from './sip/signalling.js';
