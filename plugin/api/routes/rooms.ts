import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Chatrooms, Room } from '../../index.js';
import { existing } from '../existing-room.js';
import { NewRoom, RoomOptionsBody, ShownConfig, shownConfig } from '../room-config.js';
import { body, DONE, json, limit, problem, problems, reasonQuery, ROOT, roomParam } from '../route-parts.js';
import { Room as RoomBody, type RoomSummary, Rooms } from '../schemas/index.js';

const Shown = RoomBody.extend({ config: ShownConfig }).meta({ id: 'Room' });

const list = createRoute({
  method: 'get',
  path: `${ROOT}/rooms`,
  operationId: 'listRooms',
  summary: 'Lists the rooms, sorted by URI.',
  request: { query: z.object({ after: z.string().optional().describe('`next` of the page before.'), limit }) },
  responses: { 200: json(Rooms, 'One page of them.'), ...problems(400) },
});

const create = createRoute({
  method: 'post',
  path: `${ROOT}/rooms`,
  operationId: 'createRoom',
  summary: 'Creates a room, which lives until it is closed unless `config` says otherwise.',
  request: body(NewRoom),
  responses: {
    201: {
      ...json(Shown, 'The new room.'),
      headers: z.object({ Location: z.string().describe('Path of the room.') }),
    },
    ...problems(400, 409, 413, 415, 503),
    422: problem(
      'Nobody could call the room: its URI is in a domain that is not served. `detail` names those that are.',
    ),
  },
});

const show = createRoute({
  method: 'get',
  path: `${ROOT}/rooms/{room}`,
  operationId: 'showRoom',
  summary: 'Shows one room with its configuration.',
  request: { params: roomParam },
  responses: { 200: json(Shown, 'The room.'), ...problems(400, 404) },
});

const configure = createRoute({
  method: 'patch',
  path: `${ROOT}/rooms/{room}`,
  operationId: 'configureRoom',
  summary: 'Changes the configuration of a room; participants stay in.',
  request: { params: roomParam, ...body(RoomOptionsBody) },
  responses: { 200: json(Shown, 'The room as it is now.'), ...problems(400, 404, 409, 413, 415) },
});

const close = createRoute({
  method: 'delete',
  path: `${ROOT}/rooms/{room}`,
  operationId: 'closeRoom',
  summary: 'Closes a room: messages that have begun are finished, then everybody is removed.',
  request: {
    params: roomParam,
    query: reasonQuery,
  },
  responses: { ...DONE, ...problems(400, 404) },
});

/** `/rooms` and `/rooms/{room}`. Reads tell what is there at the moment: they wait for nothing a room is busy with. */
export function addRooms(app: OpenAPIHono, rooms: Chatrooms): void {
  app.openapi(list, (context) => {
    const { after, limit } = context.req.valid('query');
    const uris = [...rooms.rooms.keys()].filter((uri) => after === undefined || uri > after);
    const page = uris.toSorted().slice(0, limit);
    const summaries = page.flatMap((uri) => rooms.rooms.get(uri) ?? []).map(summaryOf);
    return context.json({ rooms: summaries, ...(page.length < uris.length && { next: page.at(-1) }) }, 200);
  });
  app.openapi(create, async (context) => {
    const { name, config } = context.req.valid('json');
    const room = await rooms.create(name, config);
    return context.json(bodyOf(room), 201, { Location: `${ROOT}/rooms/${encodeURIComponent(room.uri)}` });
  });
  app.openapi(show, (context) => context.json(bodyOf(existing(rooms, context.req.valid('param').room)), 200));
  app.openapi(configure, async (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    await room.configure(context.req.valid('json'));
    return context.json(bodyOf(room), 200);
  });
  app.openapi(close, async (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    await room.close(context.req.valid('query').reason);
    return context.body(null, 204);
  });
}

function summaryOf(room: Room): RoomSummary {
  const { uri, name, config, createdAt } = room;
  const { title, subject, locked, newcomers, deletion } = config;
  return {
    uri,
    name,
    title,
    subject,
    participants: room.participantCount,
    endpoints: room.endpointCount,
    locked,
    newcomers,
    deletion,
    createdAt: createdAt.toISOString(),
  };
}

const bodyOf = (room: Room): z.infer<typeof Shown> => ({ ...summaryOf(room), config: shownConfig(room.config) });
