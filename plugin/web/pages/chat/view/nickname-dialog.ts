import { el, newId, setText } from '../../shared/dom.js';
import { strings } from '../strings.js';

/** Asks for another nickname, and says why the room refuses it. */
export class NicknameDialog {
  readonly element: HTMLDialogElement;
  readonly #field: HTMLInputElement;
  readonly #error = el('p', { class: 'form-error', role: 'alert', id: newId('error') });
  readonly #rename: (nickname: string) => Promise<string | undefined>;

  /** @param rename resolves to why not, for people */
  constructor(rename: (nickname: string) => Promise<string | undefined>) {
    this.#rename = rename;
    const { nickname } = strings;
    const title = el('h2', { id: newId('title') }, nickname.title);
    this.#field = el('input', {
      id: newId('nickname'),
      type: 'text',
      maxlength: 64,
      autocomplete: 'nickname',
      spellcheck: 'false',
      'aria-describedby': this.#error.id,
    });
    const cancel = el('button', { class: 'button', type: 'button' }, nickname.cancel);
    cancel.addEventListener('click', () => this.element.close());
    const form = el(
      'form',
      { class: 'dialog-form' },
      title,
      el('div', { class: 'field' }, el('label', { for: this.#field.id }, nickname.label), this.#field),
      this.#error,
      el(
        'div',
        { class: 'dialog-buttons' },
        cancel,
        el('button', { class: 'button primary', type: 'submit' }, nickname.save),
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.element = el('dialog', { class: 'dialog', 'aria-labelledby': title.id }, form);
  }

  open(nickname: string): void {
    this.#field.value = nickname;
    setText(this.#error, '');
    this.element.showModal();
    this.#field.select();
  }

  async #submit(): Promise<void> {
    const nickname = this.#field.value.trim();
    const failure = nickname === '' ? strings.enter.missingNickname : await this.#rename(nickname);
    if (!this.element.open) return;
    if (failure === undefined) return this.element.close();
    setText(this.#error, failure);
    this.#field.focus();
  }
}
