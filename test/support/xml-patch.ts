import {
  attributeOf,
  elementsOf,
  expanded,
  joinTexts,
  parseXml,
  textOf,
  type XmlNode,
  type XmlTree,
} from './xml-tree.js';

/**
 * XML patch operations (RFC 5261) on a document, for selectors of elements by name and one attribute, of attributes and
 * of text nodes. Strict: a selector that finds not exactly one node throws.
 */
export function applyPatch(document: string, patch: string): XmlNode {
  const { root } = parseXml(document);
  const diff = parseXml(patch);
  for (const operation of elementsOf(diff.root)) {
    const selector = attributeOf(operation, 'sel') ?? '';
    const target = locate(root, selector, diff);
    const kind = operation.name.slice(operation.name.indexOf('}') + 1);
    if (kind === 'add') add(target, operation, diff);
    else if (kind === 'replace') replace(target, operation);
    else if (kind === 'remove') remove(target);
    else throw new Error(`no operation: ${operation.name}`);
    if (target.parent) joinTexts(target.parent);
  }
  return root;
}

/** The node a selector finds: an element, or an attribute or the text of one. */
interface Target {
  element: XmlNode;
  parent: XmlNode | undefined;
  attribute?: string;
  text?: boolean;
}

const STEP = /^\/(?:(text\(\))|(@)?(?:([\w-]+):)?([\w-]+)(?:\[@([\w-]+)=('[^']*'|"[^"]*")\])?)/;

function locate(root: XmlNode, selector: string, diff: XmlTree): Target {
  if (!selector.startsWith('*')) throw new Error(`does not start at the root: ${selector}`);
  let target: Target = { element: root, parent: undefined };
  for (let rest = selector.slice(1); rest !== ''; ) {
    const match = STEP.exec(rest);
    if (!match || target.attribute !== undefined || target.text) throw new Error(`cannot be read: ${selector}`);
    rest = rest.slice(match[0].length);
    target = step(target, match, diff, selector);
  }
  return target;
}

function step({ element }: Target, match: RegExpExecArray, diff: XmlTree, selector: string): Target {
  const [, text, at, prefix, local = '', attribute, literal = ''] = match;
  if (text) {
    if (element.children.filter((child) => typeof child === 'string').length !== 1) throw new Error(selector);
    return { element, parent: element, text: true };
  }
  // An attribute without prefix has no namespace; an element has the default one of the patch.
  const name = expanded(at && !prefix ? '' : (diff.prefixes[prefix ?? ''] ?? ''), local);
  if (at) {
    if (!element.attributes.has(name)) throw new Error(`no such attribute: ${selector}`);
    return { element, parent: undefined, attribute: name };
  }
  const found = elementsOf(element).filter(
    (child) => child.name === name && (!attribute || attributeOf(child, attribute) === literal.slice(1, -1)),
  );
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} nodes: ${selector}`);
  return { element: found[0], parent: element };
}

function add({ element, parent }: Target, operation: XmlNode, { prefixes }: XmlTree): void {
  const type = /^@(?:([\w-]+):)?([\w-]+)$/.exec(attributeOf(operation, 'type') ?? '');
  if (type) {
    const name = expanded(type[1] ? (prefixes[type[1]] ?? '') : '', type[2] ?? '');
    if (element.attributes.has(name)) throw new Error('the attribute is there');
    element.attributes.set(name, textOf(operation));
    return;
  }
  const position = attributeOf(operation, 'pos');
  const index = parent?.children.indexOf(element) ?? 0;
  if (position === undefined) element.children.push(...operation.children);
  else if (position === 'prepend') element.children.unshift(...operation.children);
  else if (parent) parent.children.splice(position === 'before' ? index : index + 1, 0, ...operation.children);
  joinTexts(element);
}

function replace({ element, parent, attribute, text }: Target, operation: XmlNode): void {
  const [content, more] = operation.children;
  if (attribute !== undefined) element.attributes.set(attribute, textOf(operation));
  else if (text)
    element.children = element.children.map((child) => (typeof child === 'string' ? textOf(operation) : child));
  // One element takes the place of one (RFC 5261 §4.4): there is no white space around it.
  else if (!parent || content === undefined || more !== undefined) throw new Error('not one element');
  else parent.children.splice(parent.children.indexOf(element), 1, content);
}

function remove({ element, parent, attribute }: Target): void {
  if (attribute !== undefined) element.attributes.delete(attribute);
  else parent?.children.splice(parent.children.indexOf(element), 1);
}
