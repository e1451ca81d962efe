/** Turns what happens in a room into lines of text. Everything that came from the network is made harmless here. */

export interface Palette {
  dim(text: string): string;
  bold(text: string): string;
  /** Somebody's name, always in the same colour. */
  name(text: string): string;
  private(text: string): string;
  error(text: string): string;
}

const NAME_COLORS = [31, 32, 33, 34, 36, 91, 92, 93, 94, 96];

function paint(code: number | string): (text: string) => string {
  return (text) => `\u001B[${code}m${text}\u001B[0m`;
}

function colorOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return NAME_COLORS[sum % NAME_COLORS.length] ?? 36;
}

const plain = (text: string): string => text;

export function palette(color: boolean): Palette {
  if (!color) return { dim: plain, bold: plain, name: plain, private: plain, error: plain };
  return {
    dim: paint(2),
    bold: paint(1),
    name: (text) => paint(`1;${colorOf(text)}`)(text),
    private: paint(35),
    error: paint(31),
  };
}

/**
 * Text that cannot move the cursor, colour the screen, ring the bell or reorder the line: C0 and DEL become their Unicode
 * pictures, C1 a replacement character, bidirectional overrides vanish.
 */
export function harmless(text: string): string {
  let safe = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x09) safe += ' ';
    else if (code < 0x20) safe += String.fromCodePoint(0x2400 + code);
    else if (code === 0x7f) safe += '\u2421';
    else if (code < 0xa0 && code > 0x7f) safe += '\uFFFD';
    else if (code === 0x2028 || code === 0x2029) safe += ' ';
    else if (!isDirection(code)) safe += character;
  }
  return safe;
}

/** Bidirectional marks, embeddings, overrides and isolates: they could make one name look like another. */
function isDirection(code: number): boolean {
  return (
    code === 0x061c ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

/** A message of several lines cannot pose as several messages: its further lines are indented behind a bar. */
export function harmlessLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n').map(harmless).join('\n      | ');
}

export function clockTime(date: Date): string {
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

export interface ShownMessage {
  at: Date;
  /** Who wrote it, `undefined` for ourselves. */
  from: string | undefined;
  /** Whom a private message is for: `undefined` for a message to the room, `''` for ourselves. */
  privateTo?: string;
  text: string;
}

export function formatMessage(message: ShownMessage, colors: Palette): string {
  const time = colors.dim(clockTime(message.at));
  const from = message.from === undefined ? colors.bold('you') : colors.name(harmless(message.from));
  const text = harmlessLines(message.text);
  if (message.privateTo === undefined) return `${time} ${from}: ${text}`;
  const to = message.privateTo === '' ? 'you' : harmless(message.privateTo);
  return `${time} ${from} ${colors.private(`-> ${to} (private)`)}: ${text}`;
}

/** Something that happened, not something somebody said. */
export function formatNotice(at: Date, text: string, colors: Palette): string {
  return `${colors.dim(clockTime(at))} ${colors.dim(`* ${harmless(text)}`)}`;
}

export function formatError(text: string, colors: Palette): string {
  return colors.error(`! ${harmless(text)}`);
}

/** `alice`, `alice and bob`, `alice, bob and carol`; long lists are cut. */
export function listNames(names: readonly string[], max = 20): string {
  const shown = names.slice(0, max).map(harmless);
  if (names.length > max) return `${shown.join(', ')} and ${names.length - max} more`;
  const last = shown.at(-1);
  if (shown.length < 2 || last === undefined) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** For content that is not text, or comes as a file. */
export function describeContent(contentType: string, size: number, filename?: string): string {
  return `[${filename === undefined ? '' : `${filename}, `}${contentType}, ${describeSize(size)}]`;
}

export function describeSize(size: number): string {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 * 1024 ? `${Math.round(size / 1024)} kB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}
