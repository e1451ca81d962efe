import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the tables of options, by what they begin with. */
const names = readFileSync(join(__dirname, '../../../docs/options.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...line.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name));

test('docs/options.md says everything once', () => {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  // Of several ways to say it.
  expect(twice.filter((name) => !name.endsWith('…'))).toEqual([]);
});
