import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

const CODE = /['"`](CHAT_ERR_[A-Z_]*[A-Z])['"`]/g;

const codesIn = (text: string): string[] => [...text.matchAll(CODE)].map(([, code]) => code);

const sources = ['lib', 'plugin'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8')),
);

test('docs/errors.md has a row for every code there is, once, and for no other', () => {
  const rows = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => codesIn(line.split('|')[1]));
  expect(rows.toSorted()).toEqual([...new Set(sources.flatMap(codesIn))].toSorted());
});
