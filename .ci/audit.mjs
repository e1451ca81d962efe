// What whoever installs the package takes over with it: production dependencies, pinned by version and checksum, none of
// which runs a script at install, and none with an advisory as far as the registry tells. Not every registry answers that:
// then it is said, and is no failure.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { lockfileVersion, packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const production = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional);
const failures = [];

const listed = ({ dependencies = {}, devDependencies = {} }) => JSON.stringify([dependencies, devDependencies]);
if (lockfileVersion < 2) failures.push(`package-lock.json has version ${lockfileVersion}`);
if (listed(manifest) !== listed(packages[''])) failures.push('package-lock.json is not that of package.json');

for (const [path, { version, integrity, link, hasInstallScript }] of production) {
  // Where it comes from is the registry's of whoever installs (.npmrc); that it is the same octets, the checksum says.
  if (link || !/^\d/.test(version ?? '')) failures.push(`${path} is not pinned to a version`);
  else if (!/^sha(?:256|384|512)-/.test(integrity ?? '')) failures.push(`${path} ${version} has no checksum`);
  if (hasInstallScript) failures.push(`${path} ${version} runs a script when it is installed`);
}
for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
  if (manifest.scripts?.[script]) failures.push(`package.json runs ${script} when it is installed`);
}

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 60_000 });
const report = parsed(stdout);
if (report?.metadata?.vulnerabilities === undefined) {
  console.log(`advisories: the registry does not tell (${report?.message ?? 'no answer'})`);
} else {
  for (const { name, severity, range } of Object.values(report.vulnerabilities)) {
    failures.push(`${name} ${range}: ${severity} advisory; npm audit --omit=dev tells more`);
  }
  console.log(`advisories: ${report.metadata.vulnerabilities.total}`);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

for (const failure of failures) console.log(failure);
console.log(`${production.length} production packages, ${failures.length} problems`);
process.exit(failures.length === 0 ? 0 : 1);
