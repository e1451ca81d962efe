import { SaxesParser } from 'saxes';

/** An element as scripts look at it: names without prefix, except those of attributes. */
export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: Element[];
  text: string;
}

/** The root of a document; throws when it is not well-formed. */
export function readXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open: Element[] = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name: name.replace(/^.*:/, ''), attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (piece) => {
    const element = open.at(-1);
    if (element) element.text += piece;
  });
  parser.write(text).close();
  return root.children[0];
}

export const child = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((other) => other.name === name);

export const children = (element: Element | undefined, name: string): Element[] =>
  (element?.children ?? []).filter((other) => other.name === name);
