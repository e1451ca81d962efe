import type { Logger } from '../../lib/util/log.js';
import { utf8Prefix } from '../../lib/util/utf8-prefix.js';
import type { Chatrooms, ChatMessage, Room } from '../index.js';

export interface MessageLogOptions {
  level: string;
  /** What people write gets into the log too (`log.bodies`). */
  bodies: boolean;
}

/** Octets of a text that are logged. */
const MAX_TEXT = 1024;

/** Levels at which lines of `debug` are written. */
const SHOWN: ReadonlySet<string> = new Set(['debug', 'trace']);

/**
 * Logs messages: at `trace` that there was one; with `bodies`, at `debug`, what it said too, as far as that is text. Where the
 * level shows neither, nothing listens, and the switch copies nothing for it.
 *
 * @returns ends it
 */
export function logMessages(rooms: Chatrooms, log: Logger, { level, bodies }: MessageLogOptions): () => void {
  const withText = bodies && SHOWN.has(level);
  const trace = level === 'trace' ? log.trace?.bind(log) : undefined;
  if (!withText && !trace) return () => undefined;
  const heard = (room: Room, message: ChatMessage): void => {
    const facts = factsOf(room, message);
    // PBX-12: what is written gets into no log unless that was asked for.
    if (withText && message.text !== undefined) log.debug({ ...facts, text: cut(message.text) }, 'message');
    else trace?.(facts, 'message');
  };
  rooms.on('message', heard);
  return () => void rooms.off('message', heard);
}

const factsOf = ({ uri }: Room, { endpoint, from, contentType, private: isPrivate, size }: ChatMessage): object => ({
  endpoint,
  room: uri,
  from,
  contentType,
  private: isPrivate,
  size,
});

function cut(text: string): string {
  const octets = Buffer.from(text);
  return octets.length <= MAX_TEXT ? text : `${utf8Prefix(octets, MAX_TEXT)}…`;
}
