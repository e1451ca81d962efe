// Adds to package-lock.json the optional packages of other platforms that a mirror without them left out, so that
// `npm ci` accepts the file everywhere. Run after changing dependencies behind such a mirror.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const names = (list, text) =>
  list.filter((word) => new RegExp(`(^|[^a-z0-9])${word}([^0-9]|$)`).test(text)).slice(0, 1);
let added = 0;
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (lock.packages[path] || !/^\d/.test(version)) continue;
    const [os, cpu] = [names(SYSTEMS, name), names(PROCESSORS, name)];
    lock.packages[path] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      dev: true,
      optional: true,
      ...(os.length > 0 && { os }),
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added`);
