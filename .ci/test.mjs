// The test command. Installs the Debian packages the suites drive (sipp, a packet tool) when root and apt are there,
// names the suites that cannot run without them, and runs jest: on what its arguments choose, or on everything, and then
// once more on what failed of the suites of real processes. Under CI=true a suite that cannot run for want of a Debian
// package is a failure; one that wants a privilege, or an npm package that its registry may lack, is only named.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { hasFailed, PARTS, reportFile, suitesOf, suitesToRunAgain } from './test-parts.mjs';

/** The suites of a folder whose file name fits. */
const suitesNamed = (folder, name) =>
  readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`);

/** Programs from Debian packages, the suites that need them, and a command that fails where they may not work. */
const PROGRAMS = [
  { program: 'sipp', packages: ['sip-tester'], suites: suitesNamed('test/interop', /^sipp.*\.test\.ts$/) },
  {
    program: 'kamailio',
    packages: ['kamailio', 'kamailio-tls-modules', 'kamailio-extra-modules'],
    suites: suitesNamed('test/interop', /^kamailio.*\.test\.ts$/),
  },
  // Its programs are in no directory of PATH but this one, which finds them.
  {
    program: 'pg_ctlcluster',
    packages: ['postgresql'],
    suites: suitesNamed('test/interop', /^postgresql.*\.test\.ts$/),
  },
  {
    program: 'rtpengine',
    packages: ['rtpengine-daemon'],
    suites: suitesNamed('test/interop', /^rtpengine.*\.test\.ts$/),
  },
  {
    program: 'tshark',
    packages: ['tshark'],
    suites: suitesNamed('test/interop', /^tshark.*\.test\.ts$/),
    usable: { command: 'dumpcap -q -i lo -a duration:1 -w /dev/null', without: 'capturing on the interface lo' },
  },
  { program: 'chromium', packages: ['chromium'], suites: suitesNamed('test/browser', /\.test\.ts$/) },
  {
    program: 'promtool',
    packages: ['prometheus'],
    suites: suitesNamed('test/interop', /^promtool.*\.test\.ts$/),
  },
];

/** Foreign MSRP stacks that are no dependency of ours, each in a folder of its own or in node_modules. */
const PEERS = [
  {
    name: 'msrp-node-lib',
    variable: 'MSRP_NODE_LIB',
    suites: suitesNamed('test/interop', /^msrp-node-lib.*\.test\.ts$/),
  },
];

const resolves = ({ name, variable }) => {
  if (process.env[variable]) return existsSync(process.env[variable]);
  try {
    return createRequire(import.meta.url).resolve(name) !== '';
  } catch {
    return false;
  }
};

const succeeds = (command) => spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status === 0;
const has = (program) => succeeds(`command -v ${program}`);
let missing = PROGRAMS.filter(({ program }) => !has(program));
if (missing.length > 0 && process.getuid?.() === 0 && has('apt-get')) {
  const packages = missing.flatMap((m) => m.packages);
  console.error(`installing Debian packages: ${packages.join(' ')} …`);
  // Offline: the tests start what they need themselves; no daemon is to stay behind, with ports of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1', RUNLEVEL: '1' };
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
  missing = PROGRAMS.filter(({ program }) => !has(program));
}

const unusable = PROGRAMS.filter(({ program, usable }) => has(program) && usable && !succeeds(usable.command));
const absent = PEERS.filter((peer) => !resolves(peer));

mkdirSync('.tmp', { recursive: true });
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const skipped = [...missing, ...unusable, ...absent].flatMap(({ suites }) => suites);
const chosen = process.argv.slice(2);

/** Runs jest on what `args` choose but for `ignored`; its exit status. */
const run = (report, args, ignored) => {
  // Before others, since it takes all that is no option for patterns.
  const ignore = ignored.length > 0 ? ['--testPathIgnorePatterns', '/node_modules/', '/dist/', ...ignored] : [];
  rmSync(reportFile(report), { force: true });
  // What a test that failed left behind is not waited for.
  const all = [jest, ...ignore, '--forceExit', '--json', `--outputFile=${reportFile(report)}`, ...args];
  return spawnSync(process.execPath, all, { stdio: 'inherit' }).status;
};

/** All parts, and then what may run again; the exit status. */
const runAll = () => {
  const outcomes = PARTS.map(({ report, args, ignored }) => ({
    report,
    status: run(report, args, [...ignored, ...skipped]),
  }));
  const passedAgain = suitesToRunAgain().filter(({ name, report }) => {
    console.error(`once more, alone: ${name}`);
    return run(report, ['--selectProjects', 'e2e', '--', name], []) === 0;
  });
  const isForgiven = (report) => {
    const failed = suitesOf(report)?.filter(hasFailed) ?? [];
    return failed.length > 0 && failed.every(({ name }) => passedAgain.some((suite) => suite.name === name));
  };
  return outcomes.find(({ report, status }) => status !== 0 && !isForgiven(report))?.status ?? 0;
};

const status = chosen.length > 0 ? run('jest', chosen, skipped) : runAll();

for (const { program, packages, suites } of missing) {
  console.error(`could not run ${suites.join(', ')}: ${program} (Debian ${packages.join(', ')}) is not installed`);
}
for (const { program, suites, usable } of unusable) {
  console.error(`could not run ${suites.join(', ')}: ${program} has no privilege for ${usable.without}`);
}
for (const { name, variable, suites } of absent) {
  console.error(
    `not run, and no failure: ${suites.join(', ')}: the npm package ${name} is not a dependency, since not every registry ` +
      `has it; put it into node_modules or its folder into ${variable} to run the suite`,
  );
}
process.exit(status !== 0 || (missing.length > 0 && process.env.CI === 'true') ? status || 1 : 0);
