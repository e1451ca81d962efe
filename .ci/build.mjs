// Compiles plugin/ and lib/ into dist/ (CommonJS), and writes the thin ESM wrapper that re-exports the same classes by name.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

rmSync('dist', { recursive: true, force: true });
const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace(/package\.json$/, 'bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const entry = createRequire(import.meta.url)('../dist/plugin/index.js');
const names = Object.keys(entry).filter((name) => name !== 'default' && name !== '__esModule');
writeFileSync(
  'dist/plugin/index.mjs',
  `import entry from './index.js';\nexport const { ${names.join(', ')} } = entry;\nexport default entry.default;\n`,
);
writeFileSync('dist/plugin/index.d.mts', `export * from './index.js';\nexport { default } from './index.js';\n`);
chmodSync('dist/plugin/cli/main.js', 0o755);
