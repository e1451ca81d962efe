import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The rows of a table in `docs/`, cell by cell: the documentation is the test data, so that it cannot be wrong. Blanks
 * around a cell are not part of it, a `|` within one cannot be.
 *
 * @param head the first cell of the head line
 */
export function documentTable(page: string, head: string): string[][] {
  const lines = readFileSync(join(__dirname, '../../docs', page), 'utf8').split('\n');
  const start = lines.findIndex((line) => cells(line)[0] === head);
  if (start < 0) throw new Error(`docs/${page} has no table whose first column is ${head}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map(cells);
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** A text written as JSON in backquotes. */
export const quoted = (cell: string): string => JSON.parse(cell.replace(/^`(.*)`$/, '$1')) as string;
