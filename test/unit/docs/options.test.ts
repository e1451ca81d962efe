import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELP } from '../../../plugin/cli/serve-options.js';

/** Of the tables of options and flags, by what they begin with. */
const names = readFileSync(join(__dirname, '../../../docs/options.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...line.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name));

test('docs/options.md has every flag of serve --help', () => {
  const flags = [...HELP.matchAll(/^ {2}(--[a-z-]+)(?: [A-Z]+ (--[a-z-]+))?/gm)].flatMap(([, ...found]) => found);
  expect(names).toEqual(expect.arrayContaining(flags.filter((flag) => flag !== undefined && flag !== '--help')));
});

test('docs/options.md says everything once', () => {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  // Of several ways to say it.
  expect(twice.filter((name) => !name.endsWith('…'))).toEqual([]);
});
