import { el, newId, setText } from '../../shared/dom.js';
import type { Refusal } from '../session/room-session-types.js';
import { strings } from '../strings.js';

/** Asks for another nickname, and says why the room refuses it. */
export class NicknameDialog {
  readonly element: HTMLDialogElement;
  readonly #field: HTMLInputElement;
  readonly #error = el('p', { class: 'form-error', role: 'alert', id: newId('error') });
  /** Takes another one, much like it. */
  readonly #other = el('button', { class: 'button', type: 'button' });
  readonly #rename: (nickname: string) => Promise<Refusal | undefined>;

  /** @param rename resolves to why not */
  constructor(rename: (nickname: string) => Promise<Refusal | undefined>) {
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
      el('div', {}, this.#other),
      el(
        'div',
        { class: 'dialog-buttons' },
        cancel,
        el('button', { class: 'button primary', type: 'submit' }, nickname.save),
      ),
    );
    this.#other.addEventListener('click', () => {
      this.#field.value = this.#other.value;
      void this.#submit();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.element = el('dialog', { class: 'dialog', 'aria-labelledby': title.id }, form);
  }

  open(nickname: string): void {
    this.#field.value = nickname;
    this.#refused({ text: '' });
    this.element.showModal();
    this.#field.select();
  }

  async #submit(): Promise<void> {
    const nickname = this.#field.value.trim();
    const failure = nickname === '' ? { text: strings.enter.missingNickname } : await this.#rename(nickname);
    if (!this.element.open) return;
    if (failure === undefined) return this.element.close();
    this.#refused(failure);
    this.#field.focus();
  }

  #refused({ text, other }: Refusal): void {
    setText(this.#error, text);
    this.#other.hidden = other === undefined;
    this.#other.value = other ?? '';
    setText(this.#other, other === undefined ? '' : strings.nickname.take(other));
  }
}
