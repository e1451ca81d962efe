import { z } from 'zod';
import { strictObject } from '../../options/strict-object.js';

/** Somebody may not come in. */
export const Ban = z
  .object({
    pattern: z.string().describe('URI, or a pattern of several: `*@example.com`, `sip:+34*`.'),
    aliases: z.array(z.string()).readonly().describe('Further URIs of the same person.'),
    until: z.iso.datetime().nullable().describe('Null for ever.'),
    reason: z.string().nullable().describe('For people; null for none.'),
    by: z.string().nullable().describe('URI of who banned him; null for the program and for this API.'),
    kick: z.boolean().describe('He was only kicked (`kickBan`).'),
  })
  .meta({ id: 'Ban' });

export const Bans = z.object({ bans: z.array(Ban) }).meta({ id: 'Bans' });

export const NewBan = strictObject({
  pattern: z.string().min(1).describe('Nickname or URI of somebody who is in, any other URI, or a pattern of several.'),
  until: z.iso.datetime({ offset: true }).optional().describe('Else for ever.'),
  reason: z.string().optional().describe('For people: stands in the BYE and in the audit log.'),
}).meta({ id: 'NewBan' });

export type Ban = z.infer<typeof Ban>;
export type Bans = z.infer<typeof Bans>;
export type NewBan = z.input<typeof NewBan>;
