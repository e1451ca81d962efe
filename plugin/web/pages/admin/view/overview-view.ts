import type { AuditEntry, FeedEvent, Status, WebhookState } from '../../../../api/schemas/index.js';
import { el, setText } from '../../shared/dom.js';
import { type ErrorGroup, groupsOf } from '../model/errors.js';
import { clockTime } from '../model/format.js';
import { JournalRefresh } from '../session/journal-refresh.js';
import { strings } from '../strings.js';
import { auditItem, errorGroupItem, LogList } from './logs.js';
import { card, said, tag, unlessSilent } from './parts.js';
import { RatePlot } from './rate-plot.js';
import { Tiles } from './tiles.js';
import type { Surroundings, View } from './view.js';

/** Entries of each list; the rest is on a page of its own. Errors are often many of one kind, which are one entry. */
const SHOWN = 6;
const READ = 100;

/** How the server is. */
export class OverviewView implements View {
  readonly element: HTMLElement;
  readonly title = strings.overview.title;
  readonly #tiles = new Tiles();
  readonly #plot = new RatePlot();
  readonly #error = el('p', { class: 'form-error', role: 'status' });
  readonly #errors = new LogList<ErrorGroup>(strings.activity.noErrors, errorGroupItem);
  readonly #audit = new LogList<AuditEntry>(strings.activity.noAudit, auditItem);
  readonly #webhooks = new LogList<WebhookState>(strings.overview.noWebhooks, webhookItem);
  readonly #webhooksCard = card(strings.overview.webhooks, this.#webhooks.element);
  readonly #refresh: JournalRefresh;

  constructor(private readonly around: Surroundings) {
    const { overview } = strings;
    const all = (): HTMLElement => el('p', { class: 'more' }, el('a', { href: '#/activity' }, overview.all));
    this.element = el(
      'div',
      { class: 'view' },
      el('h1', { tabindex: -1 }, this.title),
      this.#error,
      this.#tiles.element,
      this.#plot.element,
      el(
        'div',
        { class: 'columns' },
        card(overview.errors, this.#errors.element, all()),
        card(overview.audit, this.#audit.element, all()),
      ),
      this.#webhooksCard,
    );
    this.#webhooksCard.hidden = true;
    const { clock, pace, rates } = around;
    this.#plot.update(rates, clock.now());
    this.#refresh = new JournalRefresh({ clock, pace, run: () => this.#read() });
  }

  refresh(): void {
    this.#refresh.soon();
  }

  heard(event: FeedEvent): void {
    this.#refresh.heard(event);
  }

  read(status: Status): void {
    this.#tiles.update(status);
    this.#plot.update(this.around.rates, this.around.clock.now());
    this.#refresh.read(status);
  }

  dispose(): void {
    this.#refresh.close();
  }

  async #read(): Promise<void> {
    const { api, clock } = this.around;
    try {
      const [errors, audit, webhooks] = await Promise.all([api.errors(READ), api.audit(SHOWN), api.webhooks()]);
      const today = clock.date();
      this.#errors.update(groupsOf(errors).slice(0, SHOWN), today);
      this.#audit.update(audit, today);
      this.#webhooks.update(webhooks, today);
      this.#webhooksCard.hidden = webhooks.length === 0;
      setText(this.#error, '');
    } catch (error) {
      setText(this.#error, unlessSilent(error));
    }
  }
}

function webhookItem(webhook: WebhookState, today: Date): HTMLElement {
  const { delivered, disabled, dropped, failed, lastError, nextAttempt, queued, url } = webhook;
  const { overview } = strings;
  return el(
    'li',
    {},
    el(
      'p',
      { class: 'log-head' },
      said(url, 200),
      disabled && tag(overview.disabled, 'bad'),
      dropped > 0 && tag(overview.dropped(dropped), 'bad'),
      nextAttempt !== undefined && tag(overview.next(clockTime(nextAttempt, today)), 'warn'),
    ),
    el(
      'p',
      { class: 'log-text' },
      [overview.queued(queued), overview.delivered(delivered), overview.failed(failed)].join(', '),
    ),
    lastError !== undefined && el('p', { class: 'log-note' }, said(lastError, 300)),
  );
}
