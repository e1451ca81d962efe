import { z } from 'zod';
import { strictObject } from '../../options/strict-object.js';
import { Endpoint } from './endpoint.js';

export const Role = z.enum(['owner', 'moderator', 'participant', 'visitor']).meta({ id: 'Role' });

/** A person in a room. */
export const Participant = z
  .object({
    uri: z.string().describe('By which others see and address him; made up when he is anonymous.'),
    nickname: z.string().nullable(),
    displayName: z.string().nullable().describe('Nickname, else the display name of the From header.'),
    role: Role,
    muted: z.boolean().describe('His messages to everybody are refused.'),
    mutedUntil: z.iso
      .datetime()
      .nullable()
      .describe('When that ends by itself; null when it does not, or when he is not muted.'),
    anonymous: z.boolean(),
    joinedAt: z.iso.datetime().describe('With the first of his devices.'),
    endpoints: z.array(Endpoint),
  })
  .meta({ id: 'Participant' });

export const Participants = z.object({ participants: z.array(Participant) }).meta({ id: 'Participants' });

/** What may be changed about somebody; what is left out stays as it is. */
export const ParticipantChange = strictObject({
  role: Role.optional(),
  muted: z.boolean().optional(),
  mutedUntil: z.iso
    .datetime({ offset: true })
    .nullish()
    .describe(
      'Mutes him until then. Null: nothing ends it by itself. So a mute that had such an end is over; with `muted: true` he ' +
        'is muted for good.',
    ),
  audioMuted: z.boolean().optional().describe('The others hear silence of the audio beside his chat.'),
})
  .refine(({ muted, mutedUntil }) => muted !== false || mutedUntil == null, {
    path: ['mutedUntil'],
    error: 'contradicts muted: false',
  })
  .meta({ id: 'ParticipantChange' });

/** Whom to invite. */
export const Invite = strictObject({
  uris: z.array(z.string().min(1)).min(1).max(1000).describe('SIP or tel URIs.'),
  referredBy: z.string().optional().describe('URI of who is said to have asked for it.'),
  subject: z.string().optional().describe('Of these invitations; else that of the room.'),
}).meta({ id: 'Invite' });

/** What became of the invitations, once that is known of all: at the latest when the room lets them ring no longer. */
export const Invited = z
  .object({
    results: z.array(
      z.object({
        uri: z.string(),
        status: z.int().describe('SIP status: 200 for who is in, 408 for who let it ring too long.'),
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'Invited' });

export type Role = z.infer<typeof Role>;
export type Participant = z.infer<typeof Participant>;
export type Participants = z.infer<typeof Participants>;
export type ParticipantChange = z.input<typeof ParticipantChange>;
export type Invite = z.input<typeof Invite>;
export type Invited = z.infer<typeof Invited>;
