/** What the schema finds wrong, in words that name the option, the cause and the fix. */
import type { z } from 'zod';
import { allKeys, isByName, keysAt } from './json-schema.js';
import { lineOf } from './lines.js';
import { didYouMean } from './nearest.js';
import { position, type Problem } from './problems.js';
import type { Sources } from './sources.js';
import { dotted, type Path, valueAt } from './tree.js';

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
  return [{ message: lineOf({ path, origin, message: messageOf(issue, value), value }), path, origin }];
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

/** Zod's own words begin so; those of the schema do not. */
const isOurs = (message: string): boolean =>
  !/^(?:Invalid|Too|Unrecognized) /.test(message) || message === 'Invalid input';

function messageOf(issue: Issue, value: unknown): string {
  if (value === undefined) return 'is missing';
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const inside = issue.errors.flatMap(([first]) => (first ? [first] : []));
    const custom = inside.find(({ message, code }) => code === 'custom' || isOurs(message));
    const isAbout = custom?.code === 'invalid_type' ? isOurs(custom.message) : typeof value === 'string';
    if (custom && custom.code !== 'invalid_union' && isAbout) return custom.message;
    return refusal(inside, value);
  }
  if (isOurs(issue.message)) return issue.message;
  if (issue.code === 'invalid_value' || issue.code === 'invalid_type') return refusal([issue], value);
  if (issue.code === 'too_small') {
    if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty';
    return `has to be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
  }
  return issue.code === 'too_big' ? `has to be at most ${issue.maximum}` : issue.message;
}

/** What would have been right instead. */
function refusal(issues: readonly Issue[], value: unknown): string {
  const words = issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : []));
  if (typeof value === 'string' && words.length > 0) {
    return `is not known; use ${words.join(', ')}${didYouMean(value, words)}`;
  }
  const kinds = issues.flatMap((issue) =>
    issue.code === 'invalid_type' ? [KINDS[issue.expected] ?? issue.expected] : [],
  );
  const quotes = kinds.includes('text') && typeof value !== 'object' ? '; write it in quotes' : '';
  return `has to be ${[...words, ...kinds].join(' or ')}${quotes}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of KEY: VALUE',
  record: 'a section of NAME: VALUE',
};
