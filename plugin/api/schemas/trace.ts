/** Recordings of SIP and MSRP. */
import { z } from 'zod';

const by = {
  room: z
    .string()
    .optional()
    .describe('Of one room: its name in the first domain, or its URI.')
    .meta({ example: 'lobby' }),
  participant: z
    .string()
    .optional()
    .describe('Of one participant: his authenticated URI; with `room` only in that.')
    .meta({ example: 'sip:ana@example.com' }),
  endpoint: z.string().optional().describe('Of one device, by its id.').meta({ example: 'e12' }),
};

export const NewTrace = z
  .strictObject({
    ...by,
    maxBytes: z
      .int()
      .min(65_536)
      .optional()
      .describe('Octets of the file, no more than the configuration permits, which is what holds else.'),
    maxDuration: z.number().positive().optional().describe('Seconds, likewise.'),
  })
  .meta({ id: 'NewTrace' });

export const Trace = z
  .object({
    id: z.string().describe('Names it in paths, and its file.'),
    ...by,
    by: z.string().describe('Who asked for it.'),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable().describe('Null while it goes on.'),
    ended: z
      .enum(['stopped', 'maxBytes', 'maxDuration', 'failed', 'closed'])
      .nullable()
      .describe('Why it ended; `closed` by the end of the server.'),
    maxBytes: z.int().describe('Octets of the file at most.'),
    maxDuration: z.number().describe('Seconds it runs at most.'),
    bytes: z.int().describe('Octets of the file.'),
    sip: z.int().describe('SIP messages in it.'),
    msrp: z.int().describe('MSRP frames in it.'),
    dropped: z.int().describe('Messages that are not in it, because the disk or a thread was too slow.'),
    file: z.string().describe('Path at the server.'),
  })
  .meta({ id: 'Trace' });

export const Traces = z.object({ traces: z.array(Trace) }).meta({ id: 'Traces' });

export type NewTrace = z.input<typeof NewTrace>;
export type Trace = z.infer<typeof Trace>;
export type Traces = z.infer<typeof Traces>;
