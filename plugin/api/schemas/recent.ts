/** What happened last, the latest first. */
import { z } from 'zod';

/** Somebody moderated, or tried to. */
export const AuditEntry = z
  .object({
    time: z.iso.datetime(),
    room: z.string().describe('URI of the room.'),
    actor: z
      .string()
      .nullable()
      .describe('URI of who did it, as authenticated; null for the program and for this API.'),
    act: z.string().describe('What was done.').meta({ example: 'kick' }),
    target: z.string().optional().describe('URI of whom it was done to.'),
    allowed: z.boolean().describe('False: it was refused.'),
    detail: z.record(z.string(), z.unknown()).optional().describe('Further facts.'),
  })
  .meta({ id: 'AuditEntry' });

export const Audit = z.object({ entries: z.array(AuditEntry) }).meta({ id: 'Audit' });

/** A request was refused, or failed. */
export const ErrorEntry = z
  .object({
    time: z.iso.datetime(),
    method: z.string().describe('Of SIP; `SEND` or `NICKNAME` of MSRP; or `HTTP`.'),
    room: z.string().nullable().describe('URI of the room it was for, where it names one.'),
    participant: z.string().nullable().describe('URI of whose request it was, as others see it; of MSRP.'),
    endpoint: z.string().nullable().describe('Id of his device, as in the log; of MSRP.'),
    status: z.int().describe('What was answered.'),
    code: z.string().nullable().describe('Of docs/errors.md; null where the status says it all.'),
    detail: z.string().describe('Cause, and fix where there is one.'),
    source: z.string().nullable().describe('Address it came from.'),
    callId: z.string().nullable().describe('SIP Call-ID.'),
  })
  .meta({ id: 'ErrorEntry' });

export const Errors = z.object({ entries: z.array(ErrorEntry) }).meta({ id: 'Errors' });

export type AuditEntry = z.infer<typeof AuditEntry>;
export type Audit = z.infer<typeof Audit>;
export type ErrorEntry = z.infer<typeof ErrorEntry>;
export type Errors = z.infer<typeof Errors>;
