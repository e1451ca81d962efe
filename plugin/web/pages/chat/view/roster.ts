import { el, newId, setText, spoken } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import { isSame, matching, type Person } from '../model/people.js';
import { oneLine } from '../../shared/text.js';
import { strings } from '../strings.js';
import { avatar, renameAvatar } from './avatar.js';

export interface RosterActions {
  /** Write to somebody privately. */
  whisper(person: Person): void;
  /** Change the own nickname. */
  rename(): void;
  /** Put the list away. */
  close(): void;
}

/** From so many people on there is a field to find somebody. */
const SEARCHED_FROM = 12;

class Row {
  readonly element: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly #avatar: HTMLElement;
  readonly #name = el('span', { class: 'person-name', dir: 'auto' });
  readonly #note = el('span', { class: 'person-note' });
  #person: Person;

  constructor(person: Person, choose: (person: Person) => void) {
    this.#person = person;
    this.#avatar = avatar(person.uri, person.name);
    this.button = el(
      'button',
      { class: 'person', type: 'button', tabindex: -1, title: person.uri },
      this.#avatar,
      el('span', { class: 'person-text' }, this.#name, this.#note),
      person.own ? icon('edit') : icon('bubble'),
    );
    this.button.append(spoken(person.own ? strings.people.rename : strings.people.whisper));
    this.button.addEventListener('click', () => choose(this.#person));
    this.element = el('li', {}, this.button);
    this.#write();
  }

  update(person: Person): void {
    const same = isSame(person, this.#person);
    this.#person = person;
    if (!same) this.#write();
  }

  #write(): void {
    const { name, own, role, typing } = this.#person;
    const shown = oneLine(name, 80);
    setText(this.#name, shown);
    renameAvatar(this.#avatar, shown);
    const notes = [
      own ? strings.people.you : '',
      role ? strings.people.roles[role] : '',
      typing ? strings.people.typing : '',
    ];
    setText(this.#note, notes.filter(Boolean).join(' · '));
    this.button.classList.toggle('typing', typing);
    this.button.classList.toggle('self', own);
  }
}

/** Who is here: one list that is changed where people are, not made anew. */
export class RosterView {
  readonly element: HTMLElement;
  readonly #heading = el('h2', { id: newId('people') });
  readonly #list: HTMLUListElement;
  readonly #search: HTMLInputElement;
  readonly #note = el('p', { class: 'people-note' });
  readonly #actions: RosterActions;
  readonly #rows = new Map<string, Row>();
  #people: readonly Person[] = [];
  #count = 0;
  /** Address of the row that Tab leads to. */
  #current: string | undefined;

  constructor(actions: RosterActions) {
    this.#actions = actions;
    const { people } = strings;
    this.#list = el('ul', { class: 'people-list', 'aria-labelledby': this.#heading.id });
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('focusin', (event) => this.#focused(event.target));
    this.#search = el('input', {
      class: 'people-search',
      type: 'search',
      placeholder: people.search,
      'aria-label': people.search,
      autocomplete: 'off',
      hidden: true,
    });
    this.#search.addEventListener('input', () => this.#arrange());
    this.#search.addEventListener('keydown', (event) => this.#searchKey(event));
    const close = el('button', { class: 'icon-button drawer-close', type: 'button' }, icon('close'));
    close.append(spoken(strings.room.hidePeople));
    close.addEventListener('click', () => actions.close());
    this.element = el(
      'aside',
      { class: 'people', id: newId('roster'), 'aria-labelledby': this.#heading.id },
      el('header', { class: 'people-head' }, this.#heading, close),
      this.#search,
      this.#list,
      this.#note,
    );
  }

  update(people: readonly Person[], count: number): void {
    this.#people = people;
    this.#count = count;
    this.#search.hidden = people.length < SEARCHED_FROM;
    if (this.#search.hidden) this.#search.value = '';
    setText(this.#heading, strings.room.people(count));
    this.#arrange();
  }

  focus(): void {
    this.#entry()?.button.focus();
  }

  #arrange(): void {
    const shown = matching(this.#people, this.#search.value);
    const wanted = new Set(shown.map(({ uri }) => uri));
    const focused = this.#focusedItem();
    const place = focused ? [...this.#list.children].indexOf(focused) : -1;
    for (const [uri, row] of this.#rows) {
      if (wanted.has(uri)) continue;
      row.element.remove();
      this.#rows.delete(uri);
    }
    let at = this.#list.firstElementChild;
    for (const person of shown) {
      const row = this.#rowOf(person);
      // One that goes further down is moved alone, not all those that it passes.
      if (at && row.element === at.nextElementSibling) at = row.element;
      if (row.element === at) at = at.nextElementSibling;
      else this.#list.insertBefore(row.element, at);
    }
    const more = this.#count - this.#people.length;
    const note = shown.length === 0 && this.#people.length > 0 ? strings.people.nobody : '';
    setText(this.#note, note || (more > 0 ? strings.people.more(more) : ''));
    this.#mark(this.#entry()?.button);
    if (focused && !this.#focusedItem()) {
      // Who was moved lost the focus; of who left the next one has it.
      const next = focused.isConnected ? focused : (this.#list.children[place] ?? this.#list.lastElementChild);
      next?.querySelector('button')?.focus();
    }
  }

  #focusedItem(): HTMLLIElement | undefined {
    const item = document.activeElement?.closest('li');
    return item && this.#list.contains(item) ? item : undefined;
  }

  /** Escape first shows everybody again: where a browser empties the field by itself, it does not always tell. */
  #searchKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || this.#search.value === '') return;
    event.preventDefault();
    event.stopPropagation();
    this.#search.value = '';
    this.#arrange();
  }

  #rowOf(person: Person): Row {
    const known = this.#rows.get(person.uri);
    if (known) {
      known.update(person);
      return known;
    }
    const choose = (chosen: Person): void => (chosen.own ? this.#actions.rename() : this.#actions.whisper(chosen));
    const row = new Row(person, choose);
    this.#rows.set(person.uri, row);
    return row;
  }

  /** The row that Tab leads to: the one that was there last, else the first. */
  #entry(): Row | undefined {
    const first = this.#list.firstElementChild;
    const row = this.#current === undefined ? undefined : this.#rows.get(this.#current);
    return row ?? [...this.#rows.values()].find(({ element }) => element === first);
  }

  #mark(button: HTMLButtonElement | undefined): void {
    if (!button || button.tabIndex === 0) return;
    for (const other of this.#list.querySelectorAll<HTMLButtonElement>('[tabindex="0"]')) other.tabIndex = -1;
    button.tabIndex = 0;
  }

  #focused(target: EventTarget | null): void {
    for (const [uri, { button }] of this.#rows) {
      if (button !== target) continue;
      this.#current = uri;
      this.#mark(button);
      return;
    }
  }

  #key(event: KeyboardEvent): void {
    const item = this.#focusedItem();
    if (!item) return;
    const next: Readonly<Record<string, Element | null>> = {
      ArrowDown: item.nextElementSibling,
      ArrowUp: item.previousElementSibling,
      Home: this.#list.firstElementChild,
      End: this.#list.lastElementChild,
    };
    if (!(event.key in next)) return;
    event.preventDefault();
    next[event.key]?.querySelector('button')?.focus();
  }
}
