import { isDeepStrictEqual } from 'node:util';
import { escapeAttribute, escapeText, type XmlElement } from '../element.js';
import { embedded } from '../xml-writer.js';

/** Prefix of the RFC 4575 namespace in a document of operations; that of RFC 6501 is `xcon`. */
export const CONFERENCE_PREFIX = 'ci';

/** Attributes that tell an element from others of its name (RFC 4575 §4.5); `label` is that of an available medium. */
const KEYS: Readonly<Record<string, string>> = { user: 'entity', endpoint: 'entity', media: 'id', entry: 'label' };

/**
 * Operations (RFC 5261) that make `after` of the document whose root is `before`, in the order in which they are to be
 * applied. "all the information that has been added to the document is listed inside <add> elements. All information
 * that has been removed … inside <remove> elements, and all information that has been changed is listed under <replace>
 * elements" (RFC 6502 §5.1). Each selector finds exactly one node.
 */
export function patch(before: XmlElement, after: XmlElement): readonly string[] {
  const operations: string[] = [];
  compare('*', before, after, operations);
  return operations;
}

function compare(path: string, before: XmlElement, after: XmlElement, operations: string[]): void {
  if (before === after) return;
  const inside: string[] = [];
  if (compareContent(path, before.content, after.content, inside)) {
    compareAttributes(path, before.attributes, after.attributes, operations);
    for (const each of inside) operations.push(each);
  } else {
    operations.push(operation('replace', path, '', embedded(after, CONFERENCE_PREFIX)));
  }
}

/** Whether operations on the content can tell the change; else the element has to be replaced. */
function compareContent(
  path: string,
  before: XmlElement['content'],
  after: XmlElement['content'],
  operations: string[],
): boolean {
  if (before === after) return true;
  if (typeof before !== 'string' && typeof after !== 'string') return compareChildren(path, before, after, operations);
  // An empty element has no text node to select, and a text node cannot be empty.
  if (typeof before !== 'string' || typeof after !== 'string' || before === '' || after === '') return false;
  operations.push(operation('replace', `${path}/text()`, '', escapeText(after)));
  return true;
}

function compareAttributes(
  path: string,
  before: XmlElement['attributes'],
  after: XmlElement['attributes'],
  operations: string[],
): void {
  for (const name of Object.keys(before)) {
    if (after[name] === undefined) operations.push(operation('remove', `${path}/@${name}`));
  }
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (old === undefined) operations.push(operation('add', path, ` type="@${name}"`, escapeText(value)));
    else if (old !== value) operations.push(operation('replace', `${path}/@${name}`, '', escapeText(value)));
  }
}

type Children = readonly XmlElement[];

function compareChildren(path: string, before: Children, after: Children, operations: string[]): boolean {
  const { start, end } = sameAtEnds(before, after);
  const had = bySelector(before.slice(start, before.length - end));
  const has = bySelector(after.slice(start, after.length - end));
  const neighbour = after[start - 1];
  let previous = start > 0 && neighbour ? selectorOf(neighbour) : undefined;
  // Nothing tells which of them changed, only whether any did.
  if (!had || !has || previous === null) return isDeepStrictEqual(before, after);
  for (const selector of had.keys()) {
    if (!has.has(selector)) operations.push(operation('remove', `${path}/${selector}`));
  }
  let added: XmlElement[] = [];
  for (const [selector, child] of has) {
    const old = had.get(selector);
    if (!old) {
      added.push(child);
      continue;
    }
    addAfter(path, previous, added, operations);
    added = [];
    compare(`${path}/${selector}`, old, child, operations);
    previous = selector;
  }
  // What comes last, which is where most come, needs no neighbour to stand beside.
  if (end > 0) addAfter(path, previous, added, operations);
  else if (added.length > 0) operations.push(operation('add', path, '', embeddedAll(added)));
  return true;
}

/** Children, beside the one before them. */
function addAfter(path: string, previous: string | undefined, added: Children, operations: string[]): void {
  if (added.length === 0) return;
  const content = embeddedAll(added);
  if (previous === undefined) operations.push(operation('add', path, ' pos="prepend"', content));
  else operations.push(operation('add', `${path}/${previous}`, ' pos="after"', content));
}

/** How many keyed elements at the start and at the end are the same objects: in a large roster nearly all of them. */
function sameAtEnds(before: Children, after: Children): { start: number; end: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && sameKeyed(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && sameKeyed(before[before.length - 1 - end], after[after.length - 1 - end])) end++;
  return { start, end };
}

const sameKeyed = (before: XmlElement | undefined, after: XmlElement | undefined): boolean =>
  before !== undefined && before === after && keyOf(before) !== undefined;

/** By selector; null when a child is not the only one of its selector, or has none. */
function bySelector(children: Children): Map<string, XmlElement> | null {
  const found = new Map<string, XmlElement>();
  for (const child of children) {
    const selector = selectorOf(child);
    if (selector === null || found.has(selector)) return null;
    found.set(selector, child);
  }
  return found;
}

function keyOf({ name, attributes }: XmlElement): string | undefined {
  const attribute = KEYS[name];
  return attribute === undefined ? undefined : attributes[attribute];
}

/** The step that selects a child among its siblings; null when XPath cannot write its key. */
function selectorOf(element: XmlElement): string | null {
  const { name } = element;
  const step = name.includes(':') ? name : `${CONFERENCE_PREFIX}:${name}`;
  const key = keyOf(element);
  if (key === undefined) return step;
  const quoted = literal(key);
  return quoted && `${step}[@${KEYS[name]}=${quoted}]`;
}

/** A string of XPath 1.0, which knows no escape for a quote within. */
function literal(value: string): string | null {
  if (!value.includes("'")) return `'${value}'`;
  return value.includes('"') ? null : `"${value}"`;
}

const embeddedAll = (elements: Children): string =>
  elements.map((element) => embedded(element, CONFERENCE_PREFIX)).join('');

function operation(name: 'add' | 'replace' | 'remove', selector: string, more = '', content = ''): string {
  const tag = `${name} sel="${escapeAttribute(selector)}"${more}`;
  return content === '' ? ` <${tag}/>` : ` <${tag}>${content}</${name}>`;
}
