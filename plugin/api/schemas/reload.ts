import { z } from 'zod';

/** What a reload did. */
export const Reloaded = z
  .object({
    applied: z.array(z.string()).describe('Options that hold now, like `limits.maxRooms`.'),
    restart: z
      .array(z.object({ option: z.string(), why: z.string() }))
      .describe('Options that hold from the next start on, and why.'),
  })
  .meta({ id: 'Reloaded' });

export type Reloaded = z.infer<typeof Reloaded>;
