/** Configuration of rooms in bodies: the options of `plugin/options/room-options.ts`, which are checked there. */
import { z } from 'zod';
import type { RoomConfig } from '../../lib/chat-server.js';
import { roomOptions } from '../options/room-options.js';
import { strictObject } from '../options/strict-object.js';

const { shape } = roomOptions.in;
const roster = shape.roster.unwrap();
const fanout = shape.fanout.unwrap();

/** Options of a room; what is left out stays as it is, or takes its default. */
export const RoomOptionsBody = strictObject({
  ...shape,
  roster: strictObject(roster.shape).optional(),
  fanout: strictObject(fanout.shape).optional(),
})
  .pipe(roomOptions)
  .meta({ id: 'RoomOptions' });

export const NewRoom = strictObject({
  name: z.string().min(1).describe('In the first domain, or the URI, in a domain of option `domain`.'),
  config: RoomOptionsBody.optional(),
}).meta({ id: 'NewRoom' });

/** What holds at the moment, every default in place. Passwords are written, and never read. */
export const ShownConfig = roomOptions.in
  .omit({ persistent: true })
  .required()
  .extend({
    aliases: z.array(z.string()).readonly(),
    password: z.boolean().describe('Whether one is asked for.'),
    roster: roster.required(),
    fanout: fanout.required(),
  })
  .meta({ id: 'RoomConfig' });

export const shownConfig = (config: Readonly<RoomConfig>): z.infer<typeof ShownConfig> => ({
  ...config,
  password: config.password !== null,
});
