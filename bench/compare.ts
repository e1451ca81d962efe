import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Contender } from './harness/contender.js';
import { ourServer } from './harness/server.js';

/** Outside of this checkout, where its tools would take both for one project. */
const FOLDER = join(tmpdir(), 'drachtio-chatroom-bench');
const LOCK = 'package-lock.json';
/** `git archive` of the whole source, in octets. */
const MAX_ARCHIVE = 512 * 1024 * 1024;

/** The commit of this checkout, with `+` when files have changed since; empty where there is no git. */
export function commitHere(): string {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty=+', '--exclude=*'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : '';
}

/** The commit that `rev` names. Throws when there is none. */
function commitOf(rev: string): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--verify', '--quiet', `${rev}^{commit}`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`--compare ${rev}: git knows no such commit`);
  return stdout.trim();
}

/** Its source, in a folder of its own; not a worktree of git, so that nothing is left behind in the repository. */
function unpack(commit: string, folder: string): void {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { maxBuffer: MAX_ARCHIVE });
  execFileSync('tar', ['-x', '-C', partial], { input: archive });
  renameSync(partial, folder);
}

function build(folder: string, rev: string): void {
  const packages = join(folder, 'node_modules');
  rmSync(packages, { force: true });
  symlinkSync(resolve('node_modules'), packages);
  if (existsSync(join(folder, 'dist', 'plugin', 'index.mjs'))) return;
  const { status } = spawnSync(process.execPath, [join('.ci', 'build.mjs')], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`--compare ${rev}: it does not build; see above`);
}

/** A contender, and what has to be said about it. */
export interface Revision {
  contender: Contender;
  remark: string | undefined;
}

/**
 * The server of another commit, built beside this one and kept for the next time. It runs with the packages of this
 * checkout. Throws an Error that says why it cannot be had.
 */
export function revision(rev: string): Revision {
  const commit = commitOf(rev);
  const folder = join(FOLDER, commit);
  if (!existsSync(folder)) unpack(commit, folder);
  build(folder, rev);
  const samePackages = readFileSync(LOCK, 'utf8') === readFileSync(join(folder, LOCK), 'utf8');
  return {
    contender: ourServer(`server@${commit.slice(0, 7)}`, { root: folder }),
    remark: samePackages ? undefined : `${rev} has another ${LOCK}; it runs with the packages of this checkout`,
  };
}
