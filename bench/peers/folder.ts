import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of `nobody` on Debian: a daemon that refuses to run as root runs as he. */
const NOBODY = 65_534;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Where a daemon has all that it writes; it belongs to who runs it. */
export class DaemonFolder {
  readonly path: string;

  constructor(name: string) {
    this.path = mkdtempSync(join(tmpdir(), `bench-${name}-`));
    if (isRoot()) chownSync(this.path, NOBODY, NOBODY);
  }

  /** Returns where the file is. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A command that becomes `command` in the same process: not as root, and with nothing but these variables beside PATH. */
export function unprivileged(command: readonly string[], variables: Readonly<Record<string, string>>): string[] {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const identity = isRoot() ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  return [...identity, 'env', '-i', `PATH=${process.env.PATH ?? '/usr/bin:/bin'}`, ...settings, ...command];
}
