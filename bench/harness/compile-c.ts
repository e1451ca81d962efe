import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the binary of this name is. */
export const binary = (name: string): string => join('.tmp', 'bench', name);

const inFolder = (folder: string): string[] => readdirSync(folder).map((name) => join(folder, name));

/**
 * Compiles a C program when it is missing or older than what it is made of, and returns where it is.
 *
 * @param name of the binary
 * @param sources C files, and folders of which all files belong to it
 */
export function compileC(name: string, sources: readonly string[]): string {
  const files = sources.flatMap((path) => (statSync(path).isDirectory() ? inFolder(path) : [path]));
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  const output = binary(name);
  if (existsSync(output) && statSync(output).mtimeMs > newest) return output;
  mkdirSync(dirname(output), { recursive: true });
  const units = files.filter((file) => file.endsWith('.c'));
  // Another process may be running the old one, or compiling too.
  const partial = `${output}.${process.pid}`;
  const args = ['-O2', '-Wall', '-Wextra', '-o', partial, ...units, ...libraries()];
  const { status, error } = spawnSync('cc', args, { stdio: ['ignore', 2, 2] });
  if (error) {
    throw new Error(
      `${name} is C and needs a compiler: cannot run cc (${error.message}); apt-get install gcc libc6-dev`,
    );
  }
  if (status !== 0) throw new Error(`cc could not compile ${name} (Linux with epoll is needed); see above`);
  renameSync(partial, output);
  return output;
}

/** OpenSSL where its headers are; without them TLS cannot be measured, and the rest can. */
function libraries(): string[] {
  const { status } = spawnSync('cc', ['-E', '-'], {
    input: '#include <openssl/ssl.h>\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return status === 0 ? ['-lssl', '-lcrypto'] : [];
}
