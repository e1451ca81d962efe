/** What the schema finds wrong, in words that name the option, the cause and the fix. */
import type { z } from 'zod';
import { allKeys, isByName, keysAt } from './json-schema.js';
import { lineOf } from './lines.js';
import { didYouMean } from './nearest.js';
import { position, type Problem } from './problems.js';
import type { Sources } from './sources.js';
import { dotted, type Path, valueAt } from './tree.js';
import { isOurs, type Kinds, messageOf } from './wording.js';

type Issue = z.core.$ZodIssue;

/** @param tree what was checked */
export const problemsOf = (issues: readonly Issue[], tree: unknown, sources: Sources): Problem[] =>
  issues.flatMap((issue) => problemsIn(issue, [], tree, sources));

function problemsIn(issue: Issue, outer: Path, tree: unknown, sources: Sources): Problem[] {
  const path = [...outer, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], sources));
  const meant = issue.code === 'invalid_union' && isOurs(issue.message) ? deeper(issue.errors) : undefined;
  if (meant) return meant.flatMap((inside) => problemsIn(inside, path, tree, sources));
  const value = valueAt(tree, path);
  const origin = sources.origin(path);
  return [{ message: lineOf({ path, origin, message: messageOf(issue, value, KINDS), value }), path, origin }];
}

/** Of several forms, what is wrong inside the one that was meant; undefined when none was. */
const deeper = (alternatives: readonly Issue[][]): Issue[] | undefined =>
  alternatives.find(([first]) => first !== undefined && (first.path.length > 0 || first.code === 'unrecognized_keys'));

function unknownKey(path: Path, sources: Sources): Problem {
  const [section, key] = [path.slice(0, -1), String(path.at(-1))];
  const origin = sources.origin(path);
  const place = origin?.kind === 'file' ? ` (${position(origin)})` : '';
  const elsewhere = allKeys().find((known) => known.at(-1) === key && !known.includes('*'));
  const hint = elsewhere
    ? `; did you mean "${dotted(elsewhere)}"?`
    : didYouMean(key, keysAt(section)) || amongOthers(section, key);
  return { message: `There is no option ${JSON.stringify(dotted(path))}${place}${hint}`, path, origin };
}

/** A room straight below `rooms`. */
function amongOthers(section: Path, key: string): string {
  const names = section.length > 0 ? keysAt(section).find((name) => isByName([...section, name])) : undefined;
  return names === undefined ? '' : `; did you mean ${JSON.stringify(dotted([...section, names, key]))}?`;
}

/** As they are written in a file. */
const KINDS: Kinds = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of KEY: VALUE',
  record: 'a section of NAME: VALUE',
};
