/** Options whose value is more than it says. `*` is any key. */
import { expand, type Path } from './tree.js';

/** Nobody is shown these. Each may be given as `NAMEFile` instead: the path of a file with it. */
export const SECRETS = [
  ['drachtio', 'secret'],
  ['http', 'token'],
  ['webhooks', '*', 'secret'],
  ['invitations', 'credentials', 'password'],
  ['rooms', 'defaults', 'password'],
  ['rooms', 'static', '*', 'password'],
  // It has a password in it.
  ['digest', 'sql', 'url'],
] as const;

/** URLs that may have a password, or a token in their query. */
export const WEB_ADDRESSES = [['webhooks', '*', 'url']] as const;

/** Paths, which in a file count from where that file is. */
const FILES = [
  ['msrp', 'tls', 'cert'],
  ['msrp', 'tls', 'key'],
  ['msrp', 'tls', 'ca'],
  ['digest', 'file'],
  ['limits', 'spoolDirectory'],
  ['trace', 'directory'],
  ['data'],
];

export const fileKey = (secret: readonly string[]): string[] => [...secret.slice(0, -1), `${secret.at(-1)}File`];

/** The paths in `tree` at which there are names of files. */
export const filesIn = (tree: unknown): Path[] =>
  [...FILES, ...SECRETS.map((secret) => fileKey(secret))].flatMap((pattern) => expand(tree, pattern));

/** Whether nobody is shown what stands at `path` as it is. */
export const isSecret = (path: Path): boolean =>
  [...SECRETS, ...WEB_ADDRESSES].some(
    (secret) => secret.length === path.length && secret.every((key, index) => key === '*' || key === path[index]),
  );
