import type { z } from 'zod';
import { firstIssue } from '../options/parse-options.js';
import { ProblemError } from './problem.js';

/** What was looked at, as people call it. */
const PARTS: Readonly<Record<string, string>> = { json: 'body', param: 'path', query: 'query', header: 'header' };

/** Refuses a request whose parts are not as its route says, naming the first that is not. */
export function checkValid(
  checked: { target: string } & ({ success: true } | { success: false; error: z.core.$ZodError }),
): void {
  if (checked.success) return;
  const { issue, path } = firstIssue(checked.error.issues);
  const where = [PARTS[checked.target] ?? checked.target, ...path].join('.');
  throw new ProblemError(400, 'CHAT_ERR_HTTP_REQUEST', `${where}: ${issue.message}.`.replace(/([?.])\.$/, '$1'));
}
