import type { Ban, FeedEvent, Participant, PastMessage, Room } from '../../../../api/schemas/index.js';
import { el, setText } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import { oneLine } from '../../shared/text.js';
import { ApiError } from '../api/api-error.js';
import { clockTime, octets } from '../model/format.js';
import { nameOf } from '../model/room-list.js';
import { Refresh } from '../session/refresh.js';
import { strings } from '../strings.js';
import { BanRow } from './ban-row.js';
import { KeyedList } from './keyed-list.js';
import { LogList } from './logs.js';
import { button, card, said, tag, unlessSilent } from './parts.js';
import { PeopleCard } from './people-card.js';
import type { Question } from './question-dialog.js';
import { roomLabel, RoomQuestions } from './room-questions.js';
import type { Surroundings, View } from './view.js';

/** Milliseconds between two looks at the room itself, which is heard of when it changes. */
const EVERY = 30_000;
/** At who is in: that somebody reads slowly is no event. For each there is, so that large rooms are not read all the time. */
const EVERY_PEOPLE = 5000;
const EVERY_PERSON = 20;
/** At what was said, and messages that are shown of it. */
const EVERY_HISTORY = 5000;
const HISTORY = 20;
/** At least between one look and the next. */
const LEAST = 1000;
const LEAST_PERSON = 5;

/** One room, who is in it, and what can be done about that. */
export class RoomView implements View {
  readonly element: HTMLElement;
  readonly #heading = el('h1', { tabindex: -1, dir: 'auto' });
  readonly #facts = el('p', { class: 'room-facts' });
  readonly #topic = el('p', { class: 'room-topic', dir: 'auto' });
  readonly #error = el('p', { class: 'form-error', role: 'status' });
  readonly #lock = button(strings.room.lock, () => this.#ask((questions) => questions.lock()));
  readonly #buttons: HTMLElement;
  readonly #people: PeopleCard;
  readonly #bans: KeyedList<Ban>;
  readonly #noBans = el('p', { class: 'none' }, strings.room.noBans);
  readonly #history = new LogList<PastMessage>(strings.room.noHistory, saidItem);
  readonly #historyCard = card(strings.room.history, this.#history.element);
  readonly #cards = el('div', { class: 'view' });
  readonly #refreshes: Readonly<Record<'room' | 'people' | 'said', Refresh>>;
  #room: Room | undefined;
  #participants: readonly Participant[] | undefined;

  constructor(
    private readonly around: Surroundings,
    private readonly uri: string,
  ) {
    const { room } = strings;
    const { clock, pace } = around;
    const today = (): Date => clock.date();
    const lost = (): void => this.#heading.focus();
    this.#people = new PeopleCard({
      actions: {
        mute: (person) => this.#ask((questions) => questions.mute(person)),
        role: (person) => this.#ask((questions) => questions.role(person)),
        kick: (person) => this.#ask((questions) => questions.kick(person)),
        ban: (person) => this.#ask((questions) => questions.ban(person)),
      },
      today,
      lost,
    });
    const bans = el('ul', { class: 'bans' });
    const unban = (ban: Ban): void => this.#ask((questions) => questions.unban(ban));
    this.#bans = new KeyedList(
      bans,
      ({ pattern }) => pattern,
      (ban) => new BanRow(ban, unban, today),
      lost,
    );
    this.#historyCard.hidden = true;
    this.#buttons = el(
      'div',
      { class: 'room-actions', hidden: true },
      this.#lock,
      button(room.topic, () => this.#ask((questions) => questions.topic())),
      button(room.send, () => this.#ask((questions) => questions.send())),
    );
    setText(this.#heading, nameOf(uri));
    this.element = el(
      'div',
      { class: 'view' },
      el('p', { class: 'back' }, el('a', { href: '#/rooms' }, icon('down'), room.back)),
      el('div', { class: 'view-head' }, this.#heading, this.#buttons),
      el('div', { class: 'room-about' }, this.#topic, this.#facts),
      this.#error,
      this.#cards,
    );
    this.#cards.append(this.#people.element, card(room.bans, bans, this.#noBans), this.#historyCard);
    const least = (): number => pace(LEAST);
    const crowd = (each: number): number => (this.#participants?.length ?? 0) * each;
    this.#refreshes = {
      room: new Refresh({ clock, run: () => this.#readRoom(), every: () => pace(EVERY), least }),
      people: new Refresh({
        clock,
        run: () => this.#readPeople(),
        // There is nobody in a room that is not there; should it come back, that is heard.
        every: () => pace(this.#gone ? EVERY : EVERY_PEOPLE + crowd(EVERY_PERSON)),
        least: () => pace(LEAST + crowd(LEAST_PERSON)),
      }),
      said: new Refresh({ clock, run: () => this.#readHistory(), every: () => pace(EVERY_HISTORY), least }),
    };
  }

  get title(): string {
    return this.#room ? roomLabel(this.#room) : nameOf(this.uri);
  }

  refresh(): void {
    this.#refreshes.room.soon();
    this.#refreshes.people.soon();
  }

  heard(event: FeedEvent): void {
    if (!('room' in event) || event.room !== (this.#room?.uri ?? this.uri)) return;
    if (event.type.startsWith('participant.')) this.#refreshes.people.soon();
    else this.refresh();
  }

  dispose(): void {
    for (const refresh of Object.values(this.#refreshes)) refresh.close();
  }

  get #gone(): boolean {
    return this.element.classList.contains('gone');
  }

  #ask(question: (questions: RoomQuestions) => Question): void {
    const { api, ask } = this.around;
    if (!this.#room) return;
    const asked = question(new RoomQuestions(api, this.#room));
    ask({
      ...asked,
      run: async (values) => {
        const done = await asked.run(values);
        this.refresh();
        return done;
      },
    });
  }

  async #readRoom(): Promise<void> {
    const { api } = this.around;
    try {
      const [room, bans] = await Promise.all([api.room(this.uri), api.bans(this.uri)]);
      this.#showRoom(room);
      this.#bans.update(bans);
      this.#noBans.hidden = bans.length > 0;
      this.#there();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #readPeople(): Promise<void> {
    try {
      this.#participants = await this.around.api.participants(this.uri);
      this.#people.update(this.#participants);
      this.#showFacts();
      this.#there();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #readHistory(): Promise<void> {
    // That nothing is kept need not be asked.
    if (this.#room === undefined || this.#room.config.history === 0 || this.#gone) return;
    const { api, clock } = this.around;
    try {
      const messages = await api.history(this.#room.uri, HISTORY);
      // The latest first, as in all lists here.
      this.#history.update(messages.toReversed(), clock.date());
      this.#historyCard.hidden = false;
    } catch {
      // It is no more kept since, which is heard; any other reason stands at the top of the page already.
    }
  }

  #there(): void {
    this.#cards.hidden = false;
    setText(this.#error, '');
    this.element.classList.remove('gone');
  }

  #failed(error: unknown): void {
    const gone = error instanceof ApiError && error.status === 404;
    // What it was like stays to be read; there is nothing left to act upon.
    if (gone) this.element.classList.add('gone');
    const ended = this.#room && gone ? `${strings.room.gone} ` : '';
    setText(this.#error, ended + unlessSilent(error));
    this.#cards.hidden = gone && !this.#room;
  }

  #showRoom(room: Room): void {
    const { room: words } = strings;
    this.#room = room;
    setText(this.#heading, oneLine(room.title ?? room.name));
    this.#topic.replaceChildren(room.subject === '' ? words.noTopic : said(room.subject, 500));
    this.#topic.classList.toggle('none', room.subject === '');
    setText(this.#lock, room.locked ? words.unlock : words.lock);
    this.#buttons.hidden = false;
    this.#showFacts();
    if (room.config.history === 0) this.#historyCard.hidden = true;
    else this.#refreshes.said.soon();
  }

  #showFacts(): void {
    const room = this.#room;
    if (!room) return;
    const { tags, room: words } = strings;
    const people = this.#participants?.length ?? room.participants;
    const devices = this.#participants?.reduce((sum, { endpoints }) => sum + endpoints.length, 0) ?? room.endpoints;
    const created = words.created(clockTime(room.createdAt, this.around.clock.date()));
    this.#facts.replaceChildren(
      ...(room.locked ? [tag(tags.locked, 'warn'), ' '] : []),
      ...(room.newcomers === 'visitor' ? [tag(tags.moderated), ' '] : []),
      ...(room.config.password ? [tag(tags.password), ' '] : []),
      said(room.uri, 300),
      ` · ${[words.people(people), words.devices(devices), created].join(' · ')}`,
    );
  }
}

function saidItem({ time, from, nickname, text, contentType, size }: PastMessage, today: Date): HTMLElement {
  const who = said(nickname ?? from, 80);
  const head = el('p', { class: 'log-head' }, el('time', { datetime: time }, clockTime(time, today)), who);
  return el('li', {}, head, el('p', { class: 'log-text' }, said(text ?? `${contentType}, ${octets(size)}`, 500)));
}
