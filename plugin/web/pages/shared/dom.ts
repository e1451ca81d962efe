/** Elements are made one by one and text is only ever text: nothing of the pages parses markup. */

type Child = Node | string | undefined | false;

/** An attribute; `true` for one without value, undefined and false for none. */
type Value = string | number | boolean | undefined;

/** Makes an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

export function setAttribute(element: Element, name: string, value: Value): void {
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** For screen readers only. */
export const spoken = (text: string): HTMLSpanElement => el('span', { class: 'spoken' }, text);

/** Changes text only where it is another one: what is announced is not announced twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let ids = 0;

/** An id that no other element has. */
export const newId = (name: string): string => `${name}-${++ids}`;
