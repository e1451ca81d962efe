import { el, newId, setText } from '../../shared/dom.js';
import { strings } from '../strings.js';

/** What somebody typed to get in. */
export interface Entry {
  room: string;
  nickname: string;
  /** Of the account; `''` where none is asked for. */
  user: string;
  password: string;
  /** Of the room; `''` for none. */
  roomPassword: string;
}

export interface EnterFormOptions {
  title: string;
  /** Ask for an account. */
  account: boolean;
  entry: Partial<Entry>;
  /** Rejects with an error whose message is for people. */
  onEnter(entry: Entry): Promise<void>;
}

type Field = 'room' | 'nickname' | 'user' | 'password' | 'roomPassword';

const AUTOCOMPLETE: Readonly<Record<Field, string>> = {
  room: 'off',
  nickname: 'nickname',
  user: 'username',
  password: 'current-password',
  roomPassword: 'off',
};

/** The page before a room: which one, and who we are. */
export class EnterForm {
  readonly element: HTMLElement;
  readonly #options: EnterFormOptions;
  readonly #inputs = new Map<Field, HTMLInputElement>();
  readonly #rows = new Map<Field, HTMLElement>();
  readonly #error = el('p', { class: 'form-error', role: 'alert', id: newId('error') });
  readonly #button = el('button', { class: 'button primary', type: 'submit' }, strings.enter.join);
  /** Joins under another nickname, much like the one that is taken. */
  readonly #other = el('button', { class: 'button', type: 'button', hidden: true });
  #busy = false;

  constructor(options: EnterFormOptions) {
    this.#options = options;
    const { title, account, entry } = options;
    const { enter } = strings;
    const rows = [
      this.#row('room', enter.room, entry.room, { maxlength: 128, placeholder: enter.roomHint }),
      this.#row('nickname', enter.nickname, entry.nickname, { maxlength: 64, placeholder: enter.nicknameHint }),
    ];
    if (account) {
      rows.push(this.#row('user', enter.user, entry.user, { maxlength: 128 }));
      rows.push(this.#row('password', enter.password, '', { type: 'password' }));
    }
    const secret = this.#row('roomPassword', enter.roomPassword, '', { type: 'password' });
    secret.hidden = true;
    const form = el(
      'form',
      { class: 'enter-card', novalidate: true },
      ...rows,
      secret,
      this.#error,
      this.#other,
      this.#button,
    );
    this.#other.addEventListener('click', () => {
      const input = this.#inputs.get('nickname');
      if (input) input.value = this.#other.value;
      void this.#submit();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.element = el(
      'main',
      { class: 'enter' },
      el('header', { class: 'enter-head' }, el('h1', {}, title), el('p', {}, enter.lead)),
      form,
    );
  }

  /** Puts the cursor where something is to be typed. */
  focus(): void {
    const inputs = [...this.#inputs.values()].filter((input) => !input.closest('[hidden]'));
    (inputs.find((input) => input.value === '') ?? this.#button).focus();
  }

  /**
   * Says why it did not work, and asks for what is missing.
   * @param other nickname that may be had in place of the one that was asked for
   */
  fail(message: string, field?: Field, other?: string): void {
    setText(this.#error, message);
    this.#offer(other);
    if (field === undefined) return;
    const row = this.#rows.get(field);
    if (row) row.hidden = false;
    const input = this.#inputs.get(field);
    input?.setAttribute('aria-invalid', 'true');
    input?.focus();
    // Of what cannot be read nothing can be mended: the next password takes its place.
    if (input?.type === 'password') input.select();
  }

  #row(name: Field, label: string, value = '', attributes: Record<string, string | number> = {}): HTMLElement {
    const id = newId(name);
    const input = el('input', {
      id,
      name,
      value,
      type: 'text',
      autocomplete: AUTOCOMPLETE[name],
      autocapitalize: 'off',
      spellcheck: 'false',
      'aria-describedby': this.#error.id,
      ...attributes,
    });
    input.addEventListener('input', () => {
      input.removeAttribute('aria-invalid');
      if (name === 'nickname') this.#offer(undefined);
    });
    const row = el('div', { class: 'field' }, el('label', { for: id }, label), input);
    this.#inputs.set(name, input);
    this.#rows.set(name, row);
    return row;
  }

  #value(name: Field): string {
    const input = this.#inputs.get(name);
    const value = input?.value ?? '';
    return input?.type === 'password' ? value : value.trim();
  }

  async #submit(): Promise<void> {
    if (this.#busy) return;
    const { enter } = strings;
    const entry = {
      room: this.#value('room'),
      nickname: this.#value('nickname'),
      user: this.#value('user'),
      password: this.#value('password'),
      roomPassword: this.#value('roomPassword'),
    };
    if (entry.room === '') return this.fail(enter.missingRoom, 'room');
    if (entry.nickname === '') return this.fail(enter.missingNickname, 'nickname');
    if (this.#options.account && entry.user === '') return this.fail(enter.missingUser, 'user');
    this.#wait(true);
    try {
      await this.#options.onEnter(entry);
    } finally {
      this.#wait(false);
    }
  }

  #offer(nickname: string | undefined): void {
    this.#other.hidden = nickname === undefined;
    this.#other.value = nickname ?? '';
    setText(this.#other, nickname === undefined ? '' : strings.enter.joinAs(nickname));
  }

  #wait(busy: boolean): void {
    this.#busy = busy;
    if (busy) {
      setText(this.#error, '');
      this.#offer(undefined);
    }
    setText(this.#button, busy ? strings.enter.joining : strings.enter.join);
    this.#button.setAttribute('aria-disabled', String(busy));
  }
}
