import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { ServerStats } from '../../../lib/chat-server.js';
import type { Clock } from '../../../lib/util/clock.js';
import { json, problems, ROOT } from '../route-parts.js';
import { Status } from '../schemas/index.js';

/** What the API does not know of by itself. */
export interface ProgramState extends Pick<Status, 'ready' | 'draining' | 'drachtio'> {
  stats: ServerStats;
}

const status = createRoute({
  method: 'get',
  path: `${ROOT}/status`,
  operationId: 'status',
  summary: 'Shows the state of the server.',
  responses: { 200: json(Status, 'The state at the moment.'), ...problems() },
});

export interface StatusOptions {
  /** Of the package. */
  version: string;
  clock: Clock;
  state: () => ProgramState;
}

/** `/status`. */
export function addStatus(app: OpenAPIHono, { version, clock, state }: StatusOptions): void {
  const since = clock.now();
  app.openapi(status, (context) => {
    const { stats, ...rest } = state();
    const uptime = (clock.now() - since) / 1000;
    return context.json({ version, uptime, ...rest, stats: { ...stats, limited: { ...stats.limited } } }, 200);
  });
}
