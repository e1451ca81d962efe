import type { Clock } from '../../../../../lib/util/clock.js';
import { el, setText, spoken } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import { roomName } from '../model/address.js';
import { oneLine } from '../../shared/text.js';
import type { RoomSession } from '../session/room-session.js';
import type { Connection } from '../session/room-session-types.js';
import { strings } from '../strings.js';
import { Banner } from './banner.js';
import { ComposerView, type Recipient } from './composer.js';
import { dropZone } from './drop-zone.js';
import { LogView } from './log.js';
import { NicknameDialog } from './nickname-dialog.js';
import { RosterView } from './roster.js';

export interface RoomViewOptions {
  session: RoomSession;
  clock: Clock;
  /** Back to the form. */
  onClose: () => void;
}

/** One room on the screen. */
export class RoomView {
  readonly element: HTMLElement;
  readonly #session: RoomSession;
  readonly #log: LogView;
  readonly #roster: RosterView;
  readonly #composer: ComposerView;
  readonly #banner: Banner;
  readonly #nickname: NicknameDialog;
  readonly #subject = el('p', { class: 'bar-subject', dir: 'auto' });
  readonly #writers = el('span', { class: 'writers-names' });
  readonly #writing = el('span', { class: 'writers-verb' });
  readonly #peopleButton: HTMLButtonElement;
  readonly #peopleCount = el('span', { class: 'bar-count' });
  /** What the list of people lies over where there is no place beside it. */
  readonly #covered: readonly HTMLElement[];
  readonly #narrow = matchMedia(NARROW);
  readonly #cover = (): void => {
    for (const element of this.#covered) element.inert = this.#narrow.matches && this.#peopleShown;
  };
  #frame = 0;

  constructor({ session, clock, onClose }: RoomViewOptions) {
    this.#session = session;
    const room = oneLine(roomName(session.room), 60);
    const whisper = (peer: Recipient): void => this.#whisper(peer);
    this.#log = new LogView(session.conversation, room, { retry: (id) => session.outbound.retry(id), whisper });
    this.#nickname = new NicknameDialog((nickname) => session.rename(nickname));
    this.#roster = new RosterView({
      whisper,
      rename: () => this.#nickname.open(session.nickname),
      close: () => this.#showPeople(false),
    });
    this.#composer = new ComposerView(room, {
      say: (text, to) => this.#say(text, to),
      sendFile: (file, to) => session.sendFile(file, to),
      typing: () => session.typing(),
    });
    this.#banner = new Banner(clock, {
      retry: () => session.reconnectNow(),
      rejoin: () => void session.rejoin(),
      close: onClose,
    });
    this.#peopleButton = el(
      'button',
      { class: 'icon-button with-count', type: 'button', 'aria-controls': this.#roster.element.id },
      icon('people'),
      this.#peopleCount,
    );
    this.#peopleButton.addEventListener('click', () => this.#showPeople(!this.#peopleShown));
    const leave = el(
      'button',
      { class: 'icon-button leave', type: 'button', title: strings.room.leave },
      icon('leave'),
    );
    leave.append(spoken(strings.room.leave));
    leave.addEventListener('click', onClose);
    const bar = el(
      'header',
      { class: 'bar' },
      el('div', { class: 'bar-room' }, el('h1', { dir: 'auto' }, `#${room}`), this.#subject),
      this.#peopleButton,
      leave,
    );
    const backdrop = el('div', { class: 'backdrop' });
    backdrop.addEventListener('click', () => this.#showPeople(false));
    const main = el(
      'main',
      { class: 'conversation', 'aria-label': strings.room.landmark },
      this.#banner.element,
      this.#log.element,
      el('p', { class: 'writers', 'aria-live': 'off' }, this.#writers, ' ', this.#writing),
      this.#composer.element,
    );
    this.#covered = [bar, main];
    dropZone(main, (files) => this.#composer.sendFiles(files));
    this.element = el('div', { class: 'room' }, bar, main, backdrop, this.#roster.element, this.#nickname.element);
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#showPeople(!this.#narrow.matches, false);
    this.#narrow.addEventListener('change', this.#cover);
    this.#listen();
  }

  get atEnd(): boolean {
    return this.#log.atEnd;
  }

  focus(): void {
    this.#composer.focus();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#narrow.removeEventListener('change', this.#cover);
    this.#banner.dispose();
    this.#session.dispose();
    this.element.remove();
  }

  get #peopleShown(): boolean {
    return this.element.classList.contains('people-shown');
  }

  #listen(): void {
    const session = this.#session;
    const subject = (): void => setText(this.#subject, session.subject);
    // Many may come and go within one frame.
    const people = (): void => {
      this.#frame ||= requestAnimationFrame(() => {
        this.#frame = 0;
        this.#people();
      });
    };
    session
      .on('people', people)
      .on('subject', subject)
      .on('connection', (connection) => this.#connected(connection));
    subject();
    this.#people();
    this.#connected(session.connection);
  }

  #connected(connection: Connection): void {
    this.#banner.show(connection);
    const over = connection.state === 'over';
    const { element } = this.#composer;
    if (over) {
      element.hidden = true;
      this.#banner.focus();
    } else if (connection.state === 'joined' && element.hidden) {
      element.hidden = false;
      this.focus();
    }
  }

  #people(): void {
    const { people, count, writers } = this.#session;
    this.#roster.update(people, count);
    setText(this.#peopleCount, String(count));
    setText(this.#writers, strings.few(writers.map((name) => oneLine(name, 40))));
    setText(this.#writing, strings.typing(writers.length));
    this.#describeButton();
  }

  #say(text: string, to: Recipient | undefined): string | undefined {
    const { outbound } = this.#session;
    if (!outbound.hasRoom) return strings.composer.queueFull;
    if (to && !this.#session.mayBeHere(to.uri) && this.#session.connection.state === 'joined') {
      return strings.composer.gone(oneLine(to.name, 60));
    }
    outbound.say(text, to);
    return undefined;
  }

  #whisper(peer: Recipient): void {
    if (this.#narrow.matches) this.#showPeople(false);
    if (this.#session.canWhisper) this.#composer.address({ uri: peer.uri, name: peer.name });
    else this.#composer.fail(strings.error('CHAT_ERR_PRIVATE_UNSUPPORTED', ''));
  }

  #showPeople(shown: boolean, move = true): void {
    this.element.classList.toggle('people-shown', shown);
    this.#peopleButton.setAttribute('aria-expanded', String(shown));
    this.#describeButton();
    this.#cover();
    if (!move) return;
    if (shown) this.#roster.focus();
    else this.#peopleButton.focus();
  }

  #describeButton(): void {
    const { room } = strings;
    const action = this.#peopleShown ? room.hidePeople : room.showPeople;
    const label = `${room.people(this.#session.count)}. ${action}`;
    this.#peopleButton.setAttribute('aria-label', label);
    this.#peopleButton.title = action;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || this.#nickname.element.open) return;
    if (this.#narrow.matches && this.#peopleShown) this.#showPeople(false);
    else this.focus();
  }
}

/** As in style sheet `people.css`: the list of people lies over the conversation. */
const NARROW = '(max-width: 719px), (max-height: 479px)';
