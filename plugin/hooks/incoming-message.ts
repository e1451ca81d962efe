import type { Sender } from '../../lib/chat-server.js';
import type { HeldMessage, Rewriting } from '../../lib/focus-switch.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { textOf } from './text.js';

/** A message as programs see it before it is passed on. */
export interface IncomingMessage {
  /** Room URI. */
  readonly room: string;
  /** URI of the sender, as others see it. */
  readonly from: string;
  /** That of the sender, if he has one. */
  readonly nickname: string | undefined;
  /** URI that the envelope names; the room's own for a message to everybody. */
  readonly to: string;
  /** To one participant, not to the room. */
  readonly private: boolean;
  /** Lower case, without parameters. */
  readonly contentType: string;
  /** The text of a text type; undefined for others, for a charset or encoding that is not known, and where `body` is null. */
  readonly text: string | undefined;
  /** The content; null for a message above 64 KiB, which is asked about before all of it is there (FT-08). */
  readonly body: Buffer | null;
  /**
   * Octets of the whole message, CPIM headers included. Where `body` is null what its sender announced, and no more of it
   * will pass; null when nothing was announced.
   */
  readonly size: number | null;
  /**
   * Passes this on in its place. Only where `text` is given: the content of others is not the server's to change (RFC 7701
   * §6.1). Without effect once the handler is through.
   *
   * @throws ChatroomsError `CHAT_ERR_NOT_TEXT`
   */
  replaceText(text: string): void;
}

/** One while handlers look at it. */
export class HookedMessage implements IncomingMessage {
  /** That its sender wrote it at: lines about him have it. */
  readonly endpoint: string;
  readonly room: string;
  readonly from: string;
  readonly nickname: string | undefined;
  readonly to: string;
  readonly private: boolean;
  readonly contentType: string;
  readonly size: number | null;
  readonly #held: HeldMessage;
  #instead: Rewriting | undefined;
  #text: string | undefined;

  /** @param instead what a typed command made of it */
  constructor(held: HeldMessage, { room, participant }: Sender, instead?: Rewriting) {
    const { endpoint, envelope } = held;
    this.endpoint = endpoint;
    this.#held = held;
    this.#instead = instead;
    this.#text = instead?.text ?? (held.content ? textOf(envelope, held.content) : undefined);
    this.room = room.uri;
    this.from = participant.uri;
    this.nickname = participant.nickname ?? undefined;
    this.private = held.private || instead?.to !== undefined;
    this.to = instead?.to ?? (held.private ? (envelope.to[0]?.uri ?? '') : room.uri);
    this.contentType = instead ? (instead.contentType.split(';', 1)[0] ?? '') : envelope.contentType;
    this.size = held.size;
  }

  get text(): string | undefined {
    return this.#text;
  }

  get body(): Buffer | null {
    return this.#instead ? Buffer.from(this.#instead.text) : this.#held.content;
  }

  /** What is to go on in its place; undefined when it goes on as it came. */
  get instead(): Rewriting | undefined {
    return this.#instead;
  }

  replaceText(text: string): void {
    if (this.#text === undefined) {
      throw new ChatroomsError('CHAT_ERR_NOT_TEXT', `Only a text can be replaced, and this is ${this.contentType}.`);
    }
    this.#text = text;
    this.#instead = { ...this.#instead, contentType: `${this.contentType};charset=utf-8`, text };
  }
}
