// Compiles plugin/ and lib/ into dist/ (CommonJS), writes thin ESM wrappers that re-export the same classes by name, one for
// each entry of the package, and bundles what runs in browsers.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

rmSync('dist', { recursive: true, force: true });
const require = createRequire(join(process.cwd(), 'package.json'));
const tsc = require.resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const { require: commonJs } of Object.values(entries)) {
  if (commonJs) wrap(commonJs.default);
}
chmodSync('dist/plugin/cli/main.js', 0o755);
await import('./build-pages.mjs');
await import('./build-client.mjs');

/** What a CommonJS module exports, as an ES module: the same objects. */
function wrap(path) {
  const entry = require(path);
  const names = Object.keys(entry).filter((name) => name !== 'default' && name !== '__esModule');
  const file = `./${basename(path)}`;
  const byDefault =
    'default' in entry
      ? { code: 'export default entry.default;\n', types: `export { default } from '${file}';\n` }
      : { code: '', types: '' };
  writeFileSync(
    path.replace(/\.js$/, '.mjs'),
    `import entry from '${file}';\nexport const { ${names.join(', ')} } = entry;\n${byDefault.code}`,
  );
  writeFileSync(path.replace(/\.js$/, '.d.mts'), `export * from '${file}';\n${byDefault.types}`);
}
