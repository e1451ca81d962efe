/** What the rooms tell programs. */
import type { AuditEntry, OverloadLevel, ServerStats } from '../lib/chat-server.js';
import type { LimitEvent } from '../lib/util/limit-reports.js';
import type { SipTotals } from './invite/calls.js';
import type { Refusal } from './limits/refused.js';
import type { MsrpAddresses } from './options/msrp-addresses.js';
import type { OnlineUser } from './registration/users.js';
import type { ChatMessage, Participant, Room } from './rooms-api.js';

/**
 * What happens in all rooms, and to the server; nothing of it can be prevented by a listener. What a listener throws, or its
 * promise rejects with, is logged (`error`) and changes nothing: not the room, nor what other listeners are told.
 */
export interface ServerEvents {
  /** MSRP listens. */
  listening: [addresses: MsrpAddresses & { others?: readonly MsrpAddresses[] }];
  /** A room came about: by who joined it first, by `create`, or from what was saved. Those of `rooms.static` are there before. */
  roomCreated: [room: Room];
  /** A room ended; nobody is in it any more. */
  roomClosed: [room: Room, details: { reason: string }];
  /** Somebody is in with the first of his devices: `participant.send` reaches him. */
  join: [room: Room, participant: Participant];
  /**
   * Somebody has left with the last of his devices, or was removed. `reason` is for people; `nickname` and `displayName` are
   * what he was called until then.
   */
  leave: [room: Room, participant: Participant, details: { reason: string; nickname?: string; displayName?: string }];
  /** A message was passed on: of people, not of the room or of programs. Is-composing documents are messages, too. */
  message: [room: Room, message: ChatMessage];
  /** Somebody took a nickname, changed it or gave it back; what he had not, or has no more, is left out. */
  nickname: [room: Room, participant: Participant, change: { old?: string; new?: string }];
  /** Somebody moderated, or tried to. */
  audit: [room: Room, entry: AuditEntry];
  /** No joins are taken any more, those who are in go on: `drain()` or `close()` was called. Told once. */
  draining: [];
  /** Limits were reached: told at once, and then at most once a second for the same limit, room, participant and source. */
  limit: [event: LimitEvent];
  /** A request was refused, by SIP or MSRP. */
  refused: [refusal: Refusal];
  /** There is too much to do, or to keep; `none`: no more. Joins are refused (503) at `shedding`, all messages (413) at `full`. */
  overload: [level: OverloadLevel];
  /** Somebody registered, who was not before (`registrations`). */
  'user:online': [user: OnlineUser];
  /** Nothing is left of his registrations. */
  'user:offline': [user: OnlineUser, details: { reason: 'unregistered' | 'expired' }];
}

/** What there is at the moment, and what was counted since the start; counted anew at every call. */
export interface ChatroomsStats extends ServerStats {
  /** `dialogs`: INVITE dialogs of endpoints, until their BYE was answered. */
  sip: SipTotals & { dialogs: number };
}
