import type { z } from 'zod';
import { IN_JSON, messageOf } from '../config/issue-words.js';
import { valueAt } from '../config/tree.js';
import { firstIssue } from '../options/parse-options.js';
import { ProblemError } from './problem.js';

/** What was looked at, as people call it. */
const PARTS: Readonly<Record<string, string>> = { json: 'body', param: 'path', query: 'query', header: 'header' };

/** What was looked at, and what came of it. */
type Checked = { target: string; data?: unknown } & ({ success: true } | { success: false; error: z.core.$ZodError });

/** Refuses a request whose parts are not as its route says, naming the first that is not. */
export function checkValid(checked: Checked): void {
  if (checked.success) return;
  const { issues } = checked.error;
  // A name that is mistyped is missing too: who reads that it is there can mend it.
  const mistyped = issues.filter(({ code }) => code === 'unrecognized_keys');
  const { issue, path } = firstIssue([...mistyped, ...issues]);
  const where = [PARTS[checked.target] ?? checked.target, ...path].join('.');
  const what = messageOf(issue, valueAt(checked.data, path), IN_JSON);
  throw new ProblemError(400, 'CHAT_ERR_HTTP_REQUEST', `${where}: ${what}.`.replace(/([?.])\.$/, '$1'));
}
