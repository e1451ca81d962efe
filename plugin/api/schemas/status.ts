import { z } from 'zod';

/** How the server is. */
export const Status = z
  .object({
    version: z.string(),
    uptime: z.number().describe('Seconds.'),
    ready: z.boolean().describe('SIP and MSRP accept traffic.'),
    draining: z.boolean().describe('It is about to stop, and takes nobody in any more.'),
    drachtio: z.object({
      connected: z.boolean(),
      embedded: z.boolean().describe('SIP is spoken by the embedded endpoint, not by a drachtio-server.'),
    }),
    stats: z
      .looseObject({
        rooms: z.int(),
        participants: z.int().describe('Each counted once a room.'),
        endpoints: z.int(),
        connections: z.int().describe('Of MSRP.'),
        congested: z.int().describe('Endpoints that read too slowly.'),
        pendingOctets: z.int().describe('Octets that wait for endpoints.'),
        overloads: z.int().describe('Times that less was taken in for want of time or memory.'),
        saveFailures: z.int().describe('Times that rooms could not be saved.'),
        historyFailures: z.int().describe('Times that what was said in rooms could not be saved.'),
        limited: z.record(z.string(), z.int()).describe('How often each limit was reached, by its option.'),
        load: z.object({
          level: z.enum(['none', 'shedding', 'full']),
          delay: z
            .object({ mean: z.number(), p99: z.number(), max: z.number() })
            .describe('Milliseconds by which the event loop was late in the last second.'),
          rss: z.number().describe('Octets of memory that are resident.'),
          needed: z.number().describe('Octets of it that are not free to be used again.'),
        }),
      })
      .describe('What there is at the moment, and what was counted since the start.'),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof Status>;
