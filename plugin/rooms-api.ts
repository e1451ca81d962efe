/** Rooms and those in them, as programs see them. */
import type { EventEmitter } from 'node:events';
import type { AuditEntry, Role, RoomConfig } from '../lib/chat-server.js';
import type { RoomOptions } from './options/options.js';

/** A message in a room, as a program sees it. */
export interface ChatMessage {
  /** Id of the endpoint it came from, by which the log tells it too. */
  endpoint: string;
  /** CPIM From: URI of the sender, as others see it. */
  from: string;
  /** That of the sender, if he has one. */
  nickname?: string;
  /** Lower case, without parameters. */
  contentType: string;
  /** The content; null when the message is too large to be watched. */
  body: Buffer | null;
  /** The content of a text type. */
  text?: string;
  /** To one participant, not to the room. */
  private: boolean;
  /** Octets of the message, CPIM headers included. */
  size: number;
}

/** A message that a room kept. */
export interface PastMessage {
  /** Its number in the room: later messages have higher ones. */
  id: number;
  /** When it came. */
  time: Date;
  /** CPIM From: URI of the sender, as others saw it. */
  from: string;
  /** That of the sender then, if he had one. */
  nickname?: string;
  /** Lower case, without parameters. */
  contentType: string;
  /** The content; null when the message was larger than 64 KiB. */
  body: Buffer | null;
  /** The content of a text type. */
  text?: string;
  /** Octets of the message, CPIM headers included. */
  size: number;
  /** Message-ID of MSRP; not of a message of the room or of a program. */
  messageId?: string;
}

/** Which part of its history a room tells. */
export interface HistoryOptions {
  /** Messages before the one with this id. @defaultValue the newest */
  before?: number;
  /** Not those that are older. @defaultValue as far back as the room goes */
  since?: Date;
  /** At most so many, the latest of them: 1 to 10000. @defaultValue 50 */
  limit?: number;
  /** So many octets at most, but one message at least. @defaultValue no bound */
  maxBytes?: number;
}

/** How a message of the room is written. */
export interface SendOptions {
  /** @defaultValue `'text/plain;charset=utf-8'` */
  contentType?: string;
}

/** Somebody to write to. */
export interface Recipients {
  /**
   * Writes a message of the room. Resolves to the number of endpoints it goes to, once it
   * is on its way: 0 when nobody is there (any more), or the room was closed. Rejects with a ChatroomsError `CHAT_ERR_USAGE`
   * for what is no text and `CHAT_ERR_CPIM_ARGUMENT` for what is no content type.
   */
  send(text: string, options?: SendOptions): Promise<number>;
}

export type { AuditEntry, Role };

/** Why somebody is removed or silenced, and for how long. */
export interface Measure {
  /** For people: stands in the BYE and in the audit log. */
  reason?: string;
  /** @defaultValue for ever */
  until?: Date;
}

/** Somebody may not come in. */
export interface Ban {
  /** URI, or a pattern of several. */
  readonly pattern: string;
  /** Further URIs of the same person. */
  readonly aliases: readonly string[];
  /** Null for ever. */
  readonly until: Date | null;
  readonly reason: string | null;
  /** URI of who banned him; null for the program. */
  readonly by: string | null;
  /** He was only kicked (`kickBan`). */
  readonly kick: boolean;
}

/** How the invitations of `room.invite` look. */
export interface InviteOptions {
  /** URI of who is said to have asked for it (Referred-By); rejects with `CHAT_ERR_OPTION` for what is none. @defaultValue nobody */
  referredBy?: string;
  /** Subject of these invitations. @defaultValue that of the room */
  subject?: string;
}

/** What became of one invitation. */
export interface InviteResult {
  /** Who was invited, as it was given. */
  uri: string;
  /** SIP status: 200 for who is in, 408 for who let it ring too long, 487 for whom the room did not want any more. */
  status: number;
  /** For people: the reason phrase, or what went wrong. */
  reason: string;
}

/** One device of a participant: one SIP dialog and one MSRP session. What it tells is that of the moment it is read. */
export interface Endpoint {
  /** Unique in the process; field `endpoint` of the log. */
  readonly id: string;
  /** Of the MSRP session, as agreed upon; `wss` also where something in front of us ends TLS. */
  readonly transport: 'tcp' | 'tls' | 'ws' | 'wss';
  /** `HOST:PORT` its MSRP comes from; null before there is a connection. */
  readonly remote: string | null;
  /** What it calls itself in SIP. */
  readonly userAgent: string | null;
  /** SIP Call-ID; null when there was none to be read. */
  readonly callId: string | null;
  readonly joinedAt: Date;
  /** Its session has a connection at the moment. */
  readonly bound: boolean;
  /** It reads too slowly (RFC 7701 §6.4). */
  readonly congested: boolean;
  /** Octets that wait for it; with several `workers` as many as when `congested` changed last. */
  readonly pendingBytes: number;
}

/** Somebody in a room, with all devices that he joined with. Stays the same object while he is in. */
export interface Participant extends Recipients {
  /** By which others see and address the participant; made up when he is anonymous. */
  readonly uri: string;
  /** The one he took here, if any. */
  readonly nickname: string | undefined;
  /** Nickname, else the display name of the From header. */
  readonly displayName: string | undefined;
  /** What he may do here. */
  readonly role: Role;
  /** His messages to everybody are refused. */
  readonly muted: boolean;
  /** When that ends by itself; undefined when he is not muted, or until `unmute`. */
  readonly mutedUntil: Date | undefined;
  /** He hides who he is, or the room hides it. */
  readonly anonymous: boolean;
  /** When the first of his devices joined. */
  readonly joinedAt: Date;
  /** His devices that joined; empty once he has left. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Makes him owner, moderator, participant or visitor, by the URI that he was recognised by: owners and moderators by the
   * lists of the room's configuration. Rejects with `CHAT_ERR_NO_PARTICIPANT` when he has left, with `CHAT_ERR_IDENTITY`
   * when nobody knows who it would be decided about, with `CHAT_ERR_ROOM_UNKNOWN`, and with `CHAT_ERR_OPTION` for what is no
   * role.
   */
  setRole(role: Role): Promise<void>;
  /**
   * Whether the others hear silence of the audio that his endpoints have beside the chat, or will have; endpoints that he
   * joins with later are not meant. Does nothing without the option `audio`. @param muted default true
   */
  muteAudio(muted?: boolean): Promise<void>;
  /** Removes him with all endpoints, and keeps him out for `kickBan`; false when he had left. */
  kick(reason?: string): Promise<boolean>;
  /** Removes him, and keeps him out. Rejects as `setRole`, and with `CHAT_ERR_TOO_MANY_ENTRIES`. */
  ban(measure?: Measure): Promise<void>;
  /**
   * Refuses his messages with 403, but for private ones to those who moderate. Rejects as `setRole`.
   *
   * @param ms milliseconds; without it until `unmute`
   */
  mute(ms?: number): Promise<void>;
  /** Ends that. Rejects as `setRole`. */
  unmute(): Promise<void>;
}

/**
 * What happens in one room, told before `ServerEvents` tell it of all; nothing of it can be prevented by a listener. What one
 * throws, or its promise rejects with, is logged (`error`).
 */
export interface RoomEvents {
  /** Somebody is in with the first of his devices. */
  join: [participant: Participant];
  /**
   * Somebody has left with the last of his devices, or was removed. `reason` is for people; `nickname` and `displayName` are
   * what he was called until then.
   */
  leave: [participant: Participant, details: { reason: string; nickname?: string; displayName?: string }];
  /** A message was passed on: of people, not of the room or of programs. Is-composing documents are messages, too. */
  message: [message: ChatMessage];
  /** Somebody took a nickname, changed it or gave it back; what he had not, or has no more, is left out. */
  nickname: [participant: Participant, change: { old?: string; new?: string }];
  /** It was configured; what holds now. */
  config: [config: Readonly<RoomConfig>];
  /** The subject changed; empty for none. */
  subject: [subject: string];
  /** It ended, and nobody is in it any more: the last event. `reason` is for people. */
  closed: [reason: string];
  /** Somebody moderated, or tried to. */
  audit: [entry: AuditEntry];
}

/** A room, as programs see it. */
export interface Room extends EventEmitter<RoomEvents>, Recipients {
  /** User part of the URI, without escapes. */
  readonly name: string;
  readonly uri: string;
  /** What holds at the moment, every default in place. */
  readonly config: Readonly<RoomConfig>;
  /** When it came about in this process. */
  readonly createdAt: Date;
  /** By URI. A copy, made when it is read: for one of many, `find` is quicker. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** How many those are. */
  readonly participantCount: number;
  /** How many devices they have joined with. */
  readonly endpointCount: number;
  /** One participant, by URI or nickname; the URI goes first, as anybody may pick it as nickname. */
  find(nickOrUri: string): Participant | undefined;
  /** One participant, by nickname or URI. `send` rejects with `CHAT_ERR_NO_PARTICIPANT` when there is none. */
  to(nickOrUri: string): Recipients;
  /** Everybody but one. */
  except(participant: Participant): Recipients;
  /**
   * Changes what the room permits; what is left out stays as it is, and so do those who are in. What SDP says of it is
   * offered to them anew. Rejects with a ChatroomsError `CHAT_ERR_OPTION` or `CHAT_ERR_ROOM_UNKNOWN`.
   */
  configure(change: RoomOptions): Promise<void>;
  /** Short for `configure({ subject })`. */
  setSubject(subject: string): Promise<void>;
  /**
   * Removes somebody by nickname or URI, who is in, being invited, or a member who is away; false when there is nobody.
   * Keeps him out for `kickBan`.
   */
  kick(nickOrUri: string, reason?: string): Promise<boolean>;
  /** Keeps out somebody, whether he is in or not: a URI, `*@domain` or `sip:+34*`. Rejects as `participant.ban`. */
  ban(pattern: string, measure?: Measure): Promise<void>;
  /** Takes back a ban or what is left of a kick; false when there was none of that URI or pattern. */
  unban(pattern: string): Promise<boolean>;
  /** Those that still hold, the latest last. */
  readonly bans: readonly Ban[];
  /**
   * What was said to everybody, oldest first: the latest of it that the room keeps (`history`), or what was before. Nothing
   * in a room that keeps none. No copies are made of contents: leave them as they are.
   */
  history(options?: HistoryOptions): PastMessage[];
  /** Short for `configure({ locked: true })`. */
  lock(): Promise<void>;
  /** Short for `configure({ locked: false })`. */
  unlock(): Promise<void>;
  /**
   * Invites people by SIP or tel URI, through `outboundProxy`; who accepts is taken for whom the URI names, as those who
   * route to it vouch for that. Resolves when each of them has accepted, refused or let it
   * ring too long (`ringTimeout`). Rejects with a ChatroomsError, and invites nobody: `CHAT_ERR_NO_OUTBOUND`,
   * `CHAT_ERR_DIAL_TARGET`, `CHAT_ERR_ROOM_UNKNOWN`, `CHAT_ERR_ROOM_FULL`.
   */
  invite(uris: string | readonly string[], options?: InviteOptions): Promise<InviteResult[]>;
  /** Removes everybody and deletes the room, once messages have come through that had begun; they may take 2 s. */
  close(reason?: string): Promise<void>;
}
