import type { AuditEntry, ErrorEntry, FeedEvent, Status } from '../../../../api/schemas/index.js';
import { el, setText } from '../../shared/dom.js';
import { number } from '../model/format.js';
import { JournalRefresh } from '../session/journal-refresh.js';
import { strings } from '../strings.js';
import { auditItem, errorItem, LogList } from './logs.js';
import { search, unlessSilent } from './parts.js';
import type { Surroundings, View } from './view.js';

/** Entries of each. */
const SHOWN = 200;

/** All that is remembered of refusals and of moderation. */
export class ActivityView implements View {
  readonly element: HTMLElement;
  readonly title = strings.activity.title;
  readonly #error = el('p', { class: 'form-error', role: 'status' });
  readonly #errors = new Journal<ErrorEntry>(strings.activity.errors, strings.activity.noErrors, errorItem);
  readonly #audit = new Journal<AuditEntry>(strings.activity.audit, strings.activity.noAudit, auditItem);
  readonly #refresh: JournalRefresh;

  constructor(private readonly around: Surroundings) {
    const { activity } = strings;
    const find = search(activity.filter, (words) => {
      for (const journal of [this.#errors, this.#audit]) journal.find(words, around.clock.date());
    });
    this.element = el(
      'div',
      { class: 'view' },
      el('div', { class: 'view-head' }, el('h1', { tabindex: -1 }, this.title), find),
      this.#error,
      el(
        'div',
        { class: 'columns' },
        this.#errors.card(activity.errorsLead(SHOWN)),
        this.#audit.card(activity.auditLead(SHOWN)),
      ),
    );
    const { clock, pace } = around;
    this.#refresh = new JournalRefresh({ clock, pace, run: () => this.#read() });
  }

  refresh(): void {
    this.#refresh.soon();
  }

  heard(event: FeedEvent): void {
    this.#refresh.heard(event);
  }

  read(status: Status): void {
    this.#refresh.read(status);
  }

  dispose(): void {
    this.#refresh.close();
  }

  async #read(): Promise<void> {
    const { api, clock } = this.around;
    try {
      const [errors, audit] = await Promise.all([api.errors(SHOWN), api.audit(SHOWN)]);
      this.#errors.update(errors, clock.date());
      this.#audit.update(audit, clock.date());
      setText(this.#error, '');
    } catch (error) {
      setText(this.#error, unlessSilent(error));
    }
  }
}

/** Entries, and those of them that are looked for. */
class Journal<T> {
  readonly #title: string;
  readonly #heading = el('h2');
  readonly #note = el('p', { class: 'none' });
  readonly #list: LogList<T>;
  #entries: readonly T[] = [];
  #wanted = '';

  constructor(title: string, none: string, item: (entry: T, today: Date) => HTMLElement) {
    this.#title = title;
    this.#list = new LogList(none, item);
    setText(this.#heading, title);
  }

  card(lead: string): HTMLElement {
    const text = el('p', { class: 'lead' }, lead);
    return el('section', { class: 'card' }, this.#heading, text, this.#note, this.#list.element);
  }

  update(entries: readonly T[], today: Date): void {
    this.#entries = entries;
    this.#show(today);
  }

  find(words: string, today: Date): void {
    this.#wanted = words.trim().toLowerCase();
    this.#show(today);
  }

  #show(today: Date): void {
    const { activity } = strings;
    const all = this.#entries;
    const found = all.filter((entry) => Object.values(entry as object).some((value) => this.#has(value)));
    const none = found.length === 0 && all.length > 0;
    setText(this.#heading, activity.counted(this.#title, number(found.length)));
    setText(this.#note, none ? activity.noMatch : '');
    this.#list.element.hidden = none;
    this.#list.update(found, today);
  }

  #has(value: unknown): boolean {
    if (this.#wanted === '') return true;
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return text.toLowerCase().includes(this.#wanted);
  }
}
