import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Chatrooms, PastMessage } from '../../index.js';
import { existing } from '../existing-room.js';
import { body, json, problems, ROOT, roomParam } from '../route-parts.js';
import { History, NewMessage, type PastMessage as Body, Sent } from '../schemas/index.js';

/** Octets of the messages of one answer, as the room keeps them. */
const MAX_OCTETS = 1_048_576;

const list = createRoute({
  method: 'get',
  path: `${ROOT}/rooms/{room}/messages`,
  operationId: 'listMessages',
  summary: 'Lists messages to everybody in a room, where it keeps them (option `history`).',
  request: {
    params: roomParam,
    query: z.object({
      before: z.coerce.number().int().min(1).optional().describe('Those before this id: `next` of the page before.'),
      since: z.iso.datetime({ offset: true }).optional().describe('Those of then and later.'),
      limit: z.coerce.number().int().min(1).max(500).default(50).describe('At most so many, the latest of them.'),
    }),
  },
  responses: { 200: json(History, 'Messages, the oldest first; at most 1 MiB of them.'), ...problems(400, 404) },
});

const send = createRoute({
  method: 'post',
  path: `${ROOT}/rooms/{room}/messages`,
  operationId: 'sendMessage',
  summary: 'Sends a message of the room itself, to everybody or to one participant.',
  request: { params: roomParam, ...body(NewMessage) },
  responses: { 200: json(Sent, 'The message is on its way.'), ...problems(400, 404, 413, 415, 503) },
});

/** `/rooms/{room}/messages`. */
export function addMessages(app: OpenAPIHono, rooms: Chatrooms): void {
  app.openapi(list, (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    if (room.config.history === 0) {
      const fix = 'set its option history to how many it is to keep';
      throw new ChatroomsError('CHAT_ERR_NO_HISTORY', `${room.uri} keeps no messages; ${fix}.`);
    }
    const { before, since, limit } = context.req.valid('query');
    const part = { ...(since !== undefined && { since: new Date(since) }) };
    const messages = room.history({ ...part, ...(before !== undefined && { before }), limit, maxBytes: MAX_OCTETS });
    const next = messages.at(0)?.id;
    const isMore = next !== undefined && room.history({ ...part, before: next, limit: 1 }).length > 0;
    return context.json({ messages: messages.map(bodyOf), ...(isMore && { next }) }, 200);
  });
  app.openapi(send, async (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    const { text, to, contentType } = context.req.valid('json');
    const options = contentType === undefined ? {} : { contentType };
    const recipients = await (to === undefined ? room : room.to(to)).send(text, options);
    return context.json({ recipients }, 200);
  });
}

const bodyOf = ({ time, body, text, ...rest }: PastMessage): Body => ({
  ...rest,
  time: time.toISOString(),
  ...(text === undefined ? { body: body && body.toString('base64') } : { text }),
});
