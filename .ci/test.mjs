// The test command. Installs the Debian packages the suites drive (sipp, a packet tool) when root and apt are there,
// names the suites that cannot run without them, and runs jest. Under CI=true a suite that cannot run is a failure.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The suites of a folder whose file name fits. */
const suitesNamed = (folder, name) =>
  readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`);

/** Programs from Debian packages, and the suites that need them. */
const PROGRAMS = [
  { program: 'sipp', packages: ['sip-tester'], suites: suitesNamed('test/interop', /^sipp.*\.test\.ts$/) },
  {
    program: 'kamailio',
    packages: ['kamailio', 'kamailio-tls-modules', 'kamailio-extra-modules'],
    suites: suitesNamed('test/interop', /^kamailio.*\.test\.ts$/),
  },
];

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
let missing = PROGRAMS.filter(({ program }) => !has(program));
if (missing.length > 0 && process.getuid?.() === 0 && has('apt-get')) {
  const packages = missing.flatMap((m) => m.packages);
  console.error(`installing Debian packages: ${packages.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
  missing = PROGRAMS.filter(({ program }) => !has(program));
}

mkdirSync('.tmp', { recursive: true });
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const skipped = missing.flatMap(({ suites }) => suites);
const args = [jest, '--json', '--outputFile=.tmp/jest.json', ...process.argv.slice(2)];
if (skipped.length > 0) args.push('--testPathIgnorePatterns', '/node_modules/', '/dist/', ...skipped);
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });

for (const { program, packages, suites } of missing) {
  console.error(`could not run ${suites.join(', ')}: ${program} (Debian ${packages.join(', ')}) is not installed`);
}
process.exit(status !== 0 || (missing.length > 0 && process.env.CI === 'true') ? status || 1 : 0);
