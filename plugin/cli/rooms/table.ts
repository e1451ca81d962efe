import { harmless } from '../chat/format.js';

/** A table for people: each column as wide as it has to be. What is in it came from others, and is made harmless. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => harmless(String(cell))));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column]))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column] - widthOf(cell)))
      .join('  ')
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join('');
}

/** Names and values, below each other. */
export function list(facts: readonly (readonly [name: string, value: string | number])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return facts.map(([name, value]) => `${name.padEnd(width)}${harmless(String(value))}\n`).join('');
}

const segments = new Intl.Segmenter();

/** Characters as people count them. */
const widthOf = (text: string): number => [...segments.segment(text)].length;
