import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLimit } from '../../../plugin/config/limit-flag.js';
import { limitFields } from '../../../plugin/limits/options.js';

const ROOT = join(__dirname, '../../..');

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Names in the first column of the tables of docs/limits.md. */
const documented = text('docs/limits.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...line.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name));

/** The tests of the repository, without this one. */
const tests = ['test/e2e', 'test/unit']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .filter((path) => path.endsWith('.test.ts') && !path.endsWith('docs/limits.test.ts'))
  .map(text)
  .join('\n');

test('every option of limits is documented, in both tables', () => {
  const options = text('docs/options.md');
  for (const name of Object.keys(limitFields)) {
    expect(documented).toContain(name);
    expect(options).toContain(`\`limits.${name}\``);
  }
});

test('every documented limit can be given on the command line', () => {
  for (const name of documented) {
    expect(readLimit(`${name}=5`)).toEqual([[expect.any(Array), 5]]);
  }
});

test.each(documented.filter((name) => !name.endsWith('Burst') && !name.startsWith('invitations.')))(
  'a test is named after %s',
  (name) => {
    expect(tests).toMatch(new RegExp(`(?:test|describe)(?:\\.each\\([^)]*\\))?\\('[^'\\n]*${name}`));
  },
);
