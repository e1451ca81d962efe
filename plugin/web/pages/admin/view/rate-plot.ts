import { el } from '../../shared/dom.js';
import { type Rates, WINDOW } from '../model/rates.js';
import { strings } from '../strings.js';
import { card } from './parts.js';
import { SeriesPlot } from './series-plot.js';

/** Messages a second of the last minutes. What comes in and what goes out differ by the size of the rooms: each has its own axis. */
export class RatePlot {
  readonly element: HTMLElement;
  readonly #plots = [new SeriesPlot('received'), new SeriesPlot('sent')] as const;
  readonly #note = el('p', { class: 'none' }, strings.overview.since);

  constructor() {
    const plots = el('div', { class: 'columns' }, ...this.#plots.map(({ element }) => element));
    this.element = card(strings.overview.rate, plots, this.#note);
  }

  update(rates: Rates, now: number): void {
    for (const plot of this.#plots) plot.update(rates, now);
    const oldest = rates.points[0]?.since ?? now;
    // It fills up from the right.
    this.#note.hidden = oldest <= now - WINDOW * 0.9;
  }
}
