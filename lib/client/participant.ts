import { randomId } from '../msrp/index.js';
import { type Clock, systemClock, type Timer } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import { Emitter } from '../util/events.js';
import { type Logger, silent } from '../util/log.js';
import type { MsrpTransport } from './msrp/byte-stream.js';
import { readConferenceInfo } from './conference-info.js';
import type { Notice } from './status/imdn.js';
import { Inbox, type InboxDelegate } from './inbox.js';
import { Messenger } from './messenger.js';
import type { MsrpLink } from './msrp/link.js';
import type { Content, OutgoingBody } from './msrp/outgoing-body.js';
import type { Outcome, SendOptions } from './msrp/outgoing-message.js';
import {
  hasControls,
  hungUp,
  leftWhileJoining,
  misuse,
  NICKNAME_REFUSALS,
  requireAddresses,
  requireNickname,
  requireText,
} from './participant-errors.js';
import type {
  ContentOptions,
  JoinOptions,
  MessageOptions,
  ParticipantEvents,
  ParticipantOptions,
} from './participant-types.js';
import type { MessageHead } from './received-message.js';
import { RoomAddress } from './room-address.js';
import { Roster, type RosterEntry } from './roster.js';
import type { ChatMedia, RoomMedia } from './session-description.js';
import { SessionOpener, type SessionSettings } from './session-opener.js';
import type { CallEnd, Signalling, SignallingDelegate } from './sip/signalling.js';

/** A removal shows as a closed connection and as a BYE; the BYE says why and may come second. */
const BYE_GRACE = 2000;

type State = 'new' | 'joining' | 'joined' | 'leaving' | 'closed';

/**
 * One person in one room (RFC 7701): joins, talks, listens, leaves. Made for one session; to join again make another.
 *
 *     const alice = createParticipant({ uri: 'sip:alice@localhost' });
 *     alice.on('message', (message) => show(message.nickname ?? message.from, message.text));
 *     await alice.join('sip:lobby@localhost', { nick: 'Alice' });
 *     const { status } = await alice.send('Hello');
 *     await alice.leave();
 */
export class ChatParticipant extends Emitter<ParticipantEvents> {
  readonly #signalling: Signalling;
  readonly #transport: MsrpTransport;
  readonly #settings: SessionSettings;
  readonly #maxMessageSize: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #roster = new Roster();
  readonly #address: RoomAddress;
  readonly #inbox: Inbox;
  readonly #messenger: Messenger;
  #state: State = 'new';
  #nickname: string | undefined;
  #chatMedia: ChatMedia | undefined;
  #media: RoomMedia | undefined;
  #opener: SessionOpener | undefined;
  #link: MsrpLink | undefined;
  #firstRoster = true;
  /** The call ended before `join` was through. */
  #hungUp: CallEnd | undefined;
  #leaving: Promise<void> | undefined;
  #grace: Timer | undefined;

  constructor(options: ParticipantOptions) {
    super();
    const { anonymous = false } = options;
    // 7701-6.1-02, 3323-4.1-01, A-23: reveals nothing, and is of nobody else in the room
    const uri = anonymous ? `sip:anonymous-${randomId(14)}@anonymous.invalid` : options.uri;
    this.#signalling = options.signalling;
    this.#transport = options.transport;
    const { secure = false, listen, relays = [], chunkSize } = options;
    this.#settings = {
      secure,
      relays,
      ...(listen ? { listen } : {}),
      ...(chunkSize === undefined ? {} : { chunkSize }),
    };
    this.#maxMessageSize = options.maxMessageSize ?? 10 * 1024 * 1024;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
    this.#address = new RoomAddress(uri, anonymous, this.#roster);
    this.#inbox = this.#newInbox(options.deliveryNotifications ?? false);
    this.#messenger = new Messenger({
      clock: this.#clock,
      address: this.#address,
      session: () => this.#session(),
    });
  }

  /** SIP From and CPIM From: what others are told. Made up for who is anonymous, and by rooms that hide everybody. */
  get uri(): string {
    return this.#address.self;
  }

  /** Room URI as dialled, `''` before `join`. */
  get room(): string {
    return this.#address.room;
  }

  /** Nickname the room granted us. */
  get nickname(): string | undefined {
    return this.#nickname;
  }

  /** What the room said it does, `undefined` before it answered. */
  get media(): RoomMedia | undefined {
    return this.#media;
  }

  /** Who is here, ourselves included; empty until the first roster arrived. */
  get participants(): readonly RosterEntry[] {
    return this.#roster.participants;
  }

  /** Subject of the room, when the roster names one. */
  get subject(): string | undefined {
    return this.#roster.subject;
  }

  /** All whom `name` may mean: nickname, display name, user part or URI, in this order, without regard to case. */
  find(name: string): readonly RosterEntry[] {
    return this.#roster.resolve(name);
  }

  /** Whether an entry of the roster is ourselves. */
  isSelf(entry: Pick<RosterEntry, 'uri'>): boolean {
    return this.#address.isSelf(entry.uri);
  }

  /**
   * Calls the room, opens the MSRP session, takes the nickname and subscribes to the roster. The roster itself arrives
   * later, as event `roster`.
   * @throws ChatroomsError `CHAT_ERR_USAGE` for what is no URI, and when it was called before; `CHAT_ERR_JOIN_REFUSED` (`sipStatus`), `CHAT_ERR_SIP_UNREACHABLE`, `CHAT_ERR_SIP_TIMEOUT`,
   * `CHAT_ERR_NOT_A_ROOM`, `CHAT_ERR_MSRP_…`, `CHAT_ERR_NICKNAME_REFUSED` (`msrpStatus`); `CHAT_ERR_CLOSED` when `leave`
   * was called meanwhile, once the step then under way is through: no further one is taken, and nothing stays behind
   */
  async join(room: string, options: JoinOptions = {}): Promise<void> {
    if (this.#state !== 'new') throw misuse('join can be called once; make another participant to join again');
    const { nick, displayName } = options;
    requireAddresses(this.uri, room);
    for (const value of [this.uri, room, nick ?? '', displayName ?? '']) {
      if (hasControls(value)) throw misuse(`${JSON.stringify(value)} has a control character in it`);
    }
    this.#state = 'joining';
    this.#address.dial(room);
    // 7701-5.2-09: "and other revealing headers"
    this.#messenger.displayName = this.#address.anonymous ? null : (displayName ?? null);
    try {
      await this.#enter(nick);
    } catch (error) {
      const left = this.#leaving !== undefined;
      await this.#abandon();
      if (this.#hungUp) throw hungUp(room, this.#hungUp);
      throw left ? leftWhileJoining(error) : error;
    }
    // the roster is a convenience: a room without one is still a room
    this.#signalling.subscribe().catch((error: unknown) => this.#rosterUnavailable(error));
  }

  /**
   * Sends text to everybody.
   * @returns how the room answered; a status other than 200 means nobody got it
   * @throws ChatroomsError `CHAT_ERR_CLOSED`, `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_TYPE_NOT_ACCEPTED`,
   * `CHAT_ERR_MESSAGE_TOO_LARGE`, `CHAT_ERR_MESSAGE_STOPPED` (413), `CHAT_ERR_LISTEN_ONLY`, `CHAT_ERR_ABORTED`,
   * `CHAT_ERR_QUEUE_FULL`, `CHAT_ERR_USAGE` for what is no text
   */
  async send(text: string, options: MessageOptions = {}): Promise<Outcome> {
    return this.sendContent(this.room, 'text/plain;charset=utf-8', requireText(text), options);
  }

  /**
   * Sends text to one person.
   * @param to URI as the roster shows it (7701-6.2-01)
   * @throws ChatroomsError as `send`, and `CHAT_ERR_PRIVATE_UNSUPPORTED`
   */
  async sendPrivate(to: string, text: string, options: MessageOptions = {}): Promise<Outcome> {
    this.#messenger.requirePrivate();
    return this.sendContent(to, 'text/plain;charset=utf-8', requireText(text), options);
  }

  /**
   * Sends content of any type in a CPIM envelope from us to `to`; a stream is read as fast as the room takes it.
   * @returns as `send`
   * @throws ChatroomsError as `send`; `CHAT_ERR_USAGE` for a stream that has not the announced `size`; what the stream throws
   */
  async sendContent(to: string, contentType: string, content: Content, options: ContentOptions = {}): Promise<Outcome> {
    return this.#messenger.send(to, contentType, content, options);
  }

  /** To be called at every keystroke: tells the room, sparingly, that a message is being written (RFC 3994 §3.2). */
  typing(): void {
    if (this.#state === 'joined') this.#messenger.typing();
  }

  /**
   * Tells the sender of a message, in private, that it was delivered here or displayed (RFC 5438 §7.2).
   * @returns how the room answered; undefined, with nothing sent, when the message did not ask for it or was told of
   * already, is our own, or itself a notification
   * @throws ChatroomsError as `sendPrivate`
   */
  sendDisposition(message: MessageHead, notice: Notice): Promise<Outcome | undefined> {
    return this.#messenger.tell(message, notice);
  }

  /** Sends a body as it is, without envelope and checks of what is in it: for gateways and for tests of a room. */
  async sendRaw(contentType: string, body: Uint8Array | OutgoingBody, options: SendOptions = {}): Promise<Outcome> {
    return this.#messenger.sendRaw(contentType, body, options);
  }

  /**
   * Asks for a nickname; `''` gives it back (RFC 7701 §7).
   * @returns 200, 403 not allowed, 424 not a nickname, 425 taken; other than 200 the former one stays
   * @throws ChatroomsError `CHAT_ERR_NICKNAME_UNSUPPORTED`, `CHAT_ERR_NICKNAME_MALFORMED`, `CHAT_ERR_CLOSED`,
   * `CHAT_ERR_MSRP_TIMEOUT`
   */
  async setNickname(name: string): Promise<Outcome> {
    const { link, media } = this.#session();
    // 7701-7.1-01: only if the room announced it
    if (!media.nicknames) throw new ChatroomsError('CHAT_ERR_NICKNAME_UNSUPPORTED', 'this room has no nicknames');
    requireNickname(name);
    const outcome = await link.nickname(name);
    if (outcome.status === 200) this.#nickname = name === '' ? undefined : name;
    return outcome;
  }

  /**
   * To be called when there is reason to doubt the connection, as when the network changed: over the WebSocket of a browser
   * the room is asked at once, and event `ended` follows if it does not answer soon. It is asked from time to time anyway.
   */
  check(): void {
    this.#link?.check();
  }

  /** Leaves the room: BYE, end of the MSRP session. Never rejects; may be called at any time and more than once. */
  leave(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    this.#messenger.close();
    this.#state = 'leaving';
    this.#leaving ??= this.#hangUp();
    return this.#leaving;
  }

  /** Ends a join that is not to be. */
  async #abandon(): Promise<void> {
    if (this.#state !== 'closed') return this.leave();
    // What there was has been let go; the step that was under way may have opened more since.
    this.#opener?.destroy();
    this.#signalling.close();
  }

  async #hangUp(): Promise<void> {
    await this.#signalling.bye();
    this.#opener?.close();
    this.#close();
  }

  async #enter(nick: string | undefined): Promise<void> {
    const { displayName } = this.#messenger;
    const call = {
      room: this.room,
      from: this.uri,
      ...(displayName === null ? {} : { displayName }),
      ...(this.#address.anonymous ? { anonymous: true } : {}),
    };
    const { host } = await this.#signalling.open(call, this.#delegate());
    this.#requireJoining();
    const opener = this.#newOpener();
    this.#opener = opener;
    this.#chatMedia = await opener.prepare(host);
    this.#requireJoining();
    const answer = await this.#signalling.invite(this.#chatMedia.offer());
    this.#requireJoining();
    this.#media = this.#chatMedia.accept(answer.sdp);
    // a Contact without user part names a host, not a room
    if (answer.isFocus && answer.contact.includes('@')) this.#address.learn(answer.contact);
    this.#link = await opener.open(this.#media);
    this.#requireJoining();
    this.#state = 'joined';
    if (nick !== undefined && this.#media.nicknames) await this.#takeNickname(nick);
  }

  /** To be asked after every step of joining: who left meanwhile takes no further one. */
  #requireJoining(): void {
    if (this.#state !== 'joining') throw leftWhileJoining();
  }

  #newOpener(): SessionOpener {
    const signalling = this.#signalling;
    return new SessionOpener({
      ...this.#settings,
      transport: this.#transport,
      clock: this.#clock,
      maxSize: this.#maxMessageSize,
      reinvite: signalling.reinvite?.bind(signalling),
      delegate: {
        onMessage: (_contentType, body) => this.#inbox.receive(body),
        onLarge: (prefix, size, content) => this.#inbox.openLarge(prefix, size, content),
        onReport: (report) => void this.emit('report', report),
        onClosed: (cause) => this.#linkClosed(cause),
      },
    });
  }

  async #takeNickname(nick: string): Promise<void> {
    const { status, comment } = await this.setNickname(nick);
    if (status === 200) return;
    const why = NICKNAME_REFUSALS[status] ?? `was refused: ${status} ${comment}`;
    throw new ChatroomsError('CHAT_ERR_NICKNAME_REFUSED', `the nickname "${nick}" ${why}`, { msrpStatus: status });
  }

  #delegate(): SignallingDelegate {
    return {
      onSubscribing: () => this.#roster.restart(),
      onConferenceInfo: (document) => this.#updateRoster(document),
      onSubscriptionEnd: (reason) => void this.emit('rosterUnavailable', reason),
      onOffer: (sdp) => this.#answerOffer(sdp),
      // our offer named the session that is open; whatever the room answers, it stays the same
      onAnswer: () => {},
      onEnd: (end) => this.#callEnded(end),
    };
  }

  #answerOffer(offer: string | undefined): string | undefined {
    if (offer === undefined) return this.#chatMedia?.offer();
    const answer = this.#chatMedia?.answer(offer);
    if (answer) this.#media = answer.room;
    return answer?.sdp;
  }

  #newInbox(notify: boolean): Inbox {
    const delegate: InboxDelegate = {
      onMessage: (message) => {
        // who cannot be told is not told; the message is here all the same
        if (notify) this.sendDisposition(message, 'delivery').catch(() => {});
        this.emit('message', message);
      },
      onIncoming: (message) => void this.emit('incoming', message),
      onComposing: (composing) => void this.emit('composing', composing),
      onDisposition: (disposition) => void this.emit('disposition', disposition),
    };
    return new Inbox(this.#address, delegate, { clock: this.#clock, log: this.#log });
  }

  #updateRoster(document: string): void {
    try {
      const info = readConferenceInfo(document);
      this.#address.learn(info.entity);
      const update = this.#roster.apply(info);
      if (update.kind === 'gap') this.#signalling.subscribe().catch((error: unknown) => this.#rosterUnavailable(error));
      if (update.kind === 'ended') this.emit('rosterUnavailable', 'the conference has ended');
      if (update.kind !== 'changed') return;
      const first = this.#firstRoster;
      this.#firstRoster = false;
      this.emit('roster', { participants: this.#roster.participants, count: this.#roster.count, first });
      for (const { uri } of update.change.left) this.#inbox.left(uri);
      if (first) return;
      for (const entry of update.change.joined) this.emit('join', entry);
      for (const entry of update.change.left) this.emit('leave', entry);
      for (const { entry, before } of update.change.renamed) this.emit('nickname', entry, { before });
    } catch (error) {
      if (!(error instanceof ChatroomsError)) throw error;
      this.#log.warn({ reason: error.message }, 'conference-info document ignored');
    }
  }

  #rosterUnavailable(error: unknown): void {
    if (this.#state !== 'joined') return;
    this.#log.info({ reason: error instanceof Error ? error.message : String(error) }, 'no roster');
    this.emit('rosterUnavailable', error instanceof Error ? error.message : String(error));
  }

  #linkClosed(cause: ChatroomsError): void {
    if (this.#state !== 'joined') return;
    this.#grace = this.#clock.after(BYE_GRACE, () => {
      if (this.#state !== 'joined') return;
      this.emit('ended', { kind: 'lost', reason: cause.message });
      void this.leave();
    });
  }

  #callEnded(end: CallEnd): void {
    if (this.#state === 'closed' || this.#state === 'leaving') return;
    const joined = this.#state === 'joined';
    this.#opener?.destroy();
    if (!joined) this.#hungUp = end;
    else {
      this.emit('ended', {
        kind: end.kind,
        reason: end.text,
        ...(end.cause === undefined ? {} : { cause: end.cause }),
      });
    }
    this.#close();
  }

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#grace?.cancel();
    this.#messenger.close();
    this.#inbox.close();
    this.#signalling.close();
    this.emit('closed');
  }

  /** The program's own mistake is for its own last resort, as in a timer: joining, talking and leaving go on. */
  protected override listenerFailed(_name: keyof ParticipantEvents, error: unknown): void {
    queueMicrotask(() => {
      throw error;
    });
  }

  #session(): { link: MsrpLink; media: RoomMedia } {
    if (this.#state !== 'joined' || !this.#link || !this.#media) {
      throw new ChatroomsError('CHAT_ERR_CLOSED', `not in a room (${this.#state}); join one first`);
    }
    return { link: this.#link, media: this.#media };
  }
}
