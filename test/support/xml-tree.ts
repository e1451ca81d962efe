import { SaxesParser } from 'saxes';

/** An element as a namespace-aware reader sees it; names are `{namespace}local`. */
export interface XmlNode {
  name: string;
  attributes: Map<string, string>;
  /** Text is a string; two never stand beside each other. */
  children: (XmlNode | string)[];
}

/** A document, with the prefixes its root declares. Throws when it is not well-formed. */
export interface XmlTree {
  root: XmlNode;
  prefixes: Record<string, string>;
}

export const expanded = (namespace: string, local: string): string => `{${namespace}}${local}`;

export function parseXml(document: string): XmlTree {
  const parser = new SaxesParser({ xmlns: true });
  const top: XmlNode = { name: '', attributes: new Map(), children: [] };
  const open = [top];
  let prefixes: Record<string, string> | undefined;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    prefixes ??= { ...tag.ns };
    const written = Object.values(tag.attributes).filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns');
    const node: XmlNode = {
      name: expanded(tag.uri, tag.local),
      attributes: new Map(written.map(({ uri, local, value }) => [expanded(uri, local), value])),
      children: [],
    };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    if (open.length > 1) open.at(-1)?.children.push(text);
  });
  parser.on('closetag', () => {
    const node = open.pop();
    if (node) joinTexts(node);
  });
  parser.write(document).close();
  const [root] = top.children;
  if (typeof root !== 'object') throw new Error('no root element');
  return { root, prefixes: prefixes ?? {} };
}

/** What removing and adding leaves becomes one text node again, as XPath sees it. */
export function joinTexts(node: XmlNode): void {
  const joined: XmlNode['children'] = [];
  for (const child of node.children) {
    const last = joined.at(-1);
    if (typeof child === 'string' && typeof last === 'string') joined[joined.length - 1] = last + child;
    else if (child !== '') joined.push(child);
  }
  node.children = joined;
}

export const elementsOf = (node: XmlNode): XmlNode[] => node.children.filter((child) => typeof child !== 'string');

export const childOf = (node: XmlNode, local: string): XmlNode | undefined =>
  elementsOf(node).find(({ name }) => name.endsWith(`}${local}`));

export const attributeOf = (node: XmlNode, local: string): string | undefined =>
  node.attributes.get(expanded('', local));

/** The text in an element, none of that in its children. */
export const textOf = (node: XmlNode | undefined): string =>
  node?.children.filter((child) => typeof child === 'string').join('') ?? '';

/**
 * What a document says, in a form in which equal documents are equal: white space between elements and the order of
 * those with a key do not count, attributes named in `without` neither.
 */
export function meaning(node: XmlNode, without: readonly string[] = []): unknown {
  const elements = elementsOf(node);
  const told = (list: XmlNode[]): unknown[] => list.map((child) => meaning(child, without));
  const keyed = elements
    .filter((child) => keyOf(child) !== undefined)
    .toSorted((a, b) => order(sortKey(a), sortKey(b)));
  const content = [...told(elements.filter((child) => keyOf(child) === undefined)), ...told(keyed)];
  const text = elements.length === 0 ? textOf(node) : '';
  const attributes = [...node.attributes].filter(([name]) => !without.some((local) => name === expanded('', local)));
  return [
    node.name,
    Object.fromEntries(attributes.toSorted(([a], [b]) => order(a, b))),
    text.trim() === '' ? '' : text,
    content,
  ];
}

const order = (one: string, other: string): number => (one < other ? -1 : 1);

const sortKey = (node: XmlNode): string => `${node.name} ${keyOf(node)}`;

/** RFC 4575 §4.5. */
export const keyOf = (node: XmlNode): string | undefined => attributeOf(node, 'entity') ?? attributeOf(node, 'id');
