import type { ChatParticipant } from '../../../../../lib/client/participant.js';
import type { Clock } from '../../../../../lib/util/clock.js';
import type { Urls } from './file-shelf.js';

/** Where we are. */
export type Connection =
  | { state: 'joining' }
  | { state: 'joined' }
  /** Between two attempts; `until` is when the next one begins. */
  | { state: 'away'; reason: string; until: Date }
  | { state: 'retrying'; reason: string }
  /** For good; `reason` undefined: we left. */
  | { state: 'over'; reason: string | undefined };

/** Why a nickname was refused. */
export interface Refusal {
  /** For people. */
  text: string;
  /** A nickname like it, which may be had. */
  other?: string;
}

export interface RoomSessionEvents {
  connection: [Connection];
  /** Who is here, who writes, how many there are. */
  people: [];
  subject: [string];
  nickname: [string];
  /** A message of somebody else. */
  message: [];
}

export interface RoomSessionOptions {
  /** URI of the room. */
  room: string;
  nickname: string;
  /** A participant that has not joined; called for each attempt. */
  create: () => ChatParticipant;
  urls: Urls;
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
  /** Octets of one incoming file. */
  maxFileSize: number;
  /** Lines kept. @defaultValue 500 */
  maxLines?: number;
}
