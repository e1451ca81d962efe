import { attributeOf, childOf, elementsOf, keyOf, parseXml, type XmlNode } from './xml-tree.js';

/**
 * The coherent state procedure of RFC 4575 §4.6, as it is written there: makes the state of a subscriber from what it
 * holds, which is a full document, and a partial one.
 */
export function applyPartial(held: string, received: string): XmlNode {
  const local = parseXml(held).root;
  const update = parseXml(received).root;
  if (attributeOf(update, 'state') !== 'partial') throw new Error('not a partial document');
  apply(local, update);
  return local;
}

function apply(local: XmlNode, update: XmlNode): void {
  for (const element of elementsOf(update)) {
    const found = keyOf(element) === undefined ? childOf(local, localName(element)) : withKey(local, element);
    const state = attributeOf(element, 'state') ?? 'full';
    // 3.1.1; a row that is added is what the update says of it.
    if (!found) {
      if (state !== 'deleted') insert(local, element);
    } else if (state === 'partial') apply(found, element);
    else local.children.splice(local.children.indexOf(found), 1, ...(state === 'deleted' ? [] : [element]));
  }
}

const localName = (node: XmlNode): string => node.name.slice(node.name.indexOf('}') + 1);

const withKey = (parent: XmlNode, { name, ...rest }: XmlNode): XmlNode | undefined =>
  elementsOf(parent).find((child) => child.name === name && keyOf(child) === keyOf({ name, ...rest }));

const ORDER = ['conference-description', 'host-info', 'conference-state', 'users'];

/** Where the schema has it among the children of the root; elsewhere at the end. */
function insert(parent: XmlNode, element: XmlNode): void {
  const place = ORDER.indexOf(localName(element));
  const next = elementsOf(parent).find((child) => ORDER.indexOf(localName(child)) > place);
  parent.children.splice(place >= 0 && next ? parent.children.indexOf(next) : parent.children.length, 0, element);
}
