import { el, setText } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import { type Clock, type Timer } from '../../../../../lib/util/clock.js';
import type { Connection } from '../session/room-session-types.js';
import { strings } from '../strings.js';

export interface BannerActions {
  retry: () => void;
  rejoin: () => void;
  close: () => void;
}

/** Says that the connection is not there, what is done about it, and what one can do. */
export class Banner {
  readonly element: HTMLElement;
  readonly #text = el('span', { class: 'banner-text', role: 'status' });
  /** Counts down; not announced every second. */
  readonly #countdown = el('span', { class: 'banner-count', 'aria-hidden': 'true' });
  readonly #buttons = el('span', { class: 'banner-buttons' });
  readonly #actions: BannerActions;
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(clock: Clock, actions: BannerActions) {
    this.#clock = clock;
    this.#actions = actions;
    this.element = el(
      'div',
      { class: 'banner', hidden: true },
      icon('alert'),
      el('div', { class: 'banner-words' }, this.#text, ' ', this.#countdown),
      this.#buttons,
    );
  }

  show(connection: Connection): void {
    this.#timer?.cancel();
    setText(this.#countdown, '');
    const { state } = connection;
    this.element.hidden = state === 'joined';
    this.element.classList.toggle('over', state === 'over');
    const { status } = strings;
    switch (connection.state) {
      case 'away':
        setText(this.#text, connection.reason);
        this.#count(connection.until);
        return this.#offer([status.retryNow, this.#actions.retry]);
      case 'retrying':
        setText(this.#text, connection.reason);
        setText(this.#countdown, status.retrying);
        return this.#offer();
      case 'over':
        setText(this.#text, connection.reason ?? status.over);
        return this.#offer([status.rejoin, this.#actions.rejoin], [status.close, this.#actions.close]);
      default:
        setText(this.#text, state === 'joining' ? status.joining : '');
        return this.#offer();
    }
  }

  /** Puts the cursor on what can be done. */
  focus(): void {
    this.#buttons.querySelector('button')?.focus();
  }

  dispose(): void {
    this.#timer?.cancel();
  }

  #count(until: Date): void {
    const seconds = Math.max(0, Math.ceil((until.getTime() - this.#clock.date().getTime()) / 1000));
    setText(this.#countdown, strings.status.retryIn(seconds));
    if (seconds > 0) this.#timer = this.#clock.after(1000, () => this.#count(until));
  }

  #offer(...buttons: readonly (readonly [string, () => void])[]): void {
    this.#buttons.replaceChildren(
      ...buttons.map(([label, action]) => {
        const button = el('button', { class: 'button small', type: 'button' }, label);
        button.addEventListener('click', action);
        return button;
      }),
    );
  }
}
