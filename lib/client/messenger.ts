import { isContentType, newMessageId } from '../msrp/index.js';
import type { Clock } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import { Composer } from './composer.js';
import { ComposingNotifier } from './status/composing.js';
import { COMPOSING_TYPE } from './status/composing-document.js';
import { type CpimHeaders, DispositionNotifier, type Notice, requestHeaders } from './status/imdn.js';
import { IMDN_TYPE } from './status/imdn-document.js';
import type { MsrpLink } from './msrp/link.js';
import type { Content, OutgoingBody } from './msrp/outgoing-body.js';
import type { Outcome, SendOptions } from './msrp/outgoing-message.js';
import { misuse } from './participant-errors.js';
import type { ContentOptions } from './participant-types.js';
import type { MessageHead } from './received-message.js';
import type { RoomAddress } from './room-address.js';
import type { RoomMedia } from './session-description.js';

export interface MessengerOptions {
  clock: Clock;
  address: RoomAddress;
  /** What is open now. @throws ChatroomsError `CHAT_ERR_CLOSED` */
  session: () => { link: MsrpLink; media: RoomMedia };
}

/** Sends a participant's messages, and what its program tells of the writing and reading of messages. */
export class Messenger {
  /** Beside the URI in CPIM From, unless that is made up. */
  displayName: string | null = null;
  readonly #options: MessengerOptions;
  readonly #composer = new Composer();
  readonly #composing: ComposingNotifier;
  readonly #notifier: DispositionNotifier;

  constructor(options: MessengerOptions) {
    this.#options = options;
    const { clock, address } = options;
    this.#composing = new ComposingNotifier(clock, (document) => this.send(address.room, COMPOSING_TYPE, document, {}));
    this.#notifier = new DispositionNotifier({
      self: address,
      now: () => clock.now(),
      deliver: (to, document, headers) => this.#notify(to, document, headers),
    });
  }

  /** @throws ChatroomsError as `ChatParticipant.sendContent` */
  async send(to: string, contentType: string, content: Content, options: ContentOptions): Promise<Outcome> {
    const { dispositions = [], imdnId = newMessageId() } = options;
    if (dispositions.length === 0) return this.#send(to, contentType, content, options, []);
    const headers = requestHeaders(imdnId, dispositions);
    return { ...(await this.#send(to, contentType, content, options, headers)), imdnId };
  }

  /** A body as it is. */
  async sendRaw(contentType: string, body: Uint8Array | OutgoingBody, options: SendOptions): Promise<Outcome> {
    if (!isContentType(contentType)) throw misuse(`${JSON.stringify(contentType)} is not a content type`);
    return this.#options.session().link.send(contentType, body, options);
  }

  /** 7701-6.2-01: private messages only where the room announced them. @throws ChatroomsError `CHAT_ERR_PRIVATE_UNSUPPORTED` */
  requirePrivate(): void {
    if (this.#options.session().media.privateMessages) return;
    throw new ChatroomsError('CHAT_ERR_PRIVATE_UNSUPPORTED', 'this room does not carry private messages');
  }

  /** A keystroke of a message to the room. */
  typing(): void {
    this.#composing.typing();
  }

  /** @throws ChatroomsError as `ChatParticipant.sendDisposition` */
  tell(message: MessageHead, notice: Notice): Promise<Outcome | undefined> {
    return this.#notifier.tell(message, notice);
  }

  close(): void {
    this.#composing.close();
  }

  async #send(
    to: string,
    contentType: string,
    content: Content,
    options: ContentOptions,
    headers: CpimHeaders,
  ): Promise<Outcome> {
    const { clock, address, session } = this.#options;
    const { media } = session();
    const from = { name: address.anonymous ? null : this.displayName, uri: address.self };
    const envelope = { from, to, dateTime: clock.date(), headers };
    const body = this.#composer.compose(envelope, contentType, content, options, media);
    const isRoom = address.isRoom(to);
    if (isRoom && contentType !== COMPOSING_TYPE) this.#composing.contentSent();
    const outcome = await this.sendRaw('message/cpim', body, options);
    // to a private message 415 is the answer of one recipient
    if (outcome.status === 415 && isRoom) this.#composer.refused(contentType);
    return outcome;
  }

  // 5438-8-01: they travel as private messages. 5438-7.2-01: "MUST insert a Content-Disposition header field"
  async #notify(to: string, document: string, headers: CpimHeaders): Promise<Outcome> {
    this.requirePrivate();
    const options = { headers: [{ name: 'Content-Disposition', value: 'notification' }] };
    return this.#send(to, IMDN_TYPE, document, options, headers);
  }
}
