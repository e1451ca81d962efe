/** What the server tells programs, as the feed says it. */
import type { AuditEntry, RoomConfig } from '../../lib/chat-server.js';
import { utf8Prefix } from '../../lib/util/utf8-prefix.js';
import type { FeedEvent } from '../api/schemas/feed.js';
import type { ChatMessage, Participant, Room } from '../rooms-api.js';
import type { ServerEvents } from '../server-events.js';

/** An event that has no number yet. */
export type Described = FeedEvent extends infer E ? (E extends FeedEvent ? Omit<E, 'id' | 'time'> : never) : never;

/** Octets of the text of one message that are shown. */
export const MAX_TEXT = 16_384;

export const roomCreated = ({ uri, config: { title, subject } }: Room): Described => ({
  type: 'room.created',
  room: uri,
  title,
  subject,
});

/** Undefined when all is as it was. */
export function roomConfigured(
  uri: string,
  before: Readonly<RoomConfig>,
  now: Readonly<RoomConfig>,
): Described | undefined {
  const changed = Object.entries(now)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof RoomConfig]))
    .map(([name, value]): [string, unknown] => [name, name === 'password' ? value !== null : value]);
  if (changed.length === 0) return undefined;
  return { type: 'room.configured', room: uri, changed: Object.fromEntries(changed) };
}

const person = (
  { uri: room }: Room,
  { uri: participant, nickname, displayName }: Participant,
): Pick<FeedEvent & { type: 'participant.left' }, 'room' | 'participant' | 'nickname' | 'displayName'> => ({
  room,
  participant,
  nickname: nickname ?? null,
  displayName: displayName ?? null,
});

export const joined = (room: Room, participant: Participant): Described => ({
  type: 'participant.joined',
  ...person(room, participant),
  role: participant.role,
});

export const left = (
  { uri: room }: Room,
  { uri: participant }: Participant,
  { reason, nickname, displayName }: ServerEvents['leave'][2],
): Described => ({
  type: 'participant.left',
  room,
  participant,
  nickname: nickname ?? null,
  displayName: displayName ?? null,
  reason,
});

export const renamed = (room: Room, participant: Participant, change: { old?: string; new?: string }): Described => ({
  type: 'participant.nickname',
  ...person(room, participant),
  nickname: change.new ?? null,
  old: change.old ?? null,
});

export const audited = ({ uri: room }: Room, { actor, act, target, allowed, detail }: AuditEntry): Described => ({
  type: 'audit',
  room,
  actor,
  act,
  ...(target !== undefined && { target }),
  allowed,
  ...(detail && { detail }),
});

export function said({ uri: room }: Room, message: ChatMessage): Described {
  const { from, nickname, contentType, size, private: isPrivate } = message;
  const shown = message.text === undefined || message.body === null ? undefined : excerpt(message.text, message.body);
  return { type: 'message', room, from, nickname: nickname ?? null, contentType, ...shown, size, private: isPrivate };
}

function excerpt(text: string, body: Buffer): { text: string; truncated?: true } {
  if (body.length <= MAX_TEXT) return { text };
  return { text: utf8Prefix(body, MAX_TEXT), truncated: true };
}
