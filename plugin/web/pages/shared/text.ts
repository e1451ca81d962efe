/** Text of others made harmless: it cannot turn the line around, nor hide in it. */

/** Controls except tab and line feed. */
const CONTROLS = /[^\P{Cc}\t\n]/gu;
/** Embeddings, overrides and isolates, which would reorder what stands around them. */
const DIRECTIONS = /[\u202A-\u202E\u2066-\u2069]/g;
const LINE_ENDS = /\r\n?|[\u2028\u2029]/g;

/** For messages: several lines. */
export const readable = (text: string): string =>
  text.replace(LINE_ENDS, '\n').replace(CONTROLS, '\uFFFD').replace(DIRECTIONS, '').replace(/\n+$/, '');

/** For names and subjects: one line, of at most `length` characters. */
export function oneLine(text: string, length = 200): string {
  const line = readable(text).replace(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : line;
}

/** `850 bytes`, `12 kB`, `3.4 MB` */
export function describeSize(size: number): string {
  if (size < 1000) return `${size} bytes`;
  return size < 1_000_000 ? `${Math.round(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
}
