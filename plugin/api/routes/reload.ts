/** `POST /api/v1/reload`. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { json, problems, ROOT } from '../route-parts.js';
import { Reloaded } from '../schemas/index.js';

const reload = createRoute({
  method: 'post',
  path: `${ROOT}/reload`,
  operationId: 'reload',
  summary: 'Reads the configuration again, and goes on with it; nobody who is in a room notices.',
  description:
    'All or nothing. The file, the environment and the flags of the start are read; with SIGHUP it is the same. ' +
    'One after the other, when asked for several times.',
  responses: { 200: json(Reloaded, 'What holds now, and what from the next start on.'), ...problems(422, 503) },
});

export interface ReloadOptions {
  /** Rejects with a ProblemError. */
  reload: () => Promise<Reloaded>;
}

/** Adds it; behind what decides who may use the API. */
export function addReload(app: OpenAPIHono, { reload: act }: ReloadOptions): void {
  app.openapi(reload, async (context) => context.json(await act(), 200));
}
