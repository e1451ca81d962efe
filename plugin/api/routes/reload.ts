/** `POST /api/v1/reload`. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { json, problems, ROOT } from '../route-parts.js';
import { Reloaded } from '../schemas/index.js';

const reload = createRoute({
  method: 'post',
  path: `${ROOT}/reload`,
  operationId: 'reload',
  summary: 'Reads the configuration again and applies what can change while the server runs; nobody in a room notices.',
  description:
    'All or nothing: when anything is wrong, nothing changes. The file, the environment and the flags given at start are ' +
    'read. SIGHUP does the same. Several requests are handled one after the other.',
  responses: { 200: json(Reloaded, 'What holds now, and what holds from the next start on.'), ...problems(422, 503) },
});

export interface ReloadOptions {
  /** Rejects with a ProblemError. */
  reload: () => Promise<Reloaded>;
}

/** Adds it; behind what decides who may use the API. */
export function addReload(app: OpenAPIHono, { reload: act }: ReloadOptions): void {
  app.openapi(reload, async (context) => context.json(await act(), 200));
}
