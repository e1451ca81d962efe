import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Clock } from '../../../lib/util/clock.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import type { Chatrooms, Endpoint, Participant, Room } from '../../index.js';
import { existing } from '../existing-room.js';
import { body, DONE, json, participantParam, problems, reasonQuery, ROOT, roomParam } from '../route-parts.js';
import {
  type Endpoint as Device,
  Invite,
  Invited,
  Participant as Body,
  ParticipantChange,
  Participants,
} from '../schemas/index.js';

const list = createRoute({
  method: 'get',
  path: `${ROOT}/rooms/{room}/participants`,
  operationId: 'listParticipants',
  summary: 'Lists the participants of a room and their devices.',
  request: { params: roomParam },
  responses: { 200: json(Participants, 'In the order in which they joined.'), ...problems(400, 404) },
});

const invite = createRoute({
  method: 'post',
  path: `${ROOT}/rooms/{room}/participants`,
  operationId: 'invite',
  summary: 'Has the room call people; the answer comes when each has accepted, refused or let it ring for too long.',
  request: { params: roomParam, ...body(Invite) },
  responses: { 200: json(Invited, 'The result for each URI.'), ...problems(400, 404, 409, 413, 415, 503) },
});

const change = createRoute({
  method: 'patch',
  path: `${ROOT}/rooms/{room}/participants/{participant}`,
  operationId: 'changeParticipant',
  summary: 'Changes the role of a participant, mutes or unmutes him.',
  request: { params: participantParam, ...body(ParticipantChange) },
  responses: { 200: json(Body, 'The participant as he is now.'), ...problems(400, 404, 409, 413, 415) },
});

const kick = createRoute({
  method: 'delete',
  path: `${ROOT}/rooms/{room}/participants/{participant}`,
  operationId: 'kick',
  summary: 'Removes a participant with all his devices and keeps him out for `kickBan`; or takes an invitation back.',
  request: {
    params: participantParam,
    query: reasonQuery,
  },
  responses: { ...DONE, ...problems(400, 404) },
});

/** `/rooms/{room}/participants` and below. */
export function addParticipants(app: OpenAPIHono, rooms: Chatrooms, clock: Clock): void {
  app.openapi(list, (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    return context.json({ participants: [...room.participants.values()].map(bodyOf) }, 200);
  });
  app.openapi(invite, async (context) => {
    const room = existing(rooms, context.req.valid('param').room);
    const { uris, ...options } = context.req.valid('json');
    return context.json({ results: await room.invite(uris, options) }, 200);
  });
  app.openapi(change, async (context) => {
    const { room: name, participant: who } = context.req.valid('param');
    const participant = present(existing(rooms, name), who);
    await apply(context.req.valid('json'), participant, clock);
    return context.json(bodyOf(participant), 200);
  });
  app.openapi(kick, async (context) => {
    const { room: name, participant: who } = context.req.valid('param');
    const room = existing(rooms, name);
    if (!(await room.kick(who, context.req.valid('query').reason))) throw nobody(room, who);
    return context.body(null, 204);
  });
}

async function apply(change: z.infer<typeof ParticipantChange>, participant: Participant, clock: Clock): Promise<void> {
  const { role, muted, mutedUntil, audioMuted } = change;
  if (role !== undefined) await participant.setRole(role);
  if (mutedUntil != null) await participant.mute(Math.max(0, Date.parse(mutedUntil) - clock.date().getTime()));
  else if (muted === true) await participant.mute();
  // RFC 7396 §2: null takes a member away. Who is muted for good has none, and stays so.
  else if (muted === false || (mutedUntil === null && participant.mutedUntil)) await participant.unmute();
  if (audioMuted !== undefined) await participant.muteAudio(audioMuted);
}

function present(room: Room, nickOrUri: string): Participant {
  const participant = room.find(nickOrUri);
  if (participant) return participant;
  throw nobody(room, nickOrUri);
}

const nobody = (room: Room, nickOrUri: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${nickOrUri} is not in ${room.uri}.`);

const endpointOf = ({ joinedAt, ...rest }: Endpoint): Device => ({ ...rest, joinedAt: joinedAt.toISOString() });

function bodyOf(participant: Participant): Body {
  const {
    uri,
    nickname = null,
    displayName = null,
    role,
    muted,
    mutedUntil,
    anonymous,
    joinedAt,
    endpoints,
  } = participant;
  return {
    uri,
    nickname,
    displayName,
    role,
    muted,
    mutedUntil: mutedUntil?.toISOString() ?? null,
    anonymous,
    joinedAt: joinedAt.toISOString(),
    endpoints: endpoints.map(endpointOf),
  };
}
