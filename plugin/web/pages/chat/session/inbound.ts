import type { IncomingMessage, MessageHead, ReceivedMessage } from '../../../../../lib/client/received-message.js';
import { addressKey, nameOf, type RosterEntry, userPart } from '../../../../../lib/client/roster.js';
import type { Conversation } from '../model/conversation.js';
import { bareName, isPicture, keptType, nameFor } from '../model/files.js';
import type { MessageLine } from '../model/line.js';
import { oneLine, readable } from '../../shared/text.js';
import { strings } from '../strings.js';
import type { FileShelf } from './file-shelf.js';

export interface InboundOptions {
  conversation: Conversation;
  shelf: FileShelf;
  /** Who somebody is, as the roster says. */
  personAt: (uri: string) => RosterEntry | undefined;
  isSelf: (uri: string) => boolean;
  /** URI of the room. */
  room: string;
  now: () => Date;
  /** Octets of one file that are kept. */
  maxFileSize: number;
}

/** Characters of one message that are shown; what is longer is a file. */
const MAX_SHOWN = 20_000;

/** Milliseconds a message may say to be ahead of our clock. */
const AHEAD = 60_000;

/** Turns what arrives into lines. Nothing of it is ever taken for anything but text, or octets to save. */
export class Inbound {
  readonly #options: InboundOptions;

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /** @returns the line, unless the room itself spoke */
  message(message: ReceivedMessage): MessageLine | undefined {
    const { conversation, shelf, room } = this.#options;
    const { text, filename, content, contentType, unsupported } = message;
    if (unsupported.length > 0) return conversation.say({ ...this.#head(message), text: strings.log.unknown });
    if (text !== undefined && filename === undefined && text.length <= MAX_SHOWN) {
      if (addressKey(message.from) !== addressKey(room)) {
        return conversation.say({ ...this.#head(message), text: readable(text) });
      }
      conversation.notice({ at: this.#when(message), text: readable(text), tone: 'announcement' });
      return undefined;
    }
    const line = conversation.say({ ...this.#head(message), file: { ...fileOf(message), size: content.length } });
    // A copy: what arrived is part of a larger buffer.
    this.#complete(line, shelf.keep(line.id, new Blob([new Uint8Array(content)], { type: keptType(contentType) })));
    return line;
  }

  /** There is a new list of who is here: whoever spoke before his name was known is called by it from now on. */
  listed(): void {
    const { conversation, personAt } = this.#options;
    for (const line of conversation.lines) {
      const entry = line.kind === 'message' && line.unnamed ? personAt(line.from) : undefined;
      if (entry) conversation.change(line.id, { name: shownName(entry), unnamed: entry.nickname === undefined });
    }
  }

  /** A message over 64 KiB begins. Takes what is no text while it arrives, so that it can be seen coming. */
  incoming(message: IncomingMessage): void {
    const { contentType, filename, size } = message;
    if (filename === undefined && contentType.startsWith('text/')) return;
    const content = message.read();
    const file = { ...fileOf(message), size, progress: 0 };
    const line = this.#options.conversation.say({ ...this.#head(message), file });
    void this.#collect(line, content, size);
  }

  async #collect(line: MessageLine, content: AsyncIterable<Uint8Array>, size: number | undefined): Promise<void> {
    const { conversation, shelf, maxFileSize } = this.#options;
    const { file } = line;
    if (!file) return;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let received = 0;
    let shown = 0;
    try {
      for await (const piece of content) {
        received += piece.length;
        if (received > maxFileSize) throw new Error('too large');
        pieces.push(new Uint8Array(piece));
        const progress = size ? Math.min(1, received / size) : 0;
        if (progress - shown < 0.02) continue;
        shown = progress;
        conversation.change(line.id, { file: { ...file, progress } });
      }
      // It may have scrolled away meanwhile.
      if (!conversation.get(line.id)) return;
      const url = shelf.keep(line.id, new Blob(pieces, { type: keptType(file.type) }));
      const { progress: _, ...rest } = file;
      this.#complete({ ...line, file: { ...rest, size: received } }, url);
    } catch {
      const { progress: _, ...rest } = file;
      conversation.change(line.id, { file: { ...rest, missing: strings.log.incomplete } });
    }
  }

  #complete({ id, file }: MessageLine, url: string): void {
    if (file) this.#options.conversation.change(id, { file: { ...file, url } });
  }

  #head(message: MessageHead): Omit<MessageLine, 'id' | 'kind'> {
    const { personAt, isSelf } = this.#options;
    const { from } = message;
    const own = isSelf(from);
    const entry = personAt(from);
    // What the roster calls somebody counts more than what he calls himself.
    const name = entry ? shownName(entry) : oneLine(message.displayName ?? userPart(from), 80);
    const unnamed = entry?.nickname === undefined;
    const head = { at: this.#when(message), from, name, own, ...(unnamed ? { unnamed } : {}) };
    if (!message.private) return head;
    const to = message.envelope.to[0]?.uri ?? from;
    // From another device of ours it is to somebody else.
    const peer = own ? { uri: to, name: nameAt(personAt, to) } : { uri: from, name };
    return { ...head, peer };
  }

  #when({ dateTime }: MessageHead): Date {
    const now = this.#options.now();
    return dateTime && dateTime.getTime() <= now.getTime() + AHEAD ? dateTime : now;
  }
}

function nameAt(personAt: InboundOptions['personAt'], uri: string): string {
  const entry = personAt(uri);
  return entry ? shownName(entry) : oneLine(userPart(uri), 80);
}

const shownName = (entry: RosterEntry): string => oneLine(nameOf(entry), 80);

function fileOf({ filename, contentType }: MessageHead): { name: string; type: string } {
  const name = filename === undefined ? nameFor(contentType) : oneLine(bareName(filename), 120);
  return { name: name === '' ? nameFor(contentType) : name, type: contentType };
}

/** Whether a file is shown rather than named. */
export const isShown = ({ type, url }: { type: string; url?: string }): boolean => url !== undefined && isPicture(type);
