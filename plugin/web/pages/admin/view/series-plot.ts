import { el, setText } from '../../shared/dom.js';
import { rate } from '../model/format.js';
import { type Counters, type Rate, type Rates, WINDOW } from '../model/rates.js';
import { strings } from '../strings.js';

const SVG = 'http://www.w3.org/2000/svg';
/** Of the drawing; it is stretched to the room there is. */
const WIDTH = 600;
const HEIGHT = 120;
/** Highest value of a plot of nearly nothing. */
const LEAST = 1;
const MINUTE = 60_000;

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Something a second over the last minutes: drawn, with both axes, and in words. */
export class SeriesPlot {
  readonly element: HTMLElement;
  readonly #series: keyof Counters;
  readonly #drawing = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    class: 'plot',
  });
  readonly #area = svg('path', { class: 'plot-area' });
  readonly #line = svg('path', { class: 'plot-line' });
  /** From the top down. */
  readonly #labels = [el('span'), el('span'), el('span', {}, '0')] as const;
  readonly #now = el('span', { class: 'plot-now' });
  readonly #most = el('span', { class: 'plot-most' });

  constructor(series: keyof Counters) {
    const { overview } = strings;
    this.#series = series;
    for (const y of [0, HEIGHT / 2, HEIGHT]) this.#grid({ x1: 0, x2: WIDTH, y1: y, y2: y });
    const minutes = WINDOW / MINUTE;
    for (let minute = 0; minute <= minutes; minute += 1) {
      const x = (WIDTH * minute) / minutes;
      this.#grid({ x1: x, x2: x, y1: 0, y2: HEIGHT });
    }
    this.#drawing.append(this.#area, this.#line);
    const times = Array.from({ length: minutes + 1 }, (_, index) => el('span', {}, overview.ago(minutes - index)));
    this.element = el(
      'figure',
      { class: `series ${series}` },
      el('figcaption', {}, el('h3', {}, overview[series]), this.#now, this.#most),
      el(
        'div',
        { class: 'plot-box' },
        el('p', { class: 'plot-values', 'aria-hidden': 'true' }, ...this.#labels),
        this.#drawing,
        el('p', { class: 'plot-times', 'aria-hidden': 'true' }, ...times),
      ),
    );
  }

  update(rates: Rates, now: number): void {
    const { overview } = strings;
    const most = rates.most[this.#series];
    const top = niceTop(Math.max(LEAST, most));
    setText(this.#labels[0], rate(top));
    setText(this.#labels[1], rate(top / 2));
    const drawn = runs(rates.points).map((run) => pathOf(run, { series: this.#series, now, top }));
    this.#line.setAttribute('d', drawn.map(({ line }) => line).join(''));
    this.#area.setAttribute('d', drawn.map(({ line, end }) => line + end).join(''));
    const read = rates.points.length > 0;
    setText(this.#now, read ? overview.perSecond(rate(rates.now[this.#series])) : '–');
    setText(this.#most, read ? overview.most(rate(most)) : '');
    const words = read ? `${this.#now.textContent}, ${this.#most.textContent}` : overview.gathering;
    this.#drawing.setAttribute('aria-label', `${overview[this.#series]}: ${words}`);
  }

  #grid(ends: Readonly<Record<'x1' | 'x2' | 'y1' | 'y2', number>>): void {
    const attributes = Object.entries(ends).map(([name, value]) => [name, String(value)]);
    this.#drawing.append(svg('line', { class: 'plot-grid', ...Object.fromEntries(attributes) }));
  }
}

/** Rates one after another, nothing unknown between them. */
function runs(points: readonly Rate[]): (readonly [Rate, ...Rate[]])[] {
  const all: [Rate, ...Rate[]][] = [];
  for (const point of points) {
    const run = all.at(-1);
    if (run?.at(-1)?.time === point.since) run.push(point);
    else all.push([point]);
  }
  return all;
}

/** The line of a run, and what makes an area of it. */
function pathOf(
  run: readonly [Rate, ...Rate[]],
  { series, now, top }: { series: keyof Counters; now: number; top: number },
): { line: string; end: string } {
  const x = (time: number): string => Math.max(0, WIDTH * (1 - (now - time) / WINDOW)).toFixed(1);
  const y = (point: Rate): string => (HEIGHT * (1 - point[series] / top)).toFixed(1);
  const start = x(run[0].since);
  const line = `M${start},${y(run[0])}${run.map((point) => `L${x(point.time)},${y(point)}`).join('')}`;
  return { line, end: `V${HEIGHT}H${start}Z` };
}

/** 1, 2 or 5 times a power of ten: an axis that does not jump with each reading. */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((factor) => factor * power >= value) ?? 10) * power;
}
