import { type Clock, systemClock } from '../../../../lib/util/clock.js';
import { Api } from './api/api.js';
import { ApiError } from './api/api-error.js';
import { Token } from './api/token.js';
import { Dashboard } from './dashboard.js';
import { strings } from './strings.js';
import { LoginForm } from './view/login-form.js';
import { wordsOf } from './view/parts.js';

/** The page: the dashboard, or the question for the token before it. */
export class App {
  readonly #root: HTMLElement;
  readonly #clock: Clock = systemClock;
  readonly #token = new Token(() => sessionStorage);
  readonly #api = new Api({ origin: location.origin, token: () => this.#token.value });
  #dashboard: Dashboard | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  start(): void {
    this.#api.on('denied', (error) => this.#denied(error));
    void this.#try();
  }

  /** Whether one may is known by asking. */
  async #try(): Promise<void> {
    try {
      await this.#api.status();
    } catch (error) {
      // It was shown already; anything else the dashboard says itself, and tries again.
      if (error instanceof ApiError && error.denied) return;
    }
    this.#open();
  }

  #open(): void {
    const forget = this.#token.value === undefined ? undefined : () => this.#ask(strings.login.forgotten);
    const dashboard = new Dashboard({ api: this.#api, clock: this.#clock, forget });
    this.#dashboard = dashboard;
    this.#root.replaceChildren(dashboard.element);
    dashboard.start();
  }

  /** The first of several requests that are refused is enough; while the token is asked for, the form says it. */
  #denied(error: ApiError): void {
    const given = this.#token.value !== undefined;
    const asked = this.#root.querySelector('form') !== null && this.#dashboard === undefined;
    if (asked) return;
    // Nobody has been asked for it yet: that there is none is no news.
    this.#ask(!given && error.status === 401 ? '' : wordsOf(error));
  }

  #ask(why: string): void {
    this.#token.forget();
    this.#dashboard?.close();
    this.#dashboard = undefined;
    const form = new LoginForm((token) => this.#enter(token), why);
    document.title = strings.product;
    this.#root.replaceChildren(form.element);
    form.focus();
  }

  async #enter(token: string): Promise<string | undefined> {
    this.#token.set(token);
    try {
      await this.#api.status();
    } catch (error) {
      this.#token.forget();
      return wordsOf(error);
    }
    this.#open();
    return undefined;
  }
}
