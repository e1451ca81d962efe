import { EnvelopeParser } from '../cpim/index.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { type Composing, ComposingWatch } from './status/composing.js';
import { COMPOSING_TYPE, readComposing } from './status/composing-document.js';
import type { Disposition } from './status/imdn.js';
import { IMDN_TYPE, readImdn } from './status/imdn-document.js';
import type { IncomingContent } from './msrp/incoming-content.js';
import { type IncomingMessage, readHead, readMessage, type ReceivedMessage } from './received-message.js';
import type { RoomAddress } from './room-address.js';

/** What an inbox tells. */
export interface InboxDelegate {
  onMessage(message: ReceivedMessage): void;
  onIncoming(message: IncomingMessage): void;
  onComposing(composing: Composing): void;
  onDisposition(disposition: Disposition): void;
}

/** Reads what the room sends: messages of people, and what their programs tell each other of them. */
export class Inbox {
  readonly #address: RoomAddress;
  readonly #delegate: InboxDelegate;
  readonly #log: Logger;
  readonly #writers: ComposingWatch;

  constructor(address: RoomAddress, delegate: InboxDelegate, { clock, log }: { clock: Clock; log: Logger }) {
    this.#address = address;
    this.#delegate = delegate;
    this.#log = log;
    this.#writers = new ComposingWatch(clock, (composing) => delegate.onComposing(composing));
  }

  /** A whole message. @returns MSRP status */
  receive(body: Uint8Array): number {
    const message = readMessage(body, this.#address);
    if (!message) return 400;
    if (message.contentType === COMPOSING_TYPE) this.#composing(message);
    else if (message.contentType === IMDN_TYPE) this.#disposition(message);
    else {
      this.#writers.ended(message.from);
      this.#address.hear(message);
      this.#delegate.onMessage(message);
    }
    return 200;
  }

  /** A message over 64 KiB begins: octets of its envelope when somebody reads on, `whole` to get it when all is there. */
  openLarge(prefix: Buffer, size: number | undefined, content: IncomingContent): number | 'more' | 'whole' {
    const parser = new EnvelopeParser();
    if (parser.push(prefix) === 'more') return 'more';
    const { envelope, headerLength } = parser;
    // what is no message/cpim is refused as a whole
    if (!envelope) return 'whole';
    let taken = false;
    const read = (): IncomingContent => {
      taken = true;
      return content;
    };
    const contentSize = size === undefined ? undefined : Math.max(0, size - headerLength);
    const head = readHead(envelope, this.#address);
    this.#writers.ended(head.from);
    this.#delegate.onIncoming({ ...head, size: contentSize, read });
    return taken ? headerLength : 'whole';
  }

  /** Somebody left; a status has no more to say. */
  left(uri: string): void {
    this.#writers.ended(uri);
  }

  close(): void {
    this.#writers.close();
  }

  #composing(message: ReceivedMessage): void {
    const status = readComposing(message.content);
    // of another device of ours we know
    if (status && !this.#address.isSelf(message.from)) this.#writers.status(message, status);
    else if (!status) this.#log.warn({ from: message.from }, 'isComposing document ignored');
  }

  #disposition({ content, from, nickname }: ReceivedMessage): void {
    const document = readImdn(content);
    if (!document) return this.#log.warn({ from }, 'disposition notification ignored');
    this.#delegate.onDisposition({ from, ...(nickname === undefined ? {} : { nickname }), ...document });
  }
}
