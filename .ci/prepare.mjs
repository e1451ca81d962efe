// Makes a clean clone ready: installs the npm packages and builds, each only when it is missing or out of date.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (error) console.error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
};
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (dir) =>
  readdirSync(dir, { withFileTypes: true }).reduce(
    (latest, entry) =>
      Math.max(latest, entry.isDirectory() ? newest(join(dir, entry.name)) : modified(join(dir, entry.name))),
    0,
  );

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  console.error('installing npm packages …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
const sources = Math.max(newest('plugin'), newest('lib'), modified('tsconfig.json'));
if (modified('dist/plugin/index.mjs') < sources) {
  console.error('building …');
  run(process.execPath, ['.ci/build.mjs']);
}
