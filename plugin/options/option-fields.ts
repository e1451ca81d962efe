/**
 * Schemas of the options that can be written down: all but functions and the logger. The description of each, with its
 * unit and default, gets into the JSON Schema of the configuration file.
 */
import { z } from 'zod';
import type { RoomConfigChange } from '../../lib/chat-server.js';
import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { limitFields } from '../limits/options.js';
import { strictObject } from './strict-object.js';

export const host = z.string().regex(/^(?:[\w.-]+|\[[0-9a-f:.]+\])$/i, 'is no host name');

const file = z.string().min(1);

export const tlsFields = {
  cert: file
    .describe('PEM file of the certificate and what leads to its CA. Default: a self-signed one, made at start')
    .optional(),
  key: file.describe('PEM file of its key. Default: that of the self-signed one').optional(),
  ca: file.describe("PEM file of CAs, for certificates of peers that are connected to. Default: Node's").optional(),
  ciphers: z
    .string()
    .min(1)
    .describe('OpenSSL list of cipher suites. Default: AEAD suites of TLS 1.2 and 1.3')
    .optional(),
};

export const webSocketFields = {
  advertise: z
    .string()
    .describe('HOST:PORT written into a=path. Default: msrp.advertise and the port of listen')
    .optional(),
  origins: z
    .array(z.string().min(1))
    .readonly()
    .describe('Origins of the web pages let in, like https://chat.example.com. Default: any')
    .optional(),
};

const blocks = z.array(z.string().min(1)).readonly().default([]);

export const msrpFields = {
  advertise: z
    .string()
    .regex(/^[\w.:[\]-]+$/, 'is no host name or address')
    .describe('Host written into a=path. Default: the one listened on')
    .optional(),
  connect: strictObject({
    allow: blocks.describe('Private addresses at which peers may wait, as CIDR blocks. Default: our own network'),
    deny: blocks.describe('Addresses at which they may not; goes before allow. Default none'),
  })
    .prefault({})
    .describe('Where MSRP connections are opened to'),
  bindSource: z
    .enum(['any', 'sdp'])
    .default('any')
    .describe("sdp: sessions are bound only from the address in the peer's a=path. Default any"),
  sessionMatch: z
    .enum(['uri', 'session-id'])
    .default('uri')
    .describe('session-id: of a To-Path only that counts, for middleboxes that rewrite hosts. Default uri'),
  cema: z
    .boolean()
    .default(false)
    .describe('Sessions may be anchored at a middlebox that rewrites c- and m-lines (RFC 6714). Default false'),
};

/** More threads than that are a slip: each costs the memory of a program of its own. */
export const MAX_WORKERS = 64;

const authMode = z.enum(['open', 'trusted-proxy', 'digest']);

export const digestFields = {
  realm: z.string().min(1).describe('That users log in to. Default: the domain of the room').optional(),
  file: file.describe('Lines user:realm:HA1, as htdigest writes them, or user:password. Default none').optional(),
  algorithms: z
    .array(z.enum(['MD5', 'SHA-256']))
    .min(1)
    .readonly()
    .describe('In the order in which they are offered. Default: SHA-256 and MD5, where there are hashes for them')
    .optional(),
  nonceLifetime: z.int().positive().describe('Seconds. Default 300').optional(),
  challenge: z
    .enum(['user-agent', 'proxy'])
    .describe('401, or 407. Default user-agent; proxy with profile rcs')
    .optional(),
};

export const sqlFields = {
  url: z.string().min(1).describe('postgres://… or sqlite:FILE'),
  query: z
    .string()
    .min(1)
    .describe(
      '$1 is the user, $2 the realm; columns password, ha1, ha1_sha256. Default: the table subscriber of Kamailio',
    )
    .optional(),
};

export const roomsFields = {
  create: z
    .enum(['anyone', 'nobody'])
    .default('anyone')
    .describe('Who may bring a room into being by joining it. Default anyone'),
};

/** Of `rooms.defaults`, whatever the schema of a room. */
export const withoutAliases = [
  ({ aliases }: RoomConfigChange): boolean => aliases === undefined,
  'no two rooms can have the same aliases',
] as const;

export const invitationFields = {
  concurrency: z.int().positive().default(20).describe('INVITEs under way at once, of one room. Default 20'),
  maxListEntries: z.int().positive().default(50).describe('Of the longest list that a user may send. Default 50'),
  perMinute: z.int().positive().default(20).describe('Whom one user may have invited in a minute. Default 20'),
  // RFC 4028 §5: "The absolute minimum for the Session-Expires header field is 90 seconds".
  sessionTimer: z.int().min(90).describe('Seconds of Session-Expires, at least 90. Default: no timer').optional(),
  chargingVector: z
    .enum(['copy', 'generate', 'off'])
    .default('generate')
    .describe("P-Charging-Vector of profile rcs: the request's, made where it had none, or none. Default generate"),
};

export const credentialsFields = { user: z.string().min(1).describe('User part that the proxy knows us by') };

const client = z.enum(['auto', 'always', 'never']).default('auto');
const count = z.int('has to be a whole number above 0').positive('has to be a whole number above 0').optional();

const limits = strictObject({
  maxRooms: count.describe('Rooms. Default 10000'),
  maxParticipants: count.describe('Of one room. Default 2000'),
  maxBans: count.describe('Of one room. Default 1000'),
  maxMessageSize: count.describe('Octets. Default 10485760'),
  maxPendingBytes: count.describe('Octets that may wait for one slow reader. Default 16777216'),
  largeMessage: count.describe('Octets of the largest message under overload. Default 65536'),
  maxLoopDelay: count.describe('Ms that the event loop may be late, the mean of a second. Default 500'),
  maxMemory: count.describe('Octets that the process may need. Default: no bound'),
  slowReader: z
    .enum(['drop', 'skip-large', 'disconnect'])
    .describe('What becomes of messages for a reader that is too slow. Default drop')
    .optional(),
  congestionTimeout: count.describe('Ms until a slow reader gets BYE. Default 180000'),
  maxSpoolBytes: z
    .int()
    .nonnegative()
    .describe('Octets of temporary files for slow readers; 0 for none. Default 4294967296')
    .optional(),
  spoolDirectory: file.describe("Where those are. Default: the system's directory for temporary files").optional(),
  maxDocumentSize: count.describe('Octets of a conference-info document. Default: no bound of ours'),
  ...limitFields,
});
export const limitsFields = limits.shape;

/** Of the top level. */
export const optionFields = {
  workers: z
    .union([z.int().min(1).max(MAX_WORKERS), z.literal('auto')], `is no number from 1 to ${MAX_WORKERS}, nor auto`)
    .default(1)
    .describe('Threads for MSRP, or auto: one a core; each listens at ports of its own. Default 1'),
  workerPortStep: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe('Ports between a listener of one worker and that of the next. Default 10'),
  contactHost: z
    .enum(['domain', 'address'])
    .default('domain')
    .describe("Host of the Contact: the room's domain, or the address of the SIP listener. Default domain"),
  interop: strictObject({
    strict: z.boolean().default(false).describe('No exceptions for any client. Default false'),
    assumePrivateMessages: client.describe(
      'Who gets private messages although its SDP does not take them; auto: SIP SIMPLE and Blink. Default auto',
    ),
    lenientNicknameQuoting: client.describe(
      'From whom a nickname without quotes is taken; auto: SIP SIMPLE and Blink. Default auto',
    ),
    lenientMessageId: z.boolean().default(false).describe('Takes a Message-ID of up to 64 characters. Default false'),
  })
    .prefault({})
    .describe('Exceptions for clients'),
  auth: z
    .union([authMode, z.record(z.string(), authMode)])
    .default('open')
    .describe('How callers are recognised, everywhere or by domain of the room. Default open, on loopback alone'),
  trustedPeers: blocks.describe('CIDR blocks of proxies whose P-Asserted-Identity is believed. Default none'),
  registrations: z
    .union([z.enum(['third-party', 'passing']), z.literal(false)])
    .describe('Whose REGISTERs tell who is online. Default false; third-party with profile rcs')
    .optional(),
  profile: z.literal('rcs').describe('What handsets of RCS and OMA group chat need. Default none').optional(),
  factory: z
    .union([
      z
        .string()
        .min(1)
        .transform((name) => [name]),
      z.array(z.string().min(1)).readonly(),
    ])
    .default([])
    .describe('User part, or URI, of the conference factory; or several. Default none'),
  outboundProxy: z
    .string()
    .refine((uri) => parseUri(uri) !== undefined, 'is no SIP URI; write it like sip:proxy.example.com;transport=tcp')
    .describe('Where invitations go: sip:10.0.0.1:5062;transport=tcp. Default none: nobody is invited')
    .optional(),
  directDial: z
    .boolean()
    .default(false)
    .describe('Without outboundProxy: invite straight to the host of each URI. Default false'),
  data: z
    .string()
    .min(1)
    .default('memory')
    .describe('Directory for rooms that outlive the program; memory keeps nothing. Default memory'),
  audio: strictObject({
    rtpengine: z.string().min(1).describe('HOST:PORT of the ng control port of rtpengine'),
    sfu: z
      .boolean()
      .describe('With one that cannot mix, everybody gets the streams of the others. Default false')
      .optional(),
  })
    .describe('Audio beside the chat. Default none')
    .optional(),
};
