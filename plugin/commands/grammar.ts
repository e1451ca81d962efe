/**
 * What people type.
 *
 *   typed   = "/" name [ 1*WS rest ] / "//" text
 *   name    = 1*( any character but white space and "/" )    ; compared without case
 *   word    = quoted / 1*( any character but white space )
 *   quoted  = DQUOTE *( "\" any / any but DQUOTE ) DQUOTE    ; also between U+201C and U+201D, as phones write them
 */

/** Characters of the longest command. */
export const MAX_COMMAND = 4096;

export type Typed =
  /** `//text`: a message that begins with a slash. */
  { is: 'said'; text: string } | { is: 'command'; name: string; rest: string } | { is: 'too-long' };

const COMMAND = /^\/([^\s/]*)(?:\s+([^]*))?$/;

/** What a text is; null for one that says something to the room. */
export function readTyped(text: string): Typed | null {
  if (!text.startsWith('/')) return null;
  if (text.startsWith('//')) return { is: 'said', text: text.slice(1) };
  if (text.length > MAX_COMMAND) return { is: 'too-long' };
  const [, name, rest = ''] = COMMAND.exec(text) ?? [];
  // A path, or a slash alone.
  if (name === undefined || name === '')
    return { is: 'command', name: text.slice(1).split(/\s/, 1)[0] ?? '', rest: '' };
  return { is: 'command', name: name.toLowerCase(), rest: rest.trim() };
}

const QUOTES: Readonly<Record<string, string>> = { '"': '"', '\u201c': '\u201d' };

/** The words behind a command, taken from the left. */
export class Words {
  #rest: string;

  constructor(rest: string) {
    this.#rest = rest.trim();
  }

  /** The next one, without its quotes; undefined when there is none, or it is empty. A quote that does not end ends with the text. */
  word(): string | undefined {
    const close = QUOTES[this.#rest.charAt(0)];
    const word = close === undefined ? this.#plain() : this.#quoted(close);
    return word === '' ? undefined : word;
  }

  /** The next one if it is a number, taken then. */
  number(): number | undefined {
    const [digits] = /^\d{1,9}(?=\s|$)/.exec(this.#rest) ?? [];
    if (digits === undefined) return undefined;
    this.#skip(digits.length);
    return Number(digits);
  }

  /** All that is left; undefined when that is nothing. */
  rest(): string | undefined {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? undefined : rest;
  }

  #plain(): string {
    const [word] = /^\S*/.exec(this.#rest) ?? [''];
    this.#skip(word.length);
    return word;
  }

  #quoted(close: string): string {
    let word = '';
    let at = 1;
    for (; at < this.#rest.length && this.#rest[at] !== close; at++) {
      if (this.#rest[at] === '\\' && at + 1 < this.#rest.length) at++;
      word += this.#rest[at];
    }
    this.#skip(at + 1);
    return word;
  }

  #skip(length: number): void {
    this.#rest = this.#rest.slice(length).trimStart();
  }
}
