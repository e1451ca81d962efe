/**
 * What a configuration says, whether in a file, in the environment or by flags: every option of `chatrooms()` that is no
 * function, and what the program has beside them.
 */
import { z } from 'zod';
import { FEED_EVENT_TYPES } from '../api/schemas/feed.js';
import { webFields } from '../web/options.js';
import { hostPort } from '../sip/host-port.js';
import {
  credentialsFields,
  digestFields,
  invitationFields,
  limitsFields,
  msrpFields,
  optionFields,
  roomsFields,
  sqlFields,
  tlsFields,
  webSocketFields,
  withoutAliases,
} from '../options/option-fields.js';
import { roomOptionsInFile } from '../options/room-options.js';
import { octets } from './octets.js';

/** What a secret, or the name of a file with it, looks like. */
const secret = z.string().min(1);
const fileWith = (what: string, otherwise = 'none') =>
  secret.describe(`File with ${what}; the line end after it does not count. Default ${otherwise}`).optional();

const isHostPort = (text: string): boolean => {
  try {
    hostPort(text, '');
    return true;
  } catch {
    return false;
  }
};

/** Many write the port alone. */
const notHostPort = ({ input }: { input?: unknown }): string => {
  const [, port] = /^:?(\d{1,5})$/.exec(String(input)) ?? [];
  return `${JSON.stringify(input)} is not HOST:PORT${port === undefined ? '' : `; write 127.0.0.1:${port}`}`;
};

const address = z.string({ error: notHostPort }).refine(isHostPort, { error: notHostPort });

/** In YAML 1.2 it is a text like any other. */
const off = z
  .literal('off')
  .meta({ description: 'the same as false' })
  .transform((): false => false);

/** Somewhere to listen, or nowhere. */
const listener = z.union([z.literal(false), off, address]);

const hostName = z.string().regex(/^(?:[\w-]+(?:\.[\w-]+)*|\[[0-9a-f:.]+\])$/i, 'is no host name');
const hostNames = z
  .union([hostName.transform((name) => [name]), z.array(hostName).min(1).readonly()])
  .default(['localhost'])
  .describe('Host or hosts whose user parts are rooms. Default localhost');

const webSocket = (listening: string) => ({
  listen: listener.describe(`HOST:PORT, or off. ${listening}`).optional(),
  ...webSocketFields,
  advertise: address
    .describe('HOST:PORT written into a=path. Default: msrp.advertise and the port of listen')
    .optional(),
});

const msrp = z
  .strictObject({
    listen: address
      .default('127.0.0.1:2855')
      .describe('HOST:PORT of MSRP over TCP; port 0 takes a free one. Default 127.0.0.1:2855'),
    ...msrpFields,
    tls: z
      .union([
        z.literal(false),
        off,
        z.strictObject({
          listen: listener
            .describe('HOST:PORT, or off; port 0 takes a free one. Default: port 2856 of the host of msrp.listen')
            .optional(),
          ...tlsFields,
        }),
      ])
      .prefault({})
      .describe('MSRP over TLS. Default: on'),
    ws: z
      .union([
        z.literal(false),
        off,
        z.strictObject(webSocket('Plain on loopback or with advertise, else with TLS. Default off')),
      ])
      .default(false)
      .describe('MSRP over WebSocket; advertise says where a proxy in front ends TLS. Default false'),
    wss: z
      .union([z.literal(false), off, z.strictObject(webSocket('Default off'))])
      .default(false)
      .describe('MSRP over WebSocket with the certificate of tls. Default false'),
  })
  .prefault({})
  .describe('The media side');

const rooms = z
  .strictObject({
    ...roomsFields,
    defaults: roomOptionsInFile
      .refine(...withoutAliases)
      .default({})
      .describe('Options of every room'),
    static: z
      .record(z.string(), roomOptionsInFile)
      .default({})
      .describe('Rooms that exist from the start, by name in the first domain or by URI. Default none'),
  })
  .prefault({})
  .describe('Rooms');

const digest = z
  .strictObject({
    ...digestFields,
    sql: z
      .strictObject({ ...sqlFields, url: sqlFields.url.optional(), urlFile: fileWith('the URL') })
      .describe('Users in a database. Default none')
      .optional(),
  })
  .default({})
  .describe('Users with passwords, for auth digest');

const invitations = z
  .strictObject({
    ...invitationFields,
    credentials: z
      .strictObject({
        ...credentialsFields,
        password: secret.describe('Its password').optional(),
        passwordFile: fileWith('the password'),
      })
      .describe('Answers 401 and 407 to INVITEs of rooms. Default none')
      .optional(),
  })
  .prefault({})
  .describe('INVITEs of rooms');

const limits = z
  .strictObject({
    ...limitsFields,
    maxMemory: octets.describe('Octets that the program may need, or 512M, 2G. Default: no bound').optional(),
  })
  .default({})
  .describe('How much, and how fast');

const count = z.int('has to be a whole number above 0').positive('has to be a whole number above 0');

const sip = z
  .strictObject({
    listen: address
      .default('127.0.0.1:5060')
      .describe('HOST:PORT, UDP and TCP; port 0 takes a free one. Default 127.0.0.1:5060'),
    tls: listener
      .default(false)
      .describe('HOST:PORT of SIP over TLS, with the certificate of msrp.tls; port 0 takes a free one. Default off'),
    ws: listener.default(false).describe('HOST:PORT of SIP over WebSocket. Default off'),
    limits: z
      .strictObject({
        maxConnections: count.describe('TCP, TLS and WebSocket connections. Default 10000').optional(),
        maxConnectionsPerAddress: count.describe('The same of one address. Default 1000').optional(),
        maxTransactions: count.describe('Default 100000').optional(),
      })
      .default({})
      .describe('What peers may make it hold'),
  })
  .prefault({})
  .describe('The embedded SIP endpoint; not there with drachtio');

const drachtio = z
  .strictObject({
    host: z.string().min(1).describe('Host of its control port. Default none: the embedded endpoint').optional(),
    port: z.int().min(1).max(65_535).default(9022).describe('Default 9022'),
    secret: secret.describe('Default cymru').optional(),
    secretFile: fileWith('the secret'),
  })
  .prefault({})
  .describe('A running drachtio-server instead of the embedded endpoint');

const web = z
  .union([z.boolean(), off, z.strictObject(webFields)])
  .default(true)
  .describe('The chat page at /. Default true');

const http = z
  .strictObject({
    listen: listener.default('127.0.0.1:8080').describe('HOST:PORT, or off. Default 127.0.0.1:8080'),
    token: secret
      .regex(/^[!-~]+$/, 'has to be visible ASCII without blanks, as no request could carry it otherwise')
      .describe('Bearer token of the API. Default none: this machine alone may use it')
      .optional(),
    tokenFile: fileWith('the token'),
    web,
  })
  .prefault({})
  .describe('API, health, metrics and web pages');

const webhook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'is no URL like https://example.com/hook' })
    .describe('Where events are posted to'),
  secret: secret.describe('What deliveries are signed with: whsec_ and Base64, or any text').optional(),
  secretFile: fileWith('the key'),
  events: z
    .array(z.enum([...FEED_EVENT_TYPES, '*']))
    .min(1)
    .readonly()
    .describe('Types of events, * for all. Default: all but message')
    .optional(),
  rooms: z.array(z.string().min(1)).min(1).readonly().describe('Rooms by name or URI. Default: all').optional(),
  privateMessages: z
    .boolean()
    .describe('With messages of one participant to another, where events has messages. Default false')
    .optional(),
});

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const log = z
  .strictObject({
    level: z
      .enum(LEVELS, `no such level; use ${LEVELS.join(', ')}`)
      .default('info')
      .describe('Default info'),
    format: z
      .enum(['json', 'pretty'], 'no such format; use json, pretty')
      .describe('Default: pretty on a terminal, else json')
      .optional(),
    bodies: z.boolean().default(false).describe('What people write gets into the log of level debug. Default false'),
  })
  .prefault({})
  .describe('The log');

const trace = z
  .strictObject({
    directory: secret.describe('Where traces are written. Default none: there are no traces').optional(),
    maxBytes: count.default(104_857_600).describe('Octets of the largest trace. Default 104857600'),
    maxDuration: z.number().positive().default(600).describe('Seconds of the longest trace. Default 600'),
  })
  .prefault({})
  .describe('Traces of what rooms and participants send');

export const configSchema = z.strictObject({
  $schema: z.string().describe('Where this schema is, for editors').optional(),
  domain: hostNames,
  sip,
  drachtio,
  msrp,
  ...optionFields,
  registrations: z
    .union([z.enum(['third-party', 'passing']), z.literal(false), off])
    .describe(optionFields.registrations.description ?? '')
    .optional(),
  auth: optionFields.auth
    .unwrap()
    .describe(
      'How callers are recognised, everywhere or by domain of the room. Default open; must be said unless all is on loopback',
    )
    .optional(),
  audio: z
    .strictObject({
      ...optionFields.audio.unwrap().shape,
      rtpengine: z
        .string()
        .refine(isHostPort, 'is not HOST:PORT')
        .describe('HOST:PORT of the ng control port of rtpengine'),
    })
    .describe('Audio beside the chat. Default none')
    .optional(),
  digest,
  rooms,
  limits,
  invitations,
  http,
  webhooks: z.array(webhook).readonly().default([]).describe('Who is told of events by HTTP. Default nobody'),
  log,
  trace,
  drainTimeout: z.number().min(0).max(3600).default(5).describe('Seconds that leaving may take. Default 5'),
});

/** With every default that stands for itself. */
export type Settings = z.output<typeof configSchema>;
