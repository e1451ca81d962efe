import { z } from 'zod';

/** One device of a participant: one SIP dialog and one MSRP session. */
export const Endpoint = z
  .object({
    id: z.string().describe('Unique in the process; field `endpoint` of the log.').meta({ example: 'e17' }),
    transport: z.enum(['tcp', 'tls', 'ws', 'wss']).describe('Of the MSRP session, as agreed upon.'),
    remote: z.string().nullable().describe('Address and port its MSRP comes from; null before there is a connection.'),
    userAgent: z.string().nullable().describe('What it calls itself in SIP.'),
    callId: z.string().nullable().describe('SIP Call-ID.'),
    joinedAt: z.iso.datetime(),
    bound: z.boolean().describe('Its MSRP session has a connection at the moment.'),
    congested: z.boolean().describe('It reads too slowly (RFC 7701 §6.4).'),
    pendingBytes: z
      .int()
      .describe('Octets that wait for it; with several workers as many as when `congested` changed last.'),
  })
  .meta({ id: 'Endpoint' });

export type Endpoint = z.infer<typeof Endpoint>;
