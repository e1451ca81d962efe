import type { Ban } from '../../../../api/schemas/index.js';
import { el } from '../../shared/dom.js';
import { clockTime } from '../model/format.js';
import { strings } from '../strings.js';
import type { Row } from './keyed-list.js';
import { button, said } from './parts.js';

/** A ban, and the way to take it back. */
export class BanRow implements Row<Ban> {
  readonly element: HTMLLIElement;
  readonly #text = el('span', {});
  #ban: Ban;

  constructor(
    ban: Ban,
    unban: (ban: Ban) => void,
    private readonly today: () => Date,
  ) {
    this.#ban = ban;
    this.element = el(
      'li',
      { class: 'ban' },
      this.#text,
      button(strings.room.unban, () => unban(this.#ban)),
    );
  }

  update(ban: Ban): void {
    this.#ban = ban;
    const { room } = strings;
    const end = ban.until === null ? room.forever : room.until(clockTime(ban.until, this.today()));
    const facts = [ban.kick ? room.kicked : '', end, ban.reason ?? ''].filter(Boolean).join(' · ');
    this.#text.replaceChildren(said(ban.pattern, 120), ' ', el('span', { class: 'device-facts' }, said(facts, 200)));
  }
}
