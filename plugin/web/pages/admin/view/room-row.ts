import type { RoomSummary } from '../../../../api/schemas/index.js';
import { el, setAttribute, setText } from '../../shared/dom.js';
import { clockTime, number } from '../model/format.js';
import { roomHash } from '../model/route.js';
import { strings } from '../strings.js';
import type { Row } from './keyed-list.js';
import { said, tag } from './parts.js';

/** A room in the list of all. */
export class RoomRow implements Row<RoomSummary> {
  readonly element: HTMLTableRowElement;
  readonly #link = el('a', { class: 'room-link' });
  readonly #tags = el('span', { class: 'tags' });
  readonly #subject = el('span', { class: 'room-subject', dir: 'auto' });
  readonly #people = el('td', { class: 'figure' });
  readonly #created = el('td', { class: 'wide-only' });
  #shown = '';

  constructor(private readonly today: () => Date) {
    const name = el('th', { scope: 'row' }, this.#link, ' ', this.#tags, this.#subject);
    this.element = el('tr', {}, name, this.#people, this.#created);
  }

  update(room: RoomSummary): void {
    const today = this.today();
    const shown = JSON.stringify([today.toDateString(), room]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { uri, name, title, subject, participants, locked, newcomers, createdAt } = room;
    const { tags } = strings;
    setAttribute(this.#link, 'href', roomHash(uri));
    setAttribute(this.#link, 'title', uri);
    this.#link.replaceChildren(said(title ?? name, 120));
    this.#tags.replaceChildren(
      ...(locked ? [tag(tags.locked, 'warn')] : []),
      ...(newcomers === 'visitor' ? [tag(tags.moderated)] : []),
    );
    this.#subject.replaceChildren(said(subject, 160));
    setText(this.#people, number(participants));
    setText(this.#created, clockTime(createdAt, today));
  }
}
