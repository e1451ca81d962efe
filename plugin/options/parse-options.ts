/** Checks what a program set, and fills in the defaults. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ChatroomsError } from '../../lib/util/errors.js';
import { type Logger, silent } from '../../lib/util/log.js';
import { type HostPort, hostPort, isLoopback } from '../sip/host-port.js';
import { IN_JSON, messageOf } from '../config/issue-words.js';
import { valueAt } from '../config/tree.js';
import { checkFactoryOption } from '../factory/check-options.js';
import { checkIdentityOptions } from '../identity/check-options.js';
import { readBlock, type RoomConfigChange } from '../../lib/chat-server.js';
import type { ChatroomSettings, ChatroomsOptions, RoomOptions, WebSocketSettings } from './options.js';
import {
  credentialsFields,
  digestFields,
  host,
  invitationFields,
  limitsFields,
  MAX_WORKERS,
  msrpFields,
  optionFields,
  roomsFields,
  sqlFields,
  tlsFields,
  webSocketFields,
  withoutAliases,
} from './option-fields.js';
import { origins } from '../web/options.js';
import { roomOptions } from './room-options.js';
import { strictObject } from './strict-object.js';

const msrpTls = strictObject({ listen: z.string().default('127.0.0.1:2856'), ...tlsFields }).refine(
  ({ cert, key }) => (cert === undefined) === (key === undefined),
  {
    path: ['key'],
    error: 'cert and key belong together; give both or neither',
  },
);

const msrpWebSocket = strictObject({ listen: z.string(), ...webSocketFields });

const callable = <F>(): z.ZodType<F> => z.custom<F>((value) => typeof value === 'function', 'is no function');

const msrpSharedWebSocket = strictObject({
  advertise: z.string(),
  port: callable<() => number>().optional(),
  plain: z.boolean().optional(),
  origins: origins.optional(),
});

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const isLogger = (value: unknown): value is Logger =>
  typeof value === 'object' &&
  value !== null &&
  LEVELS.every((level) => typeof Reflect.get(value, level) === 'function');

/** How many threads `workers` means on this machine. */
export const workersOf = (workers: number | 'auto'): number =>
  workers === 'auto' ? Math.min(availableParallelism(), MAX_WORKERS) : workers;

const digest = strictObject({
  ...digestFields,
  sql: strictObject(sqlFields).optional(),
  lookup: callable<NonNullable<ChatroomSettings['digest']['lookup']>>().optional(),
});

const schema = strictObject({
  ...optionFields,
  domain: z
    .union([
      host.transform((name) => [name]),
      z.array(host).min(1).readonly(),
      callable<Extract<ChatroomSettings['domain'], (...args: never[]) => unknown>>(),
    ])
    .default(['localhost']),
  msrp: strictObject({
    ...msrpFields,
    listen: z.string().default('127.0.0.1:2855'),
    tls: z.union([z.literal(false), msrpTls]).default(false),
    ws: z.union([z.literal(false), msrpWebSocket]).default(false),
    wss: z.union([z.literal(false), msrpWebSocket]).default(false),
    sharedWs: z.union([z.literal(false), msrpSharedWebSocket]).default(false),
  }).prefault({}),
  rooms: strictObject({
    ...roomsFields,
    defaults: roomOptions.refine(...withoutAliases).default({}),
    static: z.record(z.string(), roomOptions).default({}),
  }).prefault({}),
  limits: strictObject(limitsFields).default({}),
  logger: z.custom<Logger>(isLogger, `is no logger: it needs ${LEVELS.join(', ')}`).default(silent),
  authenticate: callable<NonNullable<ChatroomSettings['authenticate']>>().optional(),
  authorizeJoin: callable<NonNullable<ChatroomSettings['authorizeJoin']>>().optional(),
  resolveRoom: callable<NonNullable<ChatroomSettings['resolveRoom']>>().optional(),
  digest: digest.default({}),
  invitations: strictObject({
    ...invitationFields,
    credentials: strictObject({ ...credentialsFields, password: z.string() }).optional(),
  }).prefault({}),
  authorizeMessage: callable<NonNullable<ChatroomSettings['authorizeMessage']>>().optional(),
  preMessage: callable<NonNullable<ChatroomSettings['preMessage']>>().optional(),
  onAudit: callable<NonNullable<ChatroomSettings['onAudit']>>().optional(),
});

/**
 * Checks options and fills in the defaults.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming the option, for an unknown one or a wrong value
 */
export function parseOptions(options: ChatroomsOptions): ChatroomSettings {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw optionError(parsed.error, options);
  const { domain, msrp, authenticate, authorizeJoin, resolveRoom, ...given } = parsed.data;
  const { profile, outboundProxy, audio, authorizeMessage, preMessage, onAudit, ...rest } = given;
  if (!msrp.tls) {
    refuseTls(rest.rooms.defaults, 'rooms.defaults.tls');
    for (const [name, room] of Object.entries(rest.rooms.static)) refuseTls(room, `rooms.static.${name}.tls`);
  }
  checkIdentityOptions({ ...rest, domain, authenticate });
  for (const list of ['allow', 'deny'] as const) {
    for (const block of msrp.connect[list]) readBlock(block, `msrp.connect.${list}`);
  }
  checkFactoryOption({ ...rest, domain });
  // INV-11: handsets show who else is in the group from the beginning.
  if (profile === 'rcs') rest.rooms.defaults = { tellInvited: true, ...rest.rooms.defaults };
  return {
    ...rest,
    domain: typeof domain === 'function' ? domain : domain.map((name) => name.toLowerCase()),
    msrp: {
      ...msrp,
      listen: hostPort(msrp.listen, 'msrp.listen'),
      advertise: msrp.advertise,
      tls: tlsOf(msrp.tls),
      ...webSocketsOf(msrp),
      sharedWs: sharedWsOf(msrp.sharedWs),
    },
    workers: workersOf(rest.workers),
    authenticate,
    authorizeJoin,
    resolveRoom,
    registrations: rest.registrations ?? (profile === 'rcs' && 'third-party'),
    profile,
    outboundProxy,
    audio,
    authorizeMessage,
    preMessage,
    onAudit,
  };
}

/**
 * Checks the options of one room.
 *
 * @param tls MSRP over TLS is listened for
 * @throws ChatroomsError `CHAT_ERR_OPTION`
 */
export function parseRoomOptions(options: RoomOptions, tls: boolean): RoomConfigChange {
  const parsed = roomOptions.safeParse(options);
  if (!parsed.success) throw optionError(parsed.error, options);
  if (!tls) refuseTls(parsed.data, 'tls');
  return parsed.data;
}

/** Nobody could ever join such a room. */
function refuseTls({ tls }: RoomConfigChange, option: string): void {
  if (tls !== 'required') return;
  throw new ChatroomsError('CHAT_ERR_OPTION', `Option ${option}: 'required' needs a TLS listener; give msrp.tls.`);
}

function tlsOf(tls: z.infer<typeof msrpTls> | false): ChatroomSettings['msrp']['tls'] {
  if (!tls) return undefined;
  const { listen, cert, key, ...rest } = tls;
  const files = cert === undefined || key === undefined ? undefined : { cert, key };
  return { ...rest, listen: hostPort(listen, 'msrp.tls.listen'), ...(files && { files }) };
}

interface WebSocketsGiven {
  tls: unknown;
  ws: z.infer<typeof msrpWebSocket> | false;
  wss: z.infer<typeof msrpWebSocket> | false;
}

function webSocketsOf({ tls, ws, wss }: WebSocketsGiven): Pick<ChatroomSettings['msrp'], 'ws' | 'wss'> {
  if (wss && !tls) {
    throw new ChatroomsError('CHAT_ERR_OPTION', 'Option msrp.wss: needs msrp.tls, whose certificate it shows.');
  }
  if (wss && ws && ws.advertise !== undefined) {
    throw new ChatroomsError('CHAT_ERR_OPTION', 'Option msrp.ws.advertise: peers are sent to msrp.wss already.');
  }
  const plain = webSocketOf('msrp.ws', ws);
  // 7977-5.1-02: "MSRP traffic transported over WebSockets MUST be protected by using a Secure WebSocket (WSS)
  // connection". What never leaves the machine is let off.
  if (plain && !plain.advertise && !isLoopback(plain.listen.host)) {
    throw new ChatroomsError(
      'CHAT_ERR_OPTION',
      'Option msrp.ws: without TLS it has to listen on 127.0.0.1; use msrp.wss, or give advertise, where a proxy ends TLS.',
    );
  }
  return { ws: plain, wss: webSocketOf('msrp.wss', wss) };
}

function sharedWsOf(given: z.infer<typeof msrpSharedWebSocket> | false): ChatroomSettings['msrp']['sharedWs'] {
  if (!given) return undefined;
  const { plain, port: late, origins: pages } = given;
  const { host: name, port } = hostPort(given.advertise, 'msrp.sharedWs.advertise');
  const advertise = (): HostPort => ({ host: name, port: late?.() ?? port });
  return { host: name, advertise, ...(plain !== undefined && { plain }), ...(pages && { origins: pages }) };
}

function webSocketOf(name: string, given: z.infer<typeof msrpWebSocket> | false): WebSocketSettings | undefined {
  if (!given) return undefined;
  const { listen, advertise, origins } = given;
  return {
    listen: hostPort(listen, `${name}.listen`),
    ...(advertise !== undefined && { advertise: hostPort(advertise, `${name}.advertise`) }),
    ...(origins && { origins }),
  };
}

function optionError(error: z.ZodError, options: unknown): ChatroomsError {
  const { issue, path } = firstIssue(error.issues);
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const meant = issue.message.replace(`there is no ${key}`, '');
    return new ChatroomsError('CHAT_ERR_OPTION', sentence(`There is no option ${[...path, key].join('.')}${meant}`));
  }
  if (path.length === 0) return new ChatroomsError('CHAT_ERR_OPTION', 'Options have to be an object.');
  const message = issue.code === 'custom' ? issue.message : messageOf(issue, valueAt(options, path), IN_JSON);
  return new ChatroomsError('CHAT_ERR_OPTION', sentence(`Option ${path.join('.')}: ${message}`));
}

const sentence = (text: string): string => (text.endsWith('?') ? text : `${text}.`);

/** Of several forms an option can have, what is wrong inside the one that was meant. */
export function firstIssue(issues: readonly z.core.$ZodIssue[]): { issue: z.core.$ZodIssue; path: PropertyKey[] } {
  const [issue] = issues;
  const inside =
    issue.code === 'invalid_union' &&
    issue.errors.find(([first]) => first.path.length > 0 || first.code === 'unrecognized_keys');
  if (!inside) return { issue, path: [...issue.path] };
  const deeper = firstIssue(inside);
  return { issue: deeper.issue, path: [...issue.path, ...deeper.path] };
}
