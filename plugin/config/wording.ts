/** What the schemas find wrong with a value, in words. */
import type { z } from 'zod';
import { didYouMean } from './nearest.js';

type Issue = z.core.$ZodIssue;

/** What a kind of value is called where the option was written. */
export type Kinds = Readonly<Record<string, string>>;

/** Zod's own words begin so; those of the schema do not. */
export const isOurs = (message: string): boolean =>
  !/^(?:Invalid|Too|Unrecognized) /.test(message) || message === 'Invalid input';

/**
 * What is wrong with a value, and what would have been right.
 *
 * @param value undefined where there is none
 */
export function messageOf(issue: Issue, value: unknown, kinds: Kinds): string {
  if (value === undefined) return 'is missing';
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const inside = issue.errors.flatMap(([first]) => (first ? [first] : []));
    const custom = inside.find(({ message, code }) => code === 'custom' || isOurs(message));
    const isAbout = custom?.code === 'invalid_type' ? isOurs(custom.message) : typeof value === 'string';
    if (custom && custom.code !== 'invalid_union' && isAbout) return custom.message;
    return refusal(inside, value, kinds);
  }
  if (isOurs(issue.message)) return issue.message;
  if (issue.code === 'invalid_value' || issue.code === 'invalid_type') return refusal([issue], value, kinds);
  if (issue.code === 'too_small') {
    if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty';
    return `has to be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
  }
  return issue.code === 'too_big' ? `has to be at most ${issue.maximum}` : issue.message;
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
