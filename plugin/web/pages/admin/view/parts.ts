/** Small pieces that several views have. */
import { oneLine } from '../../shared/text.js';
import { el } from '../../shared/dom.js';
import { ApiError } from '../api/api-error.js';
import { strings } from '../strings.js';

export type Tone = 'plain' | 'good' | 'warn' | 'bad';

export const tag = (text: string, tone: Tone = 'plain'): HTMLElement => el('span', { class: `tag ${tone}` }, text);

/** Text of others on one line. Its direction is its own. */
export const said = (text: string, length = 200): HTMLElement => el('bdi', {}, oneLine(text, length));

export function button(label: string, action: () => void, kind = ''): HTMLButtonElement {
  const made = el('button', { class: `button small ${kind}`.trim(), type: 'button' }, label);
  made.addEventListener('click', action);
  return made;
}

/** What went wrong, in words and with its code. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return strings.failed(error.message, error.code);
  return error instanceof Error ? error.message : String(error);
}

/** The same; nothing where no answer came: that is said above each view already. */
export const unlessSilent = (error: unknown): string =>
  error instanceof ApiError && error.status === 0 ? '' : wordsOf(error);

/** A part of a page with its heading. */
export function card(title: string, ...children: readonly Node[]): HTMLElement {
  const heading = el('h2', {}, title);
  return el('section', { class: 'card' }, heading, ...children);
}

/** A field to find something in what is shown. @param words those that are in it at first */
export function search(label: string, choose: (words: string) => void, words = ''): HTMLInputElement {
  const field = el('input', {
    type: 'search',
    class: 'filter',
    placeholder: label,
    'aria-label': label,
    autocomplete: 'off',
    value: words,
  });
  field.addEventListener('input', () => choose(field.value));
  return field;
}

/** One of several. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [value: T, label: string])[],
  choose: (value: T) => void,
  chosen: T | undefined = options[0]?.[0],
): HTMLSelectElement {
  const items = options.map(([value, text]) => el('option', { value, selected: value === chosen }, text));
  const select = el('select', { class: 'filter choice', 'aria-label': label }, ...items);
  select.addEventListener('change', () => choose(select.value as T));
  return select;
}
