import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logLines } from '../../support/lines-in-source.js';

const page = readFileSync(join(__dirname, '../../../docs/logs.md'), 'utf8');

/** `LEVEL TEXT`, of the tables of docs/logs.md. */
const documented = page
  .split(/^### /m)
  .slice(1)
  .flatMap((section) => {
    const [level] = section.split('\n', 1);
    return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, text]) => `${level} ${text}`);
  });

const lines = logLines();

/** Through `PacedLog`, whose rest is at `debug`. */
const written = new Set(
  lines.flatMap(({ level, text, paced }) => [`${level} ${text}`, ...(paced ? [`debug ${text}`] : [])]),
);

test('docs/logs.md has every line that the source may write, with its level, and no other', () => {
  expect([...new Set(documented)].toSorted()).toEqual([...written].toSorted());
});

test('no field has the name of one that every line has: whoever reads JSON would see one of the two', () => {
  const taken = new Set(['level', 'time', 'pid', 'hostname', 'msg']);
  expect(lines.filter(({ fields }) => fields.some((field) => taken.has(field)))).toEqual([]);
  expect(lines.flatMap(({ fields }) => fields)).toContain('state');
});

test('what anybody may cause, and is told only now and then, has a text of its own', () => {
  const paced = new Set(lines.filter((line) => line.paced).map(({ text }) => text));
  expect(paced).toContain('message refused');
  for (const text of paced) {
    const files = lines.filter((line) => line.text === text).map(({ file }) => file);
    expect({ text, files: [...new Set(files)] }).toEqual({ text, files: [expect.any(String)] });
  }
});

test('a line is found by its text: each is a text of its own, never put together', () => {
  expect(lines.filter(({ text }) => text === '').map(({ file }) => file)).toEqual([]);
  for (const { text } of lines) expect(text).not.toMatch(/[`$]/);
});
