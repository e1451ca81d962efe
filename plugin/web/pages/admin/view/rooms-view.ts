import type { FeedEvent, RoomSummary } from '../../../../api/schemas/index.js';
import { el, newId, setAttribute, setText } from '../../shared/dom.js';
import { number } from '../model/format.js';
import { type Page, ROOM_STATES, type RoomState, type SortKey } from '../model/room-list.js';
import { Refresh } from '../session/refresh.js';
import { strings } from '../strings.js';
import { KeyedList } from './keyed-list.js';
import { button, choice, search, unlessSilent } from './parts.js';
import { RoomRow } from './room-row.js';
import type { Surroundings, View } from './view.js';

/** Rooms that are read at once, and at most. */
const BATCH = 1000;
const MOST = 50_000;
/** Milliseconds between two looks at all of them; and for each batch there are, at least between one and the next. */
const EVERY = 30_000;
const LEAST = 5000;
/** Milliseconds from an event to what is drawn: many come at once. */
const DRAW = 200;

/** All rooms, a page of them at a time. */
export class RoomsView implements View {
  readonly element: HTMLElement;
  readonly title = strings.rooms.title;
  readonly #body = el('tbody');
  readonly #rows: KeyedList<RoomSummary>;
  readonly #heads = new Map<SortKey, HTMLElement>();
  readonly #note = el('p', { class: 'none', role: 'status' });
  readonly #range = el('span', { class: 'range' });
  readonly #previous = button(strings.rooms.previous, () => this.#turn(-1));
  readonly #next = button(strings.rooms.next, () => this.#turn(1));
  readonly #refresh: Refresh;
  readonly #draw: Refresh;
  #shown: readonly string[] = [];
  #more = false;

  constructor(private readonly around: Surroundings) {
    const { rooms } = strings;
    const { clock, pace } = around;
    const chosen = around.rooms.choice;
    this.#rows = new KeyedList(
      this.#body,
      ({ uri }) => uri,
      () => new RoomRow(() => clock.date()),
    );
    const head = el('tr', {}, this.#head('name', rooms.room), this.#head('participants', rooms.people, 'figure'));
    head.append(this.#head('createdAt', rooms.created, 'wide-only'));
    const heading = el('h1', { tabindex: -1, id: newId('rooms') }, this.title);
    const filter = search(rooms.filter, (filter) => this.#choose({ filter }), chosen.filter);
    const states = ROOM_STATES.map((state) => [state, rooms.states[state]] as const);
    const state = choice<RoomState>(rooms.state, states, (state) => this.#choose({ state }), chosen.state);
    this.element = el(
      'div',
      { class: 'view' },
      el('div', { class: 'view-head' }, heading, el('div', { class: 'tools' }, state, filter)),
      el(
        'div',
        { class: 'card table-card' },
        el('table', { class: 'rooms', 'aria-labelledby': heading.id }, el('thead', {}, head), this.#body),
        this.#note,
      ),
      el('nav', { class: 'pager', 'aria-label': rooms.pages }, this.#previous, this.#range, this.#next),
    );
    // Who was about to choose one is done with it.
    for (const event of ['pointerleave', 'focusout']) this.#body.addEventListener(event, () => this.#draw.soon());
    // Many rooms are much to read: the more there are, the less often.
    const least = (): number => pace(LEAST * Math.max(1, (around.rooms.list.size / BATCH) ** 2));
    const run = (): Promise<void> => this.#readAll();
    this.#refresh = new Refresh({ clock, run, every: () => Math.max(pace(EVERY), least()), least });
    const draw = async (): Promise<void> => this.#show(this.#held());
    this.#draw = new Refresh({ clock, run: draw, every: () => pace(EVERY), least: () => pace(DRAW) });
    setText(this.#note, rooms.loading);
    this.#mark();
    this.#show(false);
  }

  refresh(): void {
    this.#refresh.soon();
  }

  heard(event: FeedEvent): void {
    if (!this.around.rooms.list.apply(event)) return;
    this.#draw.soon();
    // Its event does not tell all of a new room.
    if (event.type === 'room.created') this.#refresh.soon();
  }

  dispose(): void {
    this.#refresh.close();
    this.#draw.close();
  }

  async #readAll(): Promise<void> {
    const all: RoomSummary[] = [];
    const { api, rooms } = this.around;
    let after: string | undefined;
    try {
      do {
        const { rooms, next } = await api.rooms(after, BATCH);
        all.push(...rooms);
        after = next;
      } while (after !== undefined && all.length < MOST);
    } catch (error) {
      const why = unlessSilent(error);
      setText(this.#note, why === '' && !rooms.list.read ? strings.rooms.unread : why);
      return;
    }
    this.#more = after !== undefined;
    rooms.list.replace(all);
    this.#show(this.#held());
  }

  /** Somebody points at a room: what he is about to choose stays where it is. */
  #held(): boolean {
    return this.#body.matches(':hover, :focus-within');
  }

  /** @param held rows stay in their order, whatever they show */
  #show(held: boolean): void {
    const { list, choice } = this.around.rooms;
    if (!list.read) return;
    const { rooms } = strings;
    const page = list.page(choice);
    choice.page = page.page;
    const rows = held ? list.of(this.#shown) : page.rows;
    this.#rows.update(rows);
    this.#shown = rows.map(({ uri }) => uri);
    const none = list.size === 0 ? rooms.none : rooms.noMatch;
    const more = this.#more ? rooms.more(number(list.size)) : '';
    setText(this.#note, page.matching === 0 ? none : more);
    this.#pager(page);
  }

  #pager({ rows, matching, page, pages }: Page): void {
    const from = page * this.around.rooms.choice.size + 1;
    const shown = strings.rooms.shown(number(from), number(from + rows.length - 1), number(matching));
    setText(this.#range, matching === 0 ? '' : shown);
    this.#previous.hidden = pages === 1;
    this.#next.hidden = pages === 1;
    setAttribute(this.#previous, 'aria-disabled', String(page === 0));
    setAttribute(this.#next, 'aria-disabled', String(page === pages - 1));
  }

  #turn(by: number): void {
    const { choice } = this.around.rooms;
    const before = choice.page;
    choice.page = Math.max(0, before + by);
    this.#show(false);
    if (choice.page !== before) scrollTo(0, 0);
  }

  #choose(change: Partial<Surroundings['rooms']['choice']>): void {
    Object.assign(this.around.rooms.choice, { page: 0 }, change);
    this.#mark();
    this.#show(false);
  }

  #head(key: SortKey, label: string, kind = ''): HTMLElement {
    const choose = el('button', { type: 'button', class: 'sort' }, label);
    choose.addEventListener('click', () => {
      const { sort, descending } = this.around.rooms.choice;
      this.#choose({ sort: key, descending: sort === key ? !descending : key !== 'name' });
    });
    const head = el('th', { scope: 'col', class: kind }, choose);
    this.#heads.set(key, head);
    return head;
  }

  #mark(): void {
    const { sort, descending } = this.around.rooms.choice;
    const order = descending ? 'descending' : 'ascending';
    for (const [key, head] of this.#heads) setAttribute(head, 'aria-sort', key === sort ? order : undefined);
  }
}
