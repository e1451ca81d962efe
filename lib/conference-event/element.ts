/** An element of a conference document; there is no mixed content. */
export interface XmlElement {
  /** Without prefix in the namespace of RFC 4575, with `xcon:` in that of RFC 6501. */
  readonly name: string;
  readonly attributes: Attributes;
  /** Children, or the text of an element that has no children. */
  readonly content: readonly XmlElement[] | string;
}

export type Attributes = Readonly<Record<string, string>>;

type Value = string | number | boolean;

/**
 * Octets of one text after escaping; what is behind is cut off. Together with the markup no line then reaches 8 KB,
 * the longest that some SIP stacks on the way take.
 */
export const MAX_TEXT_OCTETS = 7000;

/** `<name>text</name>`, or nothing when there is no value. */
export const text = (name: string, value: Value | undefined): readonly XmlElement[] =>
  value === undefined ? [] : [{ name, attributes: {}, content: readable(String(value)) }];

/** `<name>` with a whole number in it, or nothing: schemas know no fraction and no infinity (DOC-16). */
export const count = (name: string, value: number | undefined): readonly XmlElement[] =>
  Number.isSafeInteger(value) ? text(name, value) : [];

/** Around children, of which there may be none, or a text. */
export const node = (name: string, attributes: Attributes, content: XmlElement['content']): XmlElement => ({
  name,
  attributes,
  content,
});

/** The schema has no empty lists: without members the element is left out. */
export function list<T>(
  name: string,
  items: readonly T[] | undefined,
  write: (item: T) => XmlElement,
): readonly XmlElement[] {
  return items && items.length > 0 ? [node(name, {}, items.map(write))] : [];
}

/** Code points outside the Char production of XML 1.0 cannot even be written as references: they are dropped (DOC-01). */
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Needs nothing of what follows; most texts are so. */
const PLAIN = /^[ -~]*$/;

/** An attribute value or text as a reader of the document gets it. */
export function readable(value: string): string {
  const legal = PLAIN.test(value) ? value : value.replace(ILLEGAL, '');
  return legal.length * LONGEST_UNIT <= MAX_TEXT_OCTETS ? legal : bounded(legal);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Octets that one UTF-16 code unit takes at most, escaped. */
const LONGEST_UNIT = 5;

const escapeWith = (value: string, characters: RegExp): string =>
  value.replace(characters, (character) => ENTITIES[character] ?? character);

/** A parser would read a raw CR as LF. The `>` of `]]>` must not stand in a text, so none does. */
export const escapeText = (value: string): string => escapeWith(value, /[&<>\r]/g);

/** A parser would read raw white space as spaces. */
export const escapeAttribute = (value: string): string => escapeWith(value, /[&<>"\t\n\r]/g);

/** Cuts to the bound, whether it is going to be text or attribute, never inside a character. */
function bounded(value: string): string {
  let octets = 0;
  let end = 0;
  for (const character of value) {
    octets += Buffer.byteLength(ENTITIES[character] ?? character);
    if (octets > MAX_TEXT_OCTETS) break;
    end += character.length;
  }
  return value.slice(0, end);
}
