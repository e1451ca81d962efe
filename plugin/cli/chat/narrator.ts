import {
  type ChatParticipant,
  type MessageHead,
  nameOf,
  type ReceivedMessage,
  type RosterEntry,
  userPart,
} from '../../../lib/client/index.js';
import { describeContent, formatMessage, formatNotice, listNames, type Palette } from './format.js';

export interface NarratorOptions {
  participant: ChatParticipant;
  colors: Palette;
  now(): Date;
  /** Takes a line; `plain` is the same without colours. */
  show(line: string, plain: string): void;
  plainColors: Palette;
}

/** Tells what happens in the room, one line an event. */
export class Narrator {
  readonly #options: NarratorOptions;

  constructor(options: NarratorOptions) {
    this.#options = options;
    const { participant } = options;
    participant.on('message', (message) => this.#message(message));
    participant.on('composing', (writer) => {
      if (writer.state === 'active') this.notice(`${this.#nameOf(writer)} is typing …`);
    });
    participant.on('roster', ({ participants, first }) => {
      if (first) this.notice(this.who(participants));
    });
    participant.on('join', (entry) => this.#person(entry, 'joined'));
    participant.on('leave', (entry) => this.#person(entry, 'left'));
    participant.on('nickname', (entry, { before }) => this.#renamed(entry, before));
    participant.on('rosterUnavailable', (reason) => this.notice(`the room does not tell who is here: ${reason}`));
    participant.on('ended', ({ kind, reason }) =>
      this.notice(kind === 'removed' ? `the room ended your stay: ${reason}` : `lost the room: ${reason}`),
    );
  }

  notice(text: string): void {
    const { colors, plainColors } = this.#options;
    const at = this.#options.now();
    this.#options.show(formatNotice(at, text, colors), formatNotice(at, text, plainColors));
  }

  /** `here: alice (you) and bob` */
  who(entries: readonly RosterEntry[] = this.#options.participant.participants): string {
    if (entries.length === 0) return 'the room has not said who is here';
    return `here: ${listNames(entries.map((entry) => (this.#isSelf(entry) ? `${nameOf(entry)} (you)` : nameOf(entry))))}`;
  }

  #isSelf(entry: RosterEntry): boolean {
    return this.#options.participant.isSelf(entry);
  }

  #person(entry: RosterEntry, what: 'joined' | 'left'): void {
    if (!this.#isSelf(entry)) this.notice(`${nameOf(entry)} ${what}`);
  }

  #renamed(entry: RosterEntry, before: string | undefined): void {
    const { nickname, ...rest } = entry;
    // a room may show the nickname as display name too, so the name before may only be guessed from the address
    const old = before ?? userPart(entry.uri);
    const now = nickname ?? nameOf(rest);
    // taking the name one is already shown under is no news
    if (now === old) return;
    this.notice(this.#isSelf(entry) ? `you are now ${now}` : `${old} is now ${now}`);
  }

  #nameOf({ from, nickname, displayName }: Pick<MessageHead, 'from' | 'nickname' | 'displayName'>): string {
    const known = this.#options.participant.find(from)[0];
    return nickname ?? displayName ?? (known ? nameOf(known) : userPart(from));
  }

  #message(message: ReceivedMessage): void {
    const { colors, plainColors } = this.#options;
    const described =
      message.text === undefined || message.filename !== undefined
        ? describeContent(message.contentType, message.content.length, message.filename)
        : undefined;
    const shown = {
      at: message.dateTime ?? this.#options.now(),
      from: this.#nameOf(message),
      ...(message.private ? { privateTo: '' } : {}),
      text: described ?? message.text ?? '',
    };
    this.#options.show(formatMessage(shown, colors), formatMessage(shown, plainColors));
  }
}
