import { spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** The Debian packages of peers. */
export type Package = 'prosody' | 'ejabberd';

const POLICY = '/usr/sbin/policy-rc.d';
/** What invoke-rc.d understands as: no service is to be started. */
const FORBIDDEN = '#!/bin/sh\nexit 101\n';

const succeeds = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** The version of an installed Debian package; undefined when it is not installed. */
export function debianVersion(name: Package): string | undefined {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Version}', name], {
    encoding: 'utf8',
  });
  const [state, version] = status === 0 ? stdout.split(' ') : [];
  return state === 'installed' ? version : undefined;
}

/** The version of an npm package that can be loaded from here; undefined when there is none. */
export function npmVersion(name: string): string | undefined {
  try {
    const path = createRequire(__filename).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Why a Debian peer is not measured, and what to do about it. */
export const notInstalled = (name: Package): string =>
  `not installed: apt-get install ${name}, or --install-peers as root`;

/** Installs a Debian package, and starts none of its services. Throws an Error when that is not possible. */
export function installPackage(name: Package): void {
  if (process.getuid?.() !== 0 || !succeeds('apt-get', '--version')) {
    throw new Error(`--install-peers needs root and apt-get; as root: apt-get install ${name}`);
  }
  // One that is there already is the wish of who runs this machine.
  const forbids = !existsSync(POLICY);
  if (forbids) writeFileSync(POLICY, FORBIDDEN, { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' };
    const options = { env, stdio: ['ignore', 2, 2] } satisfies SpawnSyncOptions;
    spawnSync('apt-get', ['update', '-qq'], options);
    const { status } = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
    if (status !== 0) throw new Error(`apt-get could not install ${name}; see above`);
  } finally {
    if (forbids) rmSync(POLICY, { force: true });
  }
}

/** Where the library paths of Erlang have to point for ejabberd; throws when it is not installed. */
export function ejabberdLibraries(): string {
  const { stdout } = spawnSync('dpkg-query', ['-L', 'ejabberd'], { encoding: 'utf8' });
  const application = /^(\/.+)\/[^/]+\/ebin\/ejabberd\.app$/m.exec(stdout);
  if (application?.[1] === undefined) throw new Error('the package ejabberd has no application of that name');
  return application[1];
}
