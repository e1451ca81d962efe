/** docs/api.md as who reads it sees it: examples end where they should, and links lead somewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const DOCS = resolve(__dirname, '../../../docs');
const lines = readFileSync(join(DOCS, 'api.md'), 'utf8').split('\n');

/** Lines outside of examples, and what begins and ends those. */
function split(): { prose: string[]; fences: string[]; open: boolean } {
  const prose: string[] = [];
  const fences: string[] = [];
  let open = false;
  for (const line of lines) {
    if (line.startsWith('```')) {
      fences.push(line);
      // A line with more on it ends no example.
      open = open ? line !== '```' : true;
    } else if (!open) prose.push(line);
  }
  return { prose, fences, open };
}

test('every example ends on a line of its own, so that what follows is text again', () => {
  const { fences, open } = split();
  expect(fences.length).toBeGreaterThan(100);
  expect(new Set(fences)).toEqual(new Set(['```ts', '```']));
  expect(open).toBe(false);
});

test('every link leads to a heading of the page, or to a page there is', () => {
  const { prose } = split();
  const seen = new Map<string, number>();
  const headings = prose
    .filter((line) => line.startsWith('#'))
    .map((line) => {
      const anchor = line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    });
  const anchors = new Set(headings);
  const targets = new Set(prose.flatMap((line) => [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)));
  expect(targets.size).toBeGreaterThan(100);
  const lost = [...targets].filter((target) =>
    target.startsWith('#') ? !anchors.has(target.slice(1)) : !existsSync(join(DOCS, target.replace(/#.*/, ''))),
  );
  expect(lost).toEqual([]);
});

test('no name is written twice in the same entry', () => {
  const headings = split().prose.filter((line) => line.startsWith('### '));
  expect(headings.filter((heading, index) => headings.indexOf(heading) !== index)).toEqual([]);
});
