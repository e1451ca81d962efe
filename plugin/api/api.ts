/** The HTTP API: rooms, those in them, and what happened, as JSON (docs/http-api.md). */
import { getConnInfo } from '@hono/node-server/conninfo';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Clock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Chatrooms } from '../index.js';
import { access, type AccessOptions } from './access.js';
import { openApiDocument } from './document.js';
import { foreseen, ProblemError, problemResponse } from './problem.js';
import { RecentEntries } from './recent.js';
import { addBans } from './routes/bans.js';
import { addMessages } from './routes/messages.js';
import { addParticipants } from './routes/participants.js';
import { addRecent } from './routes/recent.js';
import { addRooms } from './routes/rooms.js';
import { addStatus, type StatusOptions } from './routes/status.js';

export interface ApiOptions extends AccessOptions, StatusOptions {
  clock: Clock;
  rooms: Chatrooms;
}

/** Octets of the largest body. */
const MAX_BODY = 65_536;

/**
 * Adds everything under `/api/v1/`, and `/openapi.json`. What others add there afterwards is behind the same door, and in the
 * same document.
 */
export function addApi(app: OpenAPIHono, options: ApiOptions): void {
  const { clock, rooms } = options;
  const recent = new RecentEntries(rooms, clock);
  app.use('/api/*', async (context, next) => {
    // Not behind `next`: what writes its answer itself, as streams of events do, has sent its headers by then.
    context.header('cache-control', 'no-store');
    await next();
    if (context.error && !foreseen(context.error)) {
      recent.failed(context.error, getConnInfo(context).remote.address ?? null);
    }
  });
  app.use('/api/*', access(options));
  app.use(
    '/api/*',
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const allow = methods.join(', ');
        const detail = `There is no ${context.req.method} here, but ${allow}.`;
        return problemResponse(context, new ProblemError(405, 'CHAT_ERR_HTTP_METHOD', detail, { headers: { allow } }));
      },
    }),
  );
  app.use('/api/*', async ({ req }, next) => {
    // What is there can still be looked at, changed and ended.
    if (req.method === 'POST' && rooms.draining) {
      throw new ChatroomsError('CHAT_ERR_DRAINING', 'The server is about to stop, and begins nothing new; try again.');
    }
    await next();
  });
  const onError = (): never => {
    throw new ProblemError(413, 'CHAT_ERR_HTTP_TOO_LARGE', `The body is longer than ${MAX_BODY} octets.`);
  };
  app.use('/api/*', bodyLimit({ maxSize: MAX_BODY, onError }));
  addStatus(app, options);
  addRooms(app, rooms);
  addParticipants(app, rooms, clock);
  addBans(app, rooms);
  addMessages(app, rooms);
  addRecent(app, recent);
  app.get('/openapi.json', (context) => context.json(openApiDocument(app, options.version)));
}
