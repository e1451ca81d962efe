import type { Logger } from '../../lib/util/log.js';
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
 * Logs messages, until the function is called that it returns: at `trace` that there was one; with `bodies` at `debug` what it said, as far as it is text. Where neither is
 * written nobody watches, and the switch copies nothing.
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

/** Not in the middle of a character. */
function cut(text: string): string {
  const octets = Buffer.from(text);
  if (octets.length <= MAX_TEXT) return text;
  let end = MAX_TEXT;
  while ((octets[end] & 0xc0) === 0x80) end--;
  return `${octets.toString('utf8', 0, end)}…`;
}
