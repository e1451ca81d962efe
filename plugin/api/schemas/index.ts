/** Bodies of the HTTP API, and their types; they need nothing but zod, so that web pages can have the types. */
export { Ban, Bans, NewBan } from './ban.js';
export { Endpoint } from './endpoint.js';
export { FEED_EVENT_TYPES, FeedEvent, type FeedEventType, GapEvent, WebhookBody } from './feed.js';
export { History, NewMessage, PastMessage, Sent } from './message.js';
export { Invite, Invited, Participant, ParticipantChange, Participants, Role } from './participant.js';
export { Problem } from './problem.js';
export { Audit, AuditEntry, ErrorEntry, Errors } from './recent.js';
export { Reloaded } from './reload.js';
export { Room, Rooms, RoomSummary } from './room.js';
export { Status } from './status.js';
export { NewTrace, Trace, Traces } from './trace.js';
export { WebhookState, WebhookStates } from './webhooks.js';
