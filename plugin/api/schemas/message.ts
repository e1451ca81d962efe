import { z } from 'zod';
import { strictObject } from '../../options/strict-object.js';

/** A message of the room itself. */
export const NewMessage = strictObject({
  text: z.string().min(1).describe('The content.'),
  contentType: z
    .string()
    // RFC 6838 §4.2, with parameters.
    .regex(/^[\w.!#$&^+-]+\/[\w.!#$&^+-]+(?:\s*;[\t !-~]*)?$/, 'is no media type')
    .optional()
    .describe('Else `text/plain;charset=utf-8`.'),
  to: z.string().min(1).optional().describe('Nickname or URI of the only one who gets it; else everybody does.'),
}).meta({ id: 'NewMessage' });

export const Sent = z.object({ recipients: z.int().describe('Devices that it goes to.') }).meta({ id: 'Sent' });

/** A message that everybody in a room was sent. */
export const PastMessage = z
  .object({
    id: z.int().describe('Its number in the room: later messages have higher ones.'),
    time: z.iso.datetime().describe('When the room passed it on.'),
    from: z.string().describe('URI of the sender, as others saw it.'),
    nickname: z.string().optional().describe('That of the sender then, if he had one.'),
    contentType: z.string().describe('Lower case, without parameters.'),
    text: z.string().optional().describe('The content, of a text type.'),
    body: z
      .string()
      .nullable()
      .optional()
      .describe('Else the content in Base64; null when it was too large to be kept.'),
    size: z.int().describe('Octets of the message, CPIM headers included.'),
    messageId: z.string().optional().describe('Message-ID of MSRP; not of a message of the room itself.'),
  })
  .meta({ id: 'PastMessage' });

export const History = z
  .object({
    messages: z.array(PastMessage),
    next: z.int().optional().describe('There are older ones: ask for those `before` this.'),
  })
  .meta({ id: 'History' });

export type PastMessage = z.infer<typeof PastMessage>;
export type History = z.infer<typeof History>;
export type NewMessage = z.input<typeof NewMessage>;
export type Sent = z.infer<typeof Sent>;
