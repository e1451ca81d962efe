/** What `GET /api/v1/webhooks` tells. */
import { z } from 'zod';

const times = z.int().nonnegative();

export const WebhookState = z
  .object({
    url: z.string().describe('Without user, password and the values of its query.'),
    queued: times.describe('Events that wait, the one that is being delivered included.'),
    delivered: times.describe('Events that were taken with 2xx.'),
    failed: times.describe('Attempts that came to nothing; each event may have several.'),
    dropped: times.describe('Events that were given up.'),
    disabled: z.boolean().describe('The receiver answered 410: it gets no more until the server is started anew.'),
    lastError: z.string().optional().describe('Why the last attempt that failed did.'),
    nextAttempt: z.iso.datetime().optional().describe('When the next attempt is made, after one that failed.'),
  })
  .meta({ id: 'WebhookState' });

/** How one webhook is doing. */
export type WebhookState = z.infer<typeof WebhookState>;

export const WebhookStates = z.object({ webhooks: z.array(WebhookState) }).meta({ id: 'WebhookStates' });

export type WebhookStates = z.infer<typeof WebhookStates>;
