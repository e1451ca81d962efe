/** `GET /api/v1/webhooks`: how they fare. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { json, problems, ROOT } from '../../api/route-parts.js';
import { WebhookStates } from '../../api/schemas/index.js';
import type { Webhooks } from './webhooks.js';

const route = createRoute({
  method: 'get',
  path: `${ROOT}/webhooks`,
  operationId: 'webhooks',
  tags: ['events'],
  summary: 'Lists the webhooks and their state, in the order of the configuration; secrets are not shown.',
  responses: { 200: json(WebhookStates, 'One state for each.'), ...problems() },
});

/** Adds it. */
export function addWebhooks(app: OpenAPIHono, webhooks: Webhooks): void {
  app.openapi(route, (context) => context.json({ webhooks: webhooks.states }, 200));
}
