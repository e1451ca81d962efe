import type { Status } from '../../../../api/schemas/index.js';
import { el, setAttribute, setText } from '../../shared/dom.js';
import { span } from '../model/format.js';
import { strings } from '../strings.js';
import { button, tag, type Tone } from './parts.js';

const LINKS = [
  ['overview', '#/'],
  ['rooms', '#/rooms'],
  ['activity', '#/activity'],
] as const;

/** What everybody has to know who looks, wherever in the dashboard; the worst first. */
interface Notice {
  text: string;
  /** For the title of the window. */
  brief: string;
  tone: 'warn' | 'bad';
}

export function noticesOf({ ready, draining, drachtio, stats }: Status): Notice[] {
  const { notices, overview, state } = strings;
  const { level } = stats.load;
  // Who stops is not ready, and is left by SIP.
  if (draining) return [{ text: notices.draining, brief: state.draining, tone: 'warn' }];
  const found: Notice[] = [];
  if (!drachtio.connected) found.push({ text: notices.disconnected, brief: notices.noSip, tone: 'bad' });
  else if (!ready) found.push({ text: notices.notReady, brief: state.notReady, tone: 'bad' });
  if (level !== 'none') {
    const brief = `${overview.load}: ${overview.levels[level]}`;
    found.push({ text: notices[level], brief, tone: level === 'full' ? 'bad' : 'warn' });
  }
  return found;
}

/** What stands around each view: where one can go, how the server is, what was done last. */
export class Shell {
  readonly element: HTMLElement;
  readonly #top: HTMLElement;
  readonly #main = el('main', { class: 'main' });
  readonly #links = new Map<string, HTMLElement>();
  readonly #state = el('span', { class: 'state' });
  readonly #live = el('span', { class: 'live' });
  readonly #about = el('span', { class: 'about' });
  readonly #told = el('p', { class: 'told', role: 'status' });
  readonly #notices = el('div', { class: 'notices', role: 'alert' });
  /** What sticks to the top below the header has to know how high that is. */
  readonly #height = new ResizeObserver(() =>
    this.element.style.setProperty('--top', `${this.#top.getBoundingClientRect().height}px`),
  );

  /** @param forget undefined where no token is needed */
  constructor(forget: (() => void) | undefined) {
    const { nav, product } = strings;
    const links = el('ul', {});
    for (const [name, href] of LINKS) {
      const link = el('a', { href }, nav[name]);
      this.#links.set(name, link);
      links.append(el('li', {}, link));
    }
    this.#top = el(
      'header',
      { class: 'top' },
      el(
        'div',
        { class: 'bar' },
        el('span', { class: 'brand' }, el('span', {}, product)),
        el('nav', { 'aria-label': nav.label }, links),
        el('div', { class: 'server' }, this.#state, this.#live, this.#about),
        forget && button(nav.forget, forget, 'forget'),
      ),
      this.#notices,
    );
    this.element = el('div', { class: 'shell' }, this.#top, this.#main, this.#told);
    this.#height.observe(this.#top);
    this.live(false);
  }

  close(): void {
    this.#height.disconnect();
  }

  /** @param section that of the navigation it belongs to */
  show(view: HTMLElement, section: string): void {
    for (const [name, link] of this.#links) setAttribute(link, 'aria-current', name === section ? 'page' : undefined);
    this.#main.replaceChildren(view);
  }

  /** Returns what is wrong, in a few words; `''` for nothing. */
  read(status: Status): string {
    const { state } = strings;
    const running = status.ready ? ([state.ready, 'good'] as const) : ([state.notReady, 'bad'] as const);
    this.#pill(status.draining ? [state.draining, 'warn'] : running);
    setText(this.#about, state.about(status.version, span(status.uptime)));
    const notices = noticesOf(status);
    this.#notify(notices);
    return notices[0]?.brief ?? '';
  }

  /**
   * The server could not be asked how it is.
   * Returns that in a few words.
   * @param since time of day at which it could be the last time; undefined where it never could
   */
  failed(why: string, since: string | undefined): string {
    const { state } = strings;
    this.#pill([state.silent, 'bad']);
    const text = since === undefined ? why : `${why} ${state.stale(since)}`;
    this.#notify([{ text, brief: state.silent, tone: 'bad' }]);
    return state.silent;
  }

  /** Whether events come as they happen. */
  live(on: boolean): void {
    const { state } = strings;
    const text = on ? state.live : state.lost;
    if (this.#live.textContent !== text) this.#live.replaceChildren(tag(text, on ? 'good' : 'warn'));
  }

  /** What was done. */
  tell(text: string, tone: Tone = 'plain'): void {
    this.#told.replaceChildren(...(text === '' ? [] : [el('span', { class: tone }, text)]));
  }

  #notify(notices: readonly Notice[]): void {
    const shown = notices.map(({ text }) => text).join('\n');
    if ([...this.#notices.children].map(({ textContent }) => textContent).join('\n') === shown) return;
    this.#notices.replaceChildren(...notices.map(({ text, tone }) => el('p', { class: `notice ${tone}` }, text)));
  }

  #pill([text, tone]: readonly [string, Tone]): void {
    if (this.#state.textContent !== text) this.#state.replaceChildren(tag(text, tone));
  }
}
