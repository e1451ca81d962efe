import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Ban, Chatrooms } from '../../index.js';
import { existing } from '../existing-room.js';
import { body, DONE, json, problems, ROOT, roomParam } from '../route-parts.js';
import { Ban as Body, Bans, NewBan } from '../schemas/index.js';

const list = createRoute({
  method: 'get',
  path: `${ROOT}/rooms/{room}/bans`,
  operationId: 'listBans',
  summary: 'Lists the bans of a room.',
  request: { params: roomParam },
  responses: { 200: json(Bans, 'Bans in force, the latest last.'), ...problems(400, 404) },
});

const ban = createRoute({
  method: 'post',
  path: `${ROOT}/rooms/{room}/bans`,
  operationId: 'ban',
  summary: 'Bans somebody, or all whose URIs fit a pattern, and removes those who are in.',
  request: { params: roomParam, ...body(NewBan) },
  responses: {
    201: json(Body, 'The ban.'),
    204: { description: 'The participant was removed but could not be banned: nobody knows his real URI.' },
    ...problems(400, 404, 409, 413, 415, 503),
  },
});

const unban = createRoute({
  method: 'delete',
  path: `${ROOT}/rooms/{room}/bans/{pattern}`,
  operationId: 'unban',
  summary: 'Lifts a ban, or what is left of a kick.',
  request: {
    params: roomParam.extend({ pattern: z.string().min(1).describe('URI or pattern of the ban, percent-encoded.') }),
  },
  responses: { ...DONE, ...problems(400, 404) },
});

/** `/rooms/{room}/bans` and below. */
export function addBans(app: OpenAPIHono, rooms: Chatrooms): void {
  app.openapi(list, (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    return context.json({ bans: room.bans.map(bodyOf) }, 200);
  });
  app.openapi(ban, async (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    const { pattern, until, reason } = context.req.valid('json');
    const who = room.find(pattern)?.uri ?? pattern;
    await room.ban(pattern, { reason, ...(until !== undefined && { until: new Date(until) }) });
    const made = room.bans.findLast(({ pattern: of, aliases }) => [of, ...aliases].includes(who));
    return made ? context.json(bodyOf(made), 201) : context.body(null, 204);
  });
  app.openapi(unban, async (context) => {
    const { room: name, pattern } = context.req.valid('param');
    if (await existing(rooms, name).unban(pattern)) return context.body(null, 204);
    throw new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${pattern} is not banned from ${name}.`);
  });
}

const bodyOf = ({ until, ...rest }: Ban): Body => ({ ...rest, until: until && until.toISOString() });
