import { escapeAttribute, escapeText, text, type XmlElement } from './element.js';

export const NAMESPACE = 'urn:ietf:params:xml:ns:conference-info';
export const XCON_NAMESPACE = 'urn:ietf:params:xml:ns:xcon-conference-info';

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/** ` name="value"` for each attribute. Those of a foreign namespace may be long, so they have lines of their own. */
export function attributes(values: XmlElement['attributes']): string {
  let written = '';
  for (const [name, value] of Object.entries(values)) {
    written += `${name.includes(':') ? '\n' : ''} ${name}="${escapeAttribute(value)}"`;
  }
  return written;
}

/** Lines that each start with `indent`: one for each tag, or for each element that has only text. No newline ends them. */
export function indented(element: XmlElement, indent: string): string {
  const into: string[] = [];
  write(element, indent, into);
  // Not put together piece by piece: such a string stays a tree of its pieces, and is slow to copy each time.
  return into.join('\n');
}

/** Characters after which a line ends, where it may. */
const LINE = 200;

/** The element in as few octets as lines of bounded length allow. No newline ends it. */
export function lines(element: XmlElement): string {
  const pieces: string[] = [];
  let length = 0;
  const add = (piece: string): void => {
    if (length > 0 && length + piece.length > LINE) {
      pieces.push('\n');
      length = 0;
    }
    pieces.push(piece);
    length += piece.length;
  };
  const visit = ({ name, attributes: values, content }: XmlElement): void => {
    const tag = `<${name}${attributes(values)}`;
    if (typeof content === 'string') return add(`${tag}>${escapeText(content)}</${name}>`);
    if (content.length === 0) return add(`${tag}/>`);
    add(`${tag}>`);
    for (const child of content) visit(child);
    add(`</${name}>`);
  };
  visit(element);
  return pieces.join('');
}

function write({ name, attributes: values, content }: XmlElement, indent: string, into: string[]): void {
  const tag = `${indent}<${name}${attributes(values)}`;
  if (typeof content === 'string') {
    into.push(`${tag}>${escapeText(content)}</${name}>`);
  } else if (content.length === 0) {
    into.push(`${tag}/>`);
  } else {
    into.push(`${tag}>`);
    for (const child of content) write(child, `${indent} `, into);
    into.push(`${indent}</${name}>`);
  }
}

/**
 * The element in a document whose default namespace is another one, without white space around it or in it that would
 * become part of the document it is put into: lines end inside of tags.
 *
 * @param prefix of the RFC 4575 namespace there
 */
export function embedded(element: XmlElement, prefix: string): string {
  const { content } = element;
  const name = element.name.includes(':') ? element.name : `${prefix}:${element.name}`;
  const tag = name + attributes(element.attributes);
  if (typeof content === 'string') return `<${tag}>${escapeText(content)}</${name}\n>`;
  if (content.length === 0) return `<${tag}\n/>`;
  return `<${tag}\n>${content.map((child) => embedded(child, prefix)).join('')}</${name}\n>`;
}

/** Lines of another XML document, without indentation of their own. */
export type Lines = readonly string[];

/** `<name>text</name>`, or nothing when there is no value. */
export const element = (name: string, value: string | number | boolean | undefined): Lines =>
  text(name, value).map((written) => indented(written, ''));

/** An element around other lines; `tag` is the start tag without its brackets. */
export function wrap(tag: string, content: Lines): Lines {
  if (content.length === 0) return [`<${tag}/>`];
  const name = /^[^\s]+/.exec(tag)?.[0] ?? tag;
  return [`<${tag}>`, ...content.map((line) => ` ${line}`), `</${name}>`];
}
