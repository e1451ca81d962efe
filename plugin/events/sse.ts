/** `GET /api/v1/events`: what happens, as Server-Sent Events. */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { ProblemError } from '../api/problem.js';
import { problems, ROOT } from '../api/route-parts.js';
import { FeedEvent } from '../api/schemas/index.js';
import { EventFilter } from './event-filter.js';
import type { EventStreams } from './event-streams.js';

/** May be given several times; `a,b` is two. */
const list = z.union([z.string(), z.array(z.string())]).optional();

const route = createRoute({
  method: 'get',
  path: `${ROOT}/events`,
  operationId: 'events',
  tags: ['events'],
  summary: 'Streams events as they happen (Server-Sent Events).',
  description:
    'Each event has the fields `id`, `event` (its type) and `data` (JSON). A client that reconnects with Last-Event-ID first ' +
    'gets the events it missed, as far as they are kept; an event `gap` comes before them where others may be missing.',
  request: {
    query: z.object({
      room: list.describe('Only what is about these rooms: name (in whatever domain) or URI; may be repeated.'),
      type: list.describe('Only these types, by comma or repeated; `*` for all. Without it all but `message`.'),
    }),
    headers: z.object({ 'last-event-id': z.string().optional().describe('`id` of the last event that came.') }),
  },
  responses: {
    200: {
      description: 'A stream, which ends when the server stops.',
      content: { 'text/event-stream': { schema: FeedEvent } },
    },
    ...problems(400, 503),
  },
});

/** Adds it. */
export function addEvents(app: OpenAPIHono, streams: EventStreams): void {
  app.openapi(route, (context) => {
    const { room = [], type = [] } = context.req.valid('query');
    const types = [type].flat().flatMap((each) => each.split(',').filter(Boolean));
    // Private messages are not to be had here: the operator asks for them in the configuration.
    const filter = new EventFilter({ types, rooms: [room].flat() });
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    if (context.req.method === 'HEAD') return context.body(null, 200, headers);
    if (streams.isFull) {
      throw new ProblemError(503, 'CHAT_ERR_TOO_MANY_STREAMS', 'There are 100 streams of events already; end one.', {
        headers: { 'retry-after': '30' },
      });
    }
    const { outgoing } = context.env as HttpBindings;
    streams.open(outgoing, { filter, lastId: context.req.valid('header')['last-event-id'] });
    // What is written there has its own bounds, which a Response has not.
    return RESPONSE_ALREADY_SENT;
  });
}
