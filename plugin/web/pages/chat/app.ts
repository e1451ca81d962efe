import { ChatParticipant } from '../../../../lib/client/participant.js';
import { WebSocketTransport } from '../../../../lib/client/web/web-socket-transport.js';
import type { Credentials } from '../../../../lib/msrp/index.js';
import { type Clock, systemClock } from '../../../../lib/util/clock.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { SipJsSignalling } from '../shared/sip/signalling.js';
import { mediaUrl, type PageConfig, roomOf } from './config.js';
import { otherNickname } from './model/nickname.js';
import { accountUri, guestUri, roomName, roomUri } from './model/address.js';
import { oneLine } from '../shared/text.js';
import { Preferences } from './preferences.js';
import { RoomSession } from './session/room-session.js';
import { isTaken, wordsOf } from './session/words.js';
import { strings } from './strings.js';
import { EnterForm, type Entry } from './view/enter-form.js';
import { RoomView } from './view/room-view.js';

/** The page: a form, then a room, then the form again. */
export class App {
  readonly #root: HTMLElement;
  readonly #config: PageConfig;
  readonly #clock: Clock = systemClock;
  readonly #preferences = new Preferences(() => localStorage);
  #form: EnterForm | undefined;
  #session: RoomSession | undefined;
  #view: RoomView | undefined;
  /** Of the last attempt to connect. */
  #signalling: SipJsSignalling | undefined;
  #unread = 0;

  constructor(root: HTMLElement, config: PageConfig) {
    this.#root = root;
    this.#config = config;
  }

  start(): void {
    addEventListener('online', () => this.#connectivity());
    addEventListener('offline', () => this.#connectivity());
    addEventListener('beforeunload', (event) => this.#session?.outbound.pending && event.preventDefault());
    // Who closes the page says goodbye, as far as the browser lets him.
    addEventListener('pagehide', () => void this.#session?.leave());
    // A page that the browser kept comes back without its connections.
    addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
    document.addEventListener('visibilitychange', () => {
      this.#looked();
      // A machine that slept is looked at again before its timers know.
      if (document.visibilityState === 'visible') this.#connectivity();
    });
    addEventListener('focus', () => this.#looked());
    this.#enter();
  }

  #enter(): void {
    const preferences = this.#preferences;
    document.title = this.#config.title ?? strings.product;
    const entry = {
      room: roomOf(new URL(location.href)) || preferences.get('room'),
      nickname: preferences.get('nickname'),
      user: preferences.get('user'),
    };
    const form = new EnterForm({
      title: this.#config.title ?? strings.product,
      account: this.#config.auth === 'digest',
      entry: Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)),
      onEnter: (given) => this.#join(given),
    });
    this.#form = form;
    this.#root.replaceChildren(form.element);
    form.focus();
  }

  /** Joins; what hinders it is shown in the form. */
  async #join(entry: Entry): Promise<void> {
    const room = roomUri(entry.room, this.#config.domain);
    if (room === undefined) return this.#form?.fail(strings.enter.missingRoom, 'room');
    const guest = this.#preferences.guestName(entry.nickname);
    const session = new RoomSession({
      room,
      nickname: entry.nickname,
      create: () => this.#participant(entry, guest),
      urls: { create: (content) => URL.createObjectURL(content), revoke: (url) => URL.revokeObjectURL(url) },
      clock: this.#clock,
      random: Math.random,
      maxFileSize: this.#config.maxMessageSize,
    });
    try {
      const view = new RoomView({
        session,
        clock: this.#clock,
        onClose: () => this.#close(),
      });
      await session.join();
      this.#preferences.called(entry.nickname, guest);
      session.on('nickname', (name) => this.#preferences.called(name, guest));
      this.#show(session, view, entry);
    } catch (error) {
      this.#form?.fail(
        isWrongPassword(error, entry) ? strings.enter.wrongRoomPassword : wordsOf(error),
        fieldOf(error, entry),
        isTaken(error) ? otherNickname(entry.nickname, Math.random()) : undefined,
      );
    }
  }

  #show(session: RoomSession, view: RoomView, { room, user }: Entry): void {
    this.#preferences.set('room', room);
    this.#preferences.set('user', user);
    session.on('message', () => this.#heard());
    this.#session = session;
    this.#view = view;
    this.#form = undefined;
    this.#root.replaceChildren(view.element);
    this.#looked();
    view.focus();
  }

  #close(): void {
    void this.#session?.leave();
    this.#view?.dispose();
    this.#session = undefined;
    this.#view = undefined;
    this.#enter();
  }

  /** @param guest what the address of who has no account is made of */
  #participant({ user, password, roomPassword }: Entry, guest: string): ChatParticipant {
    const { domain, auth, sip, msrp, maxMessageSize } = this.#config;
    const account = auth === 'digest';
    const credentials: Credentials | undefined = account ? { username: user, password } : undefined;
    this.#signalling = new SipJsSignalling({ server: sip, credentials, roomPassword, clock: this.#clock });
    return new ChatParticipant({
      uri: account ? accountUri(user, domain) : guestUri(guest, domain, this.#preferences.guestId()),
      signalling: this.#signalling,
      transport: new WebSocketTransport({ clock: this.#clock, ...mediaUrl(msrp) }),
      // RFC 7977 §5.2: a page that came over TLS may open no other WebSockets.
      secure: location.protocol === 'https:',
      deliveryNotifications: true,
      maxMessageSize,
      clock: this.#clock,
    });
  }

  /** The network is another one, or none: whether there still is a connection has to be asked. */
  #connectivity(): void {
    if (navigator.onLine) this.#session?.reconnectNow();
    this.#signalling?.check();
    this.#session?.check();
  }

  #heard(): void {
    if (document.visibilityState === 'visible' && document.hasFocus()) return this.#session?.seen();
    this.#unread += 1;
    this.#title();
  }

  #looked(): void {
    if (document.visibilityState !== 'visible') return;
    this.#unread = 0;
    this.#session?.seen();
    this.#title();
  }

  #title(): void {
    if (this.#session) document.title = strings.room.title(oneLine(roomName(this.#session.room), 40), this.#unread);
  }
}

/** A password of the room was typed, and is another one; after too many the room says so itself. */
const isWrongPassword = (error: unknown, entry: Entry): boolean =>
  entry.roomPassword !== '' &&
  fieldOf(error, entry) === 'roomPassword' &&
  error instanceof Error &&
  !/too many/i.test(error.message);

/** Where the form asks for something else. */
function fieldOf(
  error: unknown,
  { roomPassword }: Entry,
): 'nickname' | 'password' | 'roomPassword' | 'room' | undefined {
  if (!(error instanceof ChatroomsError)) return undefined;
  if (error.code === 'CHAT_ERR_NICKNAME_REFUSED') return 'nickname';
  if (error.sipStatus === 401 || error.sipStatus === 407) return 'password';
  if (error.sipStatus === 403 && /password/i.test(error.message)) return 'roomPassword';
  return error.sipStatus === 404 && roomPassword === '' ? 'room' : undefined;
}
