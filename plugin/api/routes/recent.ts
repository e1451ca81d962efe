import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RecentEntries } from '../recent.js';
import { json, limit, problems, ROOT } from '../route-parts.js';
import { Audit, Errors } from '../schemas/index.js';

const query = z.object({ limit });

const audit = createRoute({
  method: 'get',
  path: `${ROOT}/audit`,
  operationId: 'audit',
  summary: 'Lists the latest acts of moderation, refused ones too.',
  request: { query },
  responses: { 200: json(Audit, 'The latest first; the last 500 are kept.'), ...problems(400) },
});

const errors = createRoute({
  method: 'get',
  path: `${ROOT}/errors`,
  operationId: 'errors',
  summary: 'Lists the latest requests that were refused or failed.',
  request: { query },
  responses: { 200: json(Errors, 'The latest first; the last 500 are kept.'), ...problems(400) },
});

/** `/audit` and `/errors`. */
export function addRecent(app: OpenAPIHono, recent: RecentEntries): void {
  app.openapi(audit, (context) => {
    return context.json({ entries: recent.audit.latest(context.req.valid('query').limit) }, 200);
  });
  app.openapi(errors, (context) => {
    return context.json({ entries: recent.errors.latest(context.req.valid('query').limit) }, 200);
  });
}
