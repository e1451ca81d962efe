import { z } from 'zod';

/** What every request is answered with that could not be done (RFC 9457), as `application/problem+json`. */
export const Problem = z
  .object({
    type: z.string().describe('`about:blank`: the status says what kind of problem it is.'),
    title: z.string().describe('The status in words.'),
    status: z.int(),
    detail: z.string().describe('Cause and fix.'),
    code: z.string().describe('Stable; docs/errors.md lists them.').meta({ example: 'CHAT_ERR_ROOM_UNKNOWN' }),
    errors: z.array(z.string()).describe('Where several things are wrong, all of them.').optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof Problem>;
