import { join } from 'node:path';
import { type Kind, tableChecks, vectorChecks } from './checks.js';
import { loadFolder } from './vectors.js';

/** The kinds that need no whole endpoint or room; `npm run conformance` runs all. */
const PURE_KINDS: ReadonlySet<Kind> = new Set<Kind>(['events', 'pending', 'closed', 'cpim', 'media', 'focus']);
const PURE_TABLES: ReadonlySet<string> = new Set([
  'cpim-uri-match',
  'chatroom-attr',
  'wrapped-acceptance',
  'uri-parse',
  'uri-compare',
]);

const folders = ['vectors', 'vectors-own'].map((folder) => loadFolder(join(__dirname, '..', folder)));
const vectors = folders.flatMap((folder) => folder.vectors);
const tables = folders.flatMap((folder) => folder.tables);

const checks = [
  ...vectors.flatMap(vectorChecks).filter((check) => PURE_KINDS.has(check.kind)),
  ...tables.filter((table) => PURE_TABLES.has(table.name)).flatMap(tableChecks),
];

test.each(checks.map((check) => [check.name, check.kind, check] as const))('%s: %s', async (_name, _kind, check) => {
  expect(await check.run()).toBeNull();
});
