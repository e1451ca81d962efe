/** What happens in the rooms, as JSON: the events of the feed, of Server-Sent Events and of webhooks. */
import { z } from 'zod';

const uri = z.string().describe('SIP or tel URI, as others see it.');
const text = z.string();

const common = {
  id: z.string().describe('Opaque. Ids of later events are greater, compared as strings.'),
  time: z.iso.datetime().describe('When it happened, by the clock of the server.'),
};

const inRoom = { ...common, room: z.string().describe('URI of the room.') };

const ofParticipant = {
  ...inRoom,
  participant: uri,
  nickname: text.nullable().describe('Null for none.'),
  displayName: text.nullable().describe('Nickname, else the display name of the From header.'),
};

const RoomCreated = z
  .object({ type: z.literal('room.created'), ...inRoom, title: text.nullable(), subject: text })
  .meta({ id: 'RoomCreatedEvent' });

const RoomClosed = z
  .object({ type: z.literal('room.closed'), ...inRoom, reason: text.describe('For people.') })
  .meta({ id: 'RoomClosedEvent' });

const RoomConfigured = z
  .object({
    type: z.literal('room.configured'),
    ...inRoom,
    changed: z.record(z.string(), z.unknown()).meta({
      description: 'The options that have another value now, and that value; of `password` only whether there is one.',
    }),
  })
  .meta({ id: 'RoomConfiguredEvent' });

const ParticipantJoined = z
  .object({
    type: z.literal('participant.joined'),
    ...ofParticipant,
    role: text.describe('owner, moderator, participant or visitor.'),
  })
  .meta({ id: 'ParticipantJoinedEvent' });

const ParticipantLeft = z
  .object({ type: z.literal('participant.left'), ...ofParticipant, reason: text.describe('For people.') })
  .meta({ id: 'ParticipantLeftEvent' });

const ParticipantNickname = z
  .object({
    type: z.literal('participant.nickname'),
    ...ofParticipant,
    old: text.nullable().describe('The nickname before.'),
  })
  .meta({ id: 'ParticipantNicknameEvent' });

const Message = z
  .object({
    type: z.literal('message'),
    ...inRoom,
    from: uri,
    nickname: text.nullable().describe('Of the sender; null for none.'),
    contentType: text.describe('Lower case, without parameters.'),
    text: text.optional().describe('The content of a text type, up to 16 KiB of it.'),
    truncated: z.literal(true).optional().describe('There is more of the text.'),
    size: z.int().describe('Octets of the message, CPIM headers included.'),
    private: z.boolean().describe('To one participant, not to the room.'),
  })
  .meta({ id: 'MessageEvent' });

const Audit = z
  .object({
    type: z.literal('audit'),
    ...inRoom,
    actor: uri.nullable().describe('Who did it, as authenticated; null for the program.'),
    act: text.describe('What was done, like kick.'),
    target: text.optional().describe('URI of whom it was done to.'),
    allowed: z.boolean().describe('False: it was refused.'),
    detail: z.record(z.string(), z.unknown()).optional().describe('Further facts.'),
  })
  .meta({ id: 'AuditEvent' });

const Limit = z
  .object({
    type: z.literal('limit'),
    ...common,
    room: inRoom.room.optional(),
    limit: text.describe('Name of the option.'),
    participant: uri.optional(),
    source: text.optional().describe('Address it came from.'),
    status: z.int().optional().describe('What was answered, in SIP or MSRP.'),
    count: z.int().describe('How often since the last event of the same limit, room, participant and source.'),
  })
  .meta({ id: 'LimitEvent' });

const Overload = z
  .object({
    type: z.literal('overload'),
    ...common,
    level: z.enum(['none', 'shedding', 'full']).describe('shedding: joins are refused; full: messages too.'),
  })
  .meta({ id: 'OverloadEvent' });

const ServerReady = z.object({ type: z.literal('server.ready'), ...common }).meta({ id: 'ServerReadyEvent' });

const ServerDraining = z.object({ type: z.literal('server.draining'), ...common }).meta({ id: 'ServerDrainingEvent' });

/** One event; `type` says which. */
export const FeedEvent = z
  .discriminatedUnion('type', [
    RoomCreated,
    RoomClosed,
    RoomConfigured,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantNickname,
    Message,
    Audit,
    Limit,
    Overload,
    ServerReady,
    ServerDraining,
  ])
  .meta({ id: 'FeedEvent' });

export type FeedEvent = z.infer<typeof FeedEvent>;
/** What an event is about, as `event:` of Server-Sent Events and `type` of webhooks say it. */
export type FeedEventType = FeedEvent['type'];

/** In the order of the documentation. */
export const FEED_EVENT_TYPES: readonly FeedEventType[] = FeedEvent.options.map(({ shape }) => shape.type.value);

/** Only in a stream of Server-Sent Events: there may have been others in between, which are not to be had any more. */
export const GapEvent = z
  .object({
    type: z.literal('gap'),
    after: z.string().nullable().describe('Id of the last event before the gap; null when it is not known.'),
  })
  .meta({ id: 'GapEvent' });

export type GapEvent = z.infer<typeof GapEvent>;

/** What a webhook is sent: an event, and whether others were lost on the way. */
export const WebhookBody = z
  .intersection(
    FeedEvent,
    z.object({
      dropped: z
        .int()
        .positive()
        .optional()
        .describe('So many events were given up since the last delivery that succeeded.'),
    }),
  )
  .meta({ id: 'WebhookBody' });

export type WebhookBody = z.infer<typeof WebhookBody>;
