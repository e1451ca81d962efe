/** Lines of an XML document, without indentation of their own. */
export type Lines = readonly string[];

type Value = string | number | boolean;

/**
 * Octets of one text after escaping; what is behind is cut off. Together with the markup no line then reaches 8 KB,
 * the longest that some SIP stacks on the way take.
 */
export const MAX_TEXT_OCTETS = 7000;

/** `<name>text</name>`, or nothing when there is no value. */
export function element(name: string, value: Value | undefined): Lines {
  return value === undefined ? [] : [`<${name}>${bounded(escapeText(String(value)))}</${name}>`];
}

/** ` name="value"` for each member. */
export const attributes = (values: Readonly<Record<string, Value>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`)
    .join('');

/** An element around other lines; `tag` is the start tag without its brackets. */
export function wrap(tag: string, content: Lines): Lines {
  if (content.length === 0) return [`<${tag}/>`];
  const name = /^[^\s]+/.exec(tag)?.[0] ?? tag;
  return [`<${tag}>`, ...content.map((line) => ` ${line}`), `</${name}>`];
}

/** Code points outside the Char production of XML 1.0 cannot even be written as references: they are dropped. */
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

const escapeWith = (text: string, characters: RegExp): string =>
  text.replace(ILLEGAL, '').replace(characters, (character) => ENTITIES[character] ?? character);

/** A parser would read a raw CR as LF. */
const escapeText = (text: string): string => escapeWith(text, /[&<>\r]/g);

/** A parser would read raw white space as spaces. */
const escapeAttribute = (text: string): string => escapeWith(text, /[&<>"\t\n\r]/g);

/** Cuts escaped text to the bound, never inside a character or reference. */
function bounded(escaped: string): string {
  if (escaped.length * 3 <= MAX_TEXT_OCTETS || Buffer.byteLength(escaped) <= MAX_TEXT_OCTETS) return escaped;
  let octets = 0;
  let end = 0;
  for (const [unit] of escaped.matchAll(/&[^;]*;|[^]/gu)) {
    octets += Buffer.byteLength(unit);
    if (octets > MAX_TEXT_OCTETS) break;
    end += unit.length;
  }
  return escaped.slice(0, end);
}
