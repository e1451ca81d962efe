import { z } from 'zod';

export const RoomSummary = z
  .object({
    uri: z.string().meta({ example: 'sip:lobby@example.com' }),
    name: z.string().describe('User part of the URI, without escapes.'),
    title: z.string().nullable().describe('Shown as its name; null: `name` is.'),
    subject: z.string().describe('What is talked about; empty for nothing in particular.'),
    participants: z.int().describe('People who are in.'),
    endpoints: z.int().describe('Their devices.'),
    locked: z.boolean().describe('Nobody but owners may join.'),
    newcomers: z
      .enum(['participant', 'visitor'])
      .describe('`visitor`: moderated; who joins reads until he is let write.'),
    deletion: z.enum(['creator', 'empty', 'never']).describe('When it ends by itself.'),
    createdAt: z.iso.datetime().describe('In this process.'),
  })
  .meta({ id: 'RoomSummary' });

/**
 * A room with all that it permits. `config` has the names of the options of rooms (docs/options.md), every default in place;
 * the password is never shown, only whether there is one.
 */
export const Room = RoomSummary.extend({
  config: z.looseObject({ password: z.boolean().describe('Whether one is asked for.') }),
}).meta({ id: 'Room' });

export const Rooms = z
  .object({
    rooms: z.array(RoomSummary),
    next: z.string().optional().describe('There are more: ask for those `after` this.'),
  })
  .meta({ id: 'Rooms' });

export type RoomSummary = z.infer<typeof RoomSummary>;
export type Room = z.infer<typeof Room>;
export type Rooms = z.infer<typeof Rooms>;
