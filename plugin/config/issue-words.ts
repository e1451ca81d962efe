/** What the schemas find wrong, said for people: with what would have been right. */
import type { z } from 'zod';
import { didYouMean } from './nearest.js';

type Issue = z.core.$ZodIssue;

/** Zod's own words begin so; those of the schema do not. */
export const isOurs = (message: string): boolean =>
  !/^(?:Invalid|Too|Unrecognized) /.test(message) || message === 'Invalid input';

/**
 * What is wrong, in words that follow the name of the option.
 *
 * @param value undefined where there is none
 */
export function messageOf(issue: Issue, value: unknown, kinds: Kinds = IN_FILES): string {
  if (value === undefined && issue.code !== 'custom') return 'is missing';
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const inside = issue.errors.flatMap(([first]) => (first ? [first] : []));
    const custom = inside.find(({ message, code }) => code === 'custom' || isOurs(message));
    const isAbout = custom?.code === 'invalid_type' ? isOurs(custom.message) : typeof value === 'string';
    if (custom && custom.code !== 'invalid_union' && isAbout) return custom.message;
    return refusal(inside, value, kinds);
  }
  if (isOurs(issue.message)) return issue.message;
  if (issue.code === 'invalid_value' || issue.code === 'invalid_type') return refusal([issue], value, kinds);
  if (issue.code === 'invalid_format' && issue.format === 'datetime')
    return 'has to be a time like 2030-01-01T00:00:00Z';
  if (issue.code === 'too_small') {
    if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty';
    return `has to be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
  }
  if (issue.code === 'too_big') return `has to be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
  return issue.message;
}

/** What would have been right instead. */
function refusal(issues: readonly Issue[], value: unknown, names: Kinds): string {
  const words = issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : []));
  if (typeof value === 'string' && words.length > 0) {
    return `is not known; use ${words.join(', ')}${didYouMean(value, words)}`;
  }
  const kinds = issues.flatMap((issue) =>
    issue.code === 'invalid_type' ? [names[issue.expected] ?? issue.expected] : [],
  );
  const quotes = kinds.includes('text') && typeof value !== 'object' ? '; write it in quotes' : '';
  return `has to be ${[...words, ...kinds].join(' or ')}${quotes}`;
}

/** Of what is too long. */
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

/** What a value may be, as those call it who write it. */
type Kinds = Readonly<Record<string, string>>;

/** In YAML, in flags and in variables. */
const IN_FILES: Kinds = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of KEY: VALUE',
  record: 'a section of NAME: VALUE',
};

/** In JSON, and in programs. */
export const IN_JSON: Kinds = {
  ...IN_FILES,
  string: 'a string',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};
