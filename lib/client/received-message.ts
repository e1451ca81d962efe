import { contentHeaderValue, type Envelope, parseCpim } from '../cpim/index.js';
import { readFilename } from './content-disposition.js';

/** What the envelope of a message says (RFC 7701 §6). */
export interface MessageHead {
  /** URI of the sender; the room's own URI when the room itself speaks or no sender is named. */
  from: string;
  /** Name the sender wrote beside the URI. */
  displayName?: string;
  /** Nickname the roster knows for the sender. */
  nickname?: string;
  /** Whether it was addressed to one person rather than to the room. */
  private: boolean;
  /** Media type of the content in lower case, without parameters. */
  contentType: string;
  /** Name the sender gave to the content (Content-Disposition); not to be trusted as a path. */
  filename?: string;
  /** When the sender says it was written. */
  dateTime?: Date;
  /** Header names of a CPIM Require that this library gives no meaning to; the message must not be shown as if complete. */
  unsupported: readonly string[];
  /** The CPIM headers. */
  envelope: Envelope;
}

/** A message as it arrived from the room. */
export interface ReceivedMessage extends MessageHead {
  /** Content as text; `undefined` when it is not text, or when the message asks for something not understood (`unsupported`). */
  text: string | undefined;
  /** The content as it was. */
  content: Uint8Array;
  /** The whole message/cpim body. */
  raw: Uint8Array;
}

/** A message over 64 KiB that has begun to arrive. */
export interface IncomingMessage extends MessageHead {
  /** Octets of content as announced, undefined when not said; what comes may be less, or up to `maxMessageSize`. */
  size: number | undefined;
  /**
   * Takes the content as it arrives, instead of the event `message` at its end. To be called while the event is told;
   * the octets can be iterated once, at leisure within 20 s a step; leaving the loop stops the sender (413).
   * The iteration rejects with `CHAT_ERR_MESSAGE_INCOMPLETE` when the rest does not come.
   */
  read(): AsyncIterable<Uint8Array>;
}

const UNDERSTOOD = new Set(['from', 'to', 'cc', 'datetime', 'subject', 'ns', 'require']);

/** Charsets are names of the WHATWG list; what is not on it, or not said, is taken as UTF-8 (RFC 3862 §2.4). */
function decode(content: Uint8Array, contentType: string): string {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(content);
  } catch {
    return new TextDecoder().decode(content);
  }
}

function readDate(text: string | null): Date | undefined {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

export interface MessageContext {
  /** URI of the room, for messages without a sender. */
  room: string;
  /** 7701-6.1-15: whether a To means everybody. */
  isRoom(uri: string): boolean;
  nicknameOf(uri: string): string | undefined;
}

/** Reads a message/cpim body; `undefined` when it is none. */
export function readMessage(body: Uint8Array, context: MessageContext): ReceivedMessage | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const parsed = parseCpim(bytes);
  if (!parsed.ok) return undefined;
  const { envelope } = parsed;
  const head = readHead(envelope, context);
  const content = bytes.subarray(parsed.contentOffset);
  const isText = head.contentType.startsWith('text/') && head.unsupported.length === 0;
  return {
    ...head,
    text: isText ? decode(content, contentHeaderValue(envelope, 'Content-Type') ?? '') : undefined,
    content,
    raw: body,
  };
}

export function readHead(envelope: Envelope, context: MessageContext): MessageHead {
  const { from, to, contentType } = envelope;
  const uri = from?.uri ?? context.room;
  const nickname = context.nicknameOf(uri);
  const dateTime = readDate(envelope.dateTime);
  const filename = readFilename(contentHeaderValue(envelope, 'Content-Disposition') ?? '');
  return {
    from: uri,
    ...(from?.name ? { displayName: from.name } : {}),
    ...(nickname === undefined ? {} : { nickname }),
    private: to.length > 0 && !to.some((address) => context.isRoom(address.uri)),
    contentType,
    ...(filename === undefined ? {} : { filename }),
    ...(dateTime === undefined ? {} : { dateTime }),
    // 3862-3.5-01: "the receiver … MUST understand" the headers listed
    unsupported: envelope.require.filter((name) => !UNDERSTOOD.has(name.toLowerCase())),
    envelope,
  };
}
