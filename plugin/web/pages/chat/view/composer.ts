import { el, newId, setText, spoken } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import { oneLine } from '../../shared/text.js';
import { strings } from '../strings.js';

/** Whom a message is for; undefined: everybody. */
export interface Recipient {
  uri: string;
  name: string;
}

export interface ComposerActions {
  /** @returns why not, for people */
  say(text: string, to: Recipient | undefined): string | undefined;
  sendFile(file: File, to: Recipient | undefined): string | undefined;
  /** A keystroke of a message to everybody. */
  typing(): void;
}

/** Characters of one message; longer ones are better sent as a file. */
const MAX_TEXT = 16_000;
/** Pixels to which the field grows. */
const MAX_HEIGHT = 180;

/** Where one writes: to everybody, or to one person; files by button, paste and drop. */
export class ComposerView {
  readonly element: HTMLFormElement;
  readonly #field: HTMLTextAreaElement;
  readonly #to = el('div', { class: 'composer-to', hidden: true });
  readonly #toText = el('span', { class: 'composer-to-name' });
  readonly #error = el('p', { class: 'composer-error', role: 'alert' });
  readonly #room: string;
  readonly #actions: ComposerActions;
  #recipient: Recipient | undefined;

  /** @param room name of the room */
  constructor(room: string, actions: ComposerActions) {
    this.#room = room;
    this.#actions = actions;
    const { composer } = strings;
    const hint = el('span', { class: 'spoken', id: newId('hint') }, composer.hint);
    this.#field = el('textarea', {
      class: 'composer-field',
      rows: 1,
      dir: 'auto',
      autocomplete: 'off',
      'aria-describedby': hint.id,
      enterkeyhint: 'send',
    });
    this.#field.addEventListener('input', () => this.#input());
    this.#field.addEventListener('keydown', (event) => this.#key(event));
    this.#field.addEventListener('paste', (event) => this.#paste(event));
    const cancel = el(
      'button',
      { class: 'icon-button', type: 'button' },
      icon('close'),
      spoken(composer.cancelPrivate),
    );
    cancel.addEventListener('click', () => this.address(undefined));
    this.#to.append(icon('lock'), this.#toText, cancel);
    const input = el('input', { type: 'file', multiple: true, hidden: true, 'aria-label': composer.attach });
    input.addEventListener('change', () => {
      this.sendFiles(input.files ?? []);
      input.value = '';
    });
    const attach = el('button', { class: 'icon-button', type: 'button', title: composer.attach }, icon('attach'));
    attach.append(spoken(composer.attach));
    attach.addEventListener('click', () => input.click());
    const send = el('button', { class: 'icon-button send', type: 'submit', title: composer.send }, icon('send'));
    send.append(spoken(composer.send));
    this.element = el(
      'form',
      { class: 'composer', 'aria-label': composer.label },
      this.#error,
      this.#to,
      el('div', { class: 'composer-row' }, attach, input, this.#field, hint, send),
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.address(undefined);
  }

  get recipient(): Recipient | undefined {
    return this.#recipient;
  }

  focus(): void {
    this.#field.focus();
  }

  /** From now on to that person, or to everybody. */
  address(recipient: Recipient | undefined): void {
    this.#recipient = recipient;
    const { composer } = strings;
    const name = recipient ? oneLine(recipient.name, 60) : '';
    const label = recipient ? composer.privately(name) : composer.everybody(this.#room);
    this.#field.placeholder = label;
    this.#field.setAttribute('aria-label', label);
    this.#to.hidden = !recipient;
    setText(this.#toText, composer.to(name));
    this.element.classList.toggle('private', recipient !== undefined);
    this.fail('');
    if (this.element.isConnected) this.focus();
  }

  fail(message: string): void {
    setText(this.#error, message);
  }

  sendFiles(files: Iterable<File>): void {
    const failures = [...files].map((file) => this.#actions.sendFile(file, this.#recipient));
    this.fail(failures.filter((failure) => failure !== undefined).join(' '));
    this.focus();
  }

  #send(): void {
    const text = this.#field.value.trim();
    if (text === '') return this.focus();
    const failure = text.length > MAX_TEXT ? strings.composer.tooLong : this.#actions.say(text, this.#recipient);
    this.fail(failure ?? '');
    if (failure !== undefined) return;
    this.#field.value = '';
    this.#grow();
    this.focus();
  }

  #input(): void {
    this.#grow();
    this.fail('');
    // What is written to one person is nobody else's business.
    if (!this.#recipient && this.#field.value !== '') this.#actions.typing();
  }

  #key(event: KeyboardEvent): void {
    // An input method uses Enter for itself.
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === 'Escape' && this.#recipient) {
      event.stopPropagation();
      this.address(undefined);
    }
  }

  #paste(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    if (!files || files.length === 0) return;
    event.preventDefault();
    this.sendFiles(files);
  }

  #grow(): void {
    const { style } = this.#field;
    style.height = '';
    if (this.#field.value !== '') style.height = `${Math.min(this.#field.scrollHeight, MAX_HEIGHT)}px`;
  }
}
