import { el, newId, setText } from '../../shared/dom.js';
import { strings } from '../strings.js';
import { wordsOf } from './parts.js';

export interface Field {
  name: string;
  label: string;
  value?: string;
  /** @defaultValue one line of text */
  kind?: 'area' | readonly (readonly [value: string, label: string])[];
  required?: boolean;
  maxlength?: number;
}

/** Something to be done, if one is sure of it. */
export interface Question {
  /** Names who and what. */
  title: string;
  text: string;
  fields?: readonly Field[];
  /** On the button. */
  action: string;
  /** It takes something from somebody. */
  danger?: boolean;
  /** Resolves to what is said afterwards; rejects with what hindered it. */
  run(values: Readonly<Record<string, string>>): Promise<string>;
}

type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export interface QuestionDialogOptions {
  /** It was done. */
  done: (text: string) => void;
  /** It was not, and the question was closed in between. */
  failed: (text: string) => void;
  /** It is closed, and what had the focus before is not there any more. */
  lost: () => void;
}

/** Asks before anything is done, does it, and says what became of it. */
export class QuestionDialog {
  readonly element: HTMLDialogElement;
  readonly #options: QuestionDialogOptions;

  constructor(options: QuestionDialogOptions) {
    this.#options = options;
    this.element = el('dialog', { class: 'dialog' });
    // The browser gives the focus back to where it was, if that is still there.
    this.element.addEventListener('close', () => {
      const focused = document.activeElement;
      if (focused === null || focused === document.body || this.element.contains(focused)) options.lost();
    });
  }

  ask(question: Question): void {
    const title = el('h2', { id: newId('title') }, question.title);
    const text = el('p', { class: 'dialog-text', id: newId('text') }, question.text);
    const error = el('p', { class: 'form-error', role: 'alert', id: newId('error') });
    const inputs = new Map<string, Input>();
    const rows = (question.fields ?? []).map((field) => {
      const input = inputOf(field, error.id);
      inputs.set(field.name, input);
      return el('div', { class: 'field' }, el('label', { for: input.id }, field.label), input);
    });
    const cancel = el('button', { class: 'button', type: 'button' }, strings.ask.cancel);
    cancel.addEventListener('click', () => this.element.close());
    const act = el(
      'button',
      { class: `button ${question.danger ? 'danger' : 'primary'}`, type: 'submit' },
      question.action,
    );
    const form = el('form', { class: 'dialog-form', novalidate: true }, title, text, ...rows, error);
    form.append(el('div', { class: 'dialog-buttons' }, cancel, act));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (act.getAttribute('aria-disabled') === 'true') return;
      const empty = question.fields?.find(({ name, required }) => required && inputs.get(name)?.value.trim() === '');
      if (empty) {
        setText(error, strings.ask.missing);
        inputs.get(empty.name)?.setAttribute('aria-invalid', 'true');
        inputs.get(empty.name)?.focus();
        return;
      }
      void this.#run(question, { form, inputs, act, error });
    });
    this.element.setAttribute('aria-labelledby', title.id);
    this.element.setAttribute('aria-describedby', text.id);
    this.element.replaceChildren(form);
    this.element.showModal();
    // Who has nothing to type begins with the way out.
    ([...inputs.values()][0] ?? cancel).focus();
  }

  close(): void {
    this.element.close();
  }

  async #run(
    question: Question,
    {
      form,
      inputs,
      act,
      error,
    }: { form: HTMLFormElement; inputs: ReadonlyMap<string, Input>; act: HTMLElement; error: HTMLElement },
  ): Promise<void> {
    act.setAttribute('aria-disabled', 'true');
    setText(act, strings.ask.working);
    setText(error, '');
    try {
      const done = await question.run(Object.fromEntries([...inputs].map(([name, { value }]) => [name, value.trim()])));
      // Another question may stand there by now.
      if (form.isConnected) this.element.close();
      this.#options.done(done);
    } catch (reason) {
      if (form.isConnected && this.element.open) setText(error, wordsOf(reason));
      else this.#options.failed(strings.ask.failed(question.title, wordsOf(reason)));
    } finally {
      act.removeAttribute('aria-disabled');
      setText(act, question.action);
    }
  }
}

function inputOf({ name, value = '', kind, maxlength }: Field, described: string): Input {
  const attributes = { id: newId(name), name, maxlength, 'aria-describedby': described, autocomplete: 'off' };
  if (kind === undefined) return el('input', { ...attributes, type: 'text', value });
  if (kind === 'area') return el('textarea', { ...attributes, rows: 4 }, value);
  return el(
    'select',
    { id: attributes.id, name, 'aria-describedby': described },
    ...kind.map(([option, label]) => el('option', { value: option, selected: option === value }, label)),
  );
}
