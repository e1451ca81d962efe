/** Reads a command line. */
import { parseArgs } from 'node:util';
import { assignments, FLAG_NAMES, type FlagName, FLAGS, isFlag } from './flags.js';
import { lineOf } from './lines.js';
import { nearest } from './nearest.js';
import type { Origin, Problem } from './problems.js';
import type { Layer } from './sources.js';
import { type Path, withValue } from './tree.js';

/** Flags of a command beside those of the table: with a value, or alone. */
export type OwnFlags = Readonly<Record<string, 'value' | 'alone'>>;

export interface CommandLine {
  layer: Layer;
  /** Values of the command's own flags; `''` for those that stand alone. */
  own: ReadonlyMap<string, string>;
  /** What is no flag; at most as many as the command takes. */
  words: readonly string[];
  problems: readonly Problem[];
}

/**
 * @param command of which `--help` lists the flags
 * @param most how many words it takes that are no flags
 */
export function readArgv(argv: readonly string[], command: string, flags: OwnFlags, most = 0): CommandLine {
  const known = FLAG_NAMES.filter((name) => !FLAGS[name].variableOnly);
  const alone = (name: string): boolean => (isFlag(name) ? FLAGS[name].alone === true : flags[name] === 'alone');
  const names = [...known, ...Object.keys(flags)];
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(names.map((name) => [name, { type: alone(name) ? 'boolean' : 'string' }])),
    strict: false,
    tokens: true,
  });
  const help = `drachtio-chatroom ${command} --help lists the flags`;
  const problems: Problem[] = [];
  const own = new Map<string, string>();
  const words: string[] = [];
  const texts = new Map<FlagName, string[]>();
  let unknown = -1;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      // It may be the value of a flag that nobody knows.
      if (token.index === unknown + 1 && unknown >= 0) continue;
      if (words.push(token.value) > most) problems.push({ message: `Unexpected argument '${token.value}'; ${help}` });
    } else if (token.kind === 'option') {
      const { name, rawName, value, inlineValue } = token;
      if (!names.includes(name)) {
        unknown = token.index;
        const meant = nearest(name, names);
        problems.push({
          message: `unknown flag ${rawName}; ${meant === undefined ? '' : `did you mean --${meant}? `}${help}`,
        });
      } else if (alone(name) ? value !== undefined : value === undefined || (!inlineValue && /^-./.test(value))) {
        problems.push({ message: `--${name}: a value is missing, or there is one too many` });
      } else if (isFlag(name)) texts.set(name, [...((FLAGS[name].list && texts.get(name)) || []), value ?? 'true']);
      else if (value === '') problems.push({ message: `--${name}: a value is missing` });
      else own.set(name, value ?? '');
    }
  }
  const read = layerOf([...texts], (flag) => `--${flag}`);
  return { layer: read.layer, own, words, problems: [...problems, ...read.problems] };
}

/**
 * What flags say, or the variables that stand for them.
 *
 * @param name of a flag, as it was given
 */
export function layerOf(
  texts: readonly (readonly [FlagName, readonly string[]])[],
  name: (flag: FlagName) => string,
): { layer: Layer; problems: Problem[] } {
  const origins: [Path, Origin][] = [];
  const problems: Problem[] = [];
  let tree: unknown = {};
  for (const [flag, values] of texts) {
    const { list, read, colon, key } = FLAGS[flag];
    const origin = (text: string): Origin => ({
      kind: name(flag).startsWith('-') ? 'flag' : 'variable',
      name: name(flag),
      text,
      colon,
    });
    if (list && !read) {
      tree = withValue(tree, key.split('.'), values);
      origins.push([key.split('.'), origin(values.join(' '))]);
      continue;
    }
    for (const text of values) {
      const said = assignments(flag, text);
      if (typeof said === 'string') {
        const path = key.split('.');
        problems.push({
          message: lineOf({ path, origin: origin(text), message: said, value: text }),
          path,
          origin: origin(text),
        });
      } else {
        for (const [path, value] of said) {
          tree = withValue(tree, path, value);
          origins.push([path, origin(text)]);
        }
      }
    }
  }
  return { layer: { tree: tree as Layer['tree'], origins }, problems };
}
