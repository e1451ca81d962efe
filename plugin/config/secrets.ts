/** Reads the files that secrets are in. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { lineOf } from './lines.js';
import type { Problem } from './problems.js';
import type { Sources } from './sources.js';
import { fileKey, SECRETS } from './special-keys.js';
import { expand, type Path, type Tree, valueAt, withValue } from './tree.js';
import { whyUnreadable } from './unreadable.js';

export interface WithSecrets {
  /** With each secret in place of its file. */
  tree: Tree;
  problems: Problem[];
  /** Lines about files that everybody may read. */
  warnings: string[];
}

export function readSecrets(sources: Sources): WithSecrets {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  let tree: unknown = sources.tree;
  const report = (path: Path, message: string): void => {
    const origin = sources.origin(path);
    problems.push({ message: lineOf({ path, origin, message, value: undefined }), path, origin });
  };
  for (const [path, fileAt] of SECRETS.flatMap((secret) => pairs(sources.tree, secret))) {
    const file = valueAt(tree, fileAt);
    // What else it may be, the schema does not like.
    if (typeof file !== 'string' || file === '') continue;
    tree = withValue(tree, fileAt, undefined);
    if (valueAt(tree, path) !== undefined) {
      report(fileAt, `${String(path.at(-1))} and ${String(fileAt.at(-1))} exclude each other; give one of them`);
      continue;
    }
    const read = readSecret(file);
    if ('problem' in read) report(fileAt, read.problem);
    else {
      if (read.isPublic) warnings.push(`${file} (${sources.name(fileAt)}) can be read by everybody; chmod o-r it`);
      tree = withValue(tree, path, read.text);
    }
  }
  return { tree: tree as Tree, problems, warnings };
}

/** Where secrets of that kind are, and the names of their files. */
const pairs = (tree: unknown, secret: readonly string[]): (readonly [Path, Path])[] =>
  expand(tree, fileKey(secret)).map((path) => [[...path.slice(0, -1), String(secret.at(-1))], path] as const);

function readSecret(file: string): { text: string; isPublic: boolean } | { problem: string } {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { mode } = fstatSync(descriptor);
      const text = readFileSync(descriptor, 'utf8').replace(/\r?\n$/, '');
      return text === '' ? { problem: `${file} is empty` } : { text, isPublic: (mode & 0o004) !== 0 };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return { problem: `${file} cannot be read: ${whyUnreadable(error)}` };
  }
}
