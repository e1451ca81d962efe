import type { Participant } from '../../../../api/schemas/index.js';
import { el, setText } from '../../shared/dom.js';
import { number } from '../model/format.js';
import { count, type Kind, KINDS, matching } from '../model/person-list.js';
import { strings } from '../strings.js';
import { KeyedList } from './keyed-list.js';
import { choice, search } from './parts.js';
import { type PersonActions, PersonRow } from './person-row.js';

/** People that are shown at once, and from how many on there are ways to find somebody. */
const SHOWN = 100;
const SEARCHED_FROM = 12;

export interface PeopleCardOptions {
  actions: PersonActions;
  today: () => Date;
  /** Who had the focus is gone. */
  lost: () => void;
}

/** Who is in a room, by which devices, and who of them is in trouble. */
export class PeopleCard {
  readonly element: HTMLElement;
  readonly #heading = el('h2', {}, strings.room.participants);
  readonly #list: KeyedList<Participant>;
  readonly #tools: HTMLElement;
  readonly #options: HTMLOptionElement[];
  readonly #note = el('p', { class: 'none' }, strings.room.loading);
  #people: readonly Participant[] | undefined;
  #words = '';
  #kind: Kind = 'all';

  constructor({ actions, today, lost }: PeopleCardOptions) {
    const { room } = strings;
    const rows = el('ul', { class: 'persons' });
    this.#list = new KeyedList(
      rows,
      ({ uri }) => uri,
      (person) => new PersonRow(person, actions, today),
      lost,
    );
    const words = search(room.filter, (words) => {
      this.#words = words;
      this.#show();
    });
    const labels = KINDS.map((kind) => [kind, room.kinds[kind]] as const);
    const kind = choice<Kind>(room.kind, labels, (kind) => {
      this.#kind = kind;
      this.#show();
    });
    this.#options = [...kind.options];
    this.#tools = el('div', { class: 'tools', hidden: true }, kind, words);
    const head = el('div', { class: 'card-head' }, this.#heading, this.#tools);
    this.element = el('section', { class: 'card' }, head, rows, this.#note);
  }

  update(people: readonly Participant[]): void {
    this.#people = people;
    this.#show();
  }

  #show(): void {
    const { room } = strings;
    const all = this.#people;
    if (!all) return;
    setText(this.#heading, room.counted(number(all.length)));
    const chosen = this.#words !== '' || this.#kind !== 'all';
    this.#tools.hidden = all.length < SEARCHED_FROM && !chosen;
    KINDS.forEach((kind, index) => {
      const option = this.#options[index];
      if (option) setText(option, `${room.kinds[kind]} (${number(count(all, kind))})`);
    });
    const found = matching(all, this.#kind, this.#words);
    this.#list.update(found.slice(0, SHOWN));
    const more = found.length > SHOWN ? room.more(number(found.length - SHOWN)) : '';
    const none = all.length === 0 ? room.nobody : room.noMatch;
    setText(this.#note, found.length === 0 ? none : more);
  }
}
