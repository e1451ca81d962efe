import { el, newId, setText } from '../../shared/dom.js';
import { strings } from '../strings.js';

/** Asks for the token. */
export class LoginForm {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #error = el('p', { class: 'form-error', role: 'alert', id: newId('error') });
  readonly #button = el('button', { class: 'button primary', type: 'submit' }, strings.login.enter);
  #busy = false;

  /**
   * @param enter resolves to why not, for people; undefined once it was taken
   * @param why this is asked now
   */
  constructor(
    private readonly enter: (token: string) => Promise<string | undefined>,
    why: string,
  ) {
    const { login, product } = strings;
    this.#input = el('input', {
      id: newId('token'),
      type: 'password',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-describedby': this.#error.id,
    });
    const field = el('div', { class: 'field' }, el('label', { for: this.#input.id }, login.token), this.#input);
    const form = el('form', { class: 'enter-card', novalidate: true }, field, this.#error, this.#button);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    setText(this.#error, why);
    this.element = el(
      'main',
      { class: 'enter' },
      el('header', { class: 'enter-head' }, el('h1', {}, product), el('p', {}, login.lead)),
      form,
    );
  }

  focus(): void {
    this.#input.focus();
  }

  async #submit(): Promise<void> {
    if (this.#busy) return;
    const { login } = strings;
    const token = this.#input.value.trim();
    if (token === '') return this.#fail(login.missing);
    this.#wait(true);
    const failure = await this.enter(token);
    this.#wait(false);
    if (failure !== undefined) this.#fail(failure);
  }

  #fail(why: string): void {
    setText(this.#error, why);
    this.#input.setAttribute('aria-invalid', 'true');
    this.#input.select();
  }

  #wait(busy: boolean): void {
    this.#busy = busy;
    if (busy) setText(this.#error, '');
    setText(this.#button, busy ? strings.login.entering : strings.login.enter);
    this.#button.setAttribute('aria-disabled', String(busy));
  }
}
