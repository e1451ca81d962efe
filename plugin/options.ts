import type Srf from 'drachtio-srf';
import { z } from 'zod';
import { ChatroomsError } from '../lib/util/errors.js';
import { type Logger, silent } from '../lib/util/log.js';
import type { SipRequest } from './srf-types.js';

/** Configuration of one room; what is left out takes the value of `rooms.defaults`, then the one given here. */
export interface RoomOptions {
  /** Shown as the room's name; null takes the user part of its URI. @defaultValue `null` */
  title?: string | null;
  /** Shown as what is talked about. @defaultValue `''` */
  subject?: string;
  /** Lives on without participants. @defaultValue `true` for static rooms and those of `create()`, else `false` */
  persistent?: boolean;
  /** Nobody may join. @defaultValue `false` */
  locked?: boolean;
  /** Participants may hide who they are; else they are refused with 433. @defaultValue `true` */
  allowAnonymous?: boolean;
  /** @defaultValue `true` */
  allowNicknames?: boolean;
  /** @defaultValue `true` */
  allowPrivateMessages?: boolean;
  /** Content types taken; `*` last for any other. @defaultValue `['*']` */
  acceptWrappedTypes?: readonly string[];
  /** A message also reaches the sender's other endpoints. @defaultValue `true` */
  echoOwnSessions?: boolean;
  /** At most `limits.maxParticipants`, which null takes. @defaultValue `null` */
  maxParticipants?: number | null;
  /** `required`: MSRP without TLS is refused with 488. @defaultValue `'optional'` */
  tls?: 'required' | 'optional';
}

/** Who somebody is, as an `authenticate` handler establishes it. */
export interface AuthenticatedUser {
  /** Address of record, e.g. `sip:ana@example.com`; what the user may write as CPIM From. */
  uri: string;
  /** Further URIs of the same person. @defaultValue none */
  aliases?: readonly string[];
  /** @defaultValue that of the From header */
  displayName?: string;
  /** Hide it from the others. @defaultValue whether the caller asked for privacy */
  anonymous?: boolean;
}

export interface JoinContext {
  /** The INVITE. */
  req: Srf.SrfRequest;
  /** URI of the room. */
  room: string;
  /** Who the caller claims to be; after `authenticate` who he is. */
  from: AuthenticatedUser;
}

export interface InteropOptions {
  /** No exceptions for any client. @defaultValue `false` */
  strict: boolean;
  /** Who gets private messages although its SDP does not take them; `auto`: SIP SIMPLE and Blink. @defaultValue `'auto'` */
  assumePrivateMessages: 'auto' | 'always' | 'never';
  /** From whom a nickname without quotes is taken; `auto`: SIP SIMPLE and Blink. @defaultValue `'auto'` */
  lenientNicknameQuoting: 'auto' | 'always' | 'never';
  /** Take a Message-ID of up to 64 characters, twice what RFC 4975 has, from everybody. @defaultValue `false` */
  lenientMessageId: boolean;
}

/** MSRP over TLS. */
export interface MsrpTlsOptions {
  /** `HOST:PORT`; port 0 takes a free one. @defaultValue `'127.0.0.1:2856'` */
  listen?: string;
  /** PEM file of the certificate and what leads to its CA, with `key`. @defaultValue a self-signed one, made at start */
  cert?: string;
  /** PEM file of its key. */
  key?: string;
  /** PEM file of CAs, beside those of Node, for the certificates of peers that we connect to. */
  ca?: string;
  /** OpenSSL list of cipher suites, for peers that know no modern one. @defaultValue AEAD suites of TLS 1.2 and 1.3 */
  ciphers?: string;
}

/** MSRP over WebSocket (RFC 7977), for browsers. */
export interface MsrpWebSocketOptions {
  /** `HOST:PORT`; port 0 takes a free one. */
  listen: string;
  /** `HOST:PORT` written into `a=path`. @defaultValue `msrp.advertise`, and the port listened on */
  advertise?: string;
  /** Origins of the web pages let in, like `https://chat.example.com`. @defaultValue any */
  origins?: readonly string[];
}

export interface ChatroomsOptions {
  /**
   * Hosts whose user parts are rooms. A function gets each request and gives the domain its room belongs to, or null
   * for a request that is not ours. @defaultValue `'localhost'`
   */
  domain?: string | readonly string[] | ((req: Srf.SrfRequest) => string | null | Promise<string | null>);
  msrp?: {
    /** `HOST:PORT` for MSRP over TCP; port 0 takes a free one. @defaultValue `'127.0.0.1:2855'` (4975-6-06) */
    listen?: string;
    /** Host written into `a=path`. @defaultValue the one listened on */
    advertise?: string;
    /** MSRP over TLS beside it. @defaultValue `false` */
    tls?: MsrpTlsOptions | false;
    /** MSRP over WebSocket with TLS, which shows the certificate of `tls`. @defaultValue `false` */
    wss?: MsrpWebSocketOptions | false;
    /**
     * MSRP over plain WebSocket: behind a proxy that ends TLS at `advertise`, or without that on a loopback address for
     * this machine alone. @defaultValue `false`
     */
    ws?: MsrpWebSocketOptions | false;
    /** `session-id`: of a To-Path only the session-id counts, for middleboxes that rewrite hosts. @defaultValue `'uri'` */
    sessionMatch?: 'uri' | 'session-id';
    /** Sessions may be anchored at a middlebox that rewrites c- and m-lines (RFC 6714). @defaultValue `false` */
    cema?: boolean;
  };
  rooms?: {
    /** Who may bring a room into being by joining it. @defaultValue `'anyone'` */
    create?: 'anyone' | 'nobody';
    /** For every room. */
    defaults?: RoomOptions;
    /** Rooms that exist from the start, by name (in the first domain) or by URI. */
    static?: Record<string, RoomOptions>;
  };
  limits?: {
    /** @defaultValue 10000 */
    maxRooms?: number;
    /** Of one room. @defaultValue 2000 */
    maxParticipants?: number;
    /** Octets. @defaultValue 10485760 */
    maxMessageSize?: number;
    /** Octets that may wait for one slow reader. @defaultValue 16777216 */
    maxPendingBytes?: number;
    /**
     * What becomes of messages for a reader with 80 % of that waiting: `drop` none is delivered, and it is told how many
     * when it has caught up; `skip-large` those above 8192 octets are not; `disconnect` it gets BYE. @defaultValue `'drop'`
     */
    slowReader?: 'drop' | 'skip-large' | 'disconnect';
    /** A reader in that state for so many ms gets BYE, and so does one that takes nothing at all. @defaultValue 180000 */
    congestionTimeout?: number;
    /** Octets of the temporary files that keep large messages for slow readers; 0 for none. @defaultValue 4294967296 */
    maxSpoolBytes?: number;
    /** Where those files are. @defaultValue the system's directory for temporary files */
    spoolDirectory?: string;
    /**
     * Octets of the largest conference-info document; beyond, fewer participants are listed. drachtio-server takes no
     * frame over 12,000 octets, so with one it is never more than 10500. @defaultValue no other limit
     */
    maxDocumentSize?: number;
  };
  /** @defaultValue silent */
  logger?: Logger;
  /** Host of the Contact: the room's domain, or the address of the SIP listener for callers without a proxy. @defaultValue `'domain'` */
  contactHost?: 'domain' | 'address';
  /** Establishes who a caller is; null or an error refuses him with 403, or with the error's `sipStatus`. @defaultValue believes From */
  authenticate?: (context: JoinContext) => AuthenticatedUser | null | Promise<AuthenticatedUser | null>;
  /** Throws to refuse a join with 403, or with the error's `sipStatus`. @defaultValue everybody may */
  authorizeJoin?: (context: JoinContext) => void | Promise<void>;
  /** For requests to other domains whose SDP says `a=chatroom`: the room (name or URI) they are for, or null. */
  resolveRoom?: (req: Srf.SrfRequest) => string | null | Promise<string | null>;
  interop?: Partial<InteropOptions>;
}

export interface HostPort {
  host: string;
  port: number;
}

interface WebSocketSettings {
  listen: HostPort;
  advertise?: HostPort;
  origins?: readonly string[];
}

/** The options with every default in place. */
export interface ChatroomSettings {
  domain: readonly string[] | ((req: SipRequest) => string | null | Promise<string | null>);
  msrp: {
    listen: HostPort;
    advertise: string | undefined;
    tls: { listen: HostPort; files?: { cert: string; key: string }; ca?: string; ciphers?: string } | undefined;
    ws: WebSocketSettings | undefined;
    wss: WebSocketSettings | undefined;
    sessionMatch: 'uri' | 'session-id';
    cema: boolean;
  };
  rooms: { create: 'anyone' | 'nobody'; defaults: RoomOptions; static: Record<string, RoomOptions> };
  limits: NonNullable<ChatroomsOptions['limits']>;
  logger: Logger;
  contactHost: 'domain' | 'address';
  authenticate: ChatroomsOptions['authenticate'];
  authorizeJoin: ChatroomsOptions['authorizeJoin'];
  resolveRoom: ((req: SipRequest) => string | null | Promise<string | null>) | undefined;
  interop: InteropOptions;
}

const host = z.string().regex(/^(?:[\w.-]+|\[[0-9a-f:.]+\])$/i, 'is no host name');

const roomOptions = z.strictObject({
  title: z.string().nullable().optional(),
  subject: z.string().optional(),
  persistent: z.boolean().optional(),
  locked: z.boolean().optional(),
  allowAnonymous: z.boolean().optional(),
  allowNicknames: z.boolean().optional(),
  allowPrivateMessages: z.boolean().optional(),
  acceptWrappedTypes: z.array(z.string().min(1)).min(1).readonly().optional(),
  echoOwnSessions: z.boolean().optional(),
  maxParticipants: z.int().positive().nullable().optional(),
  tls: z.enum(['required', 'optional']).optional(),
});

const file = z.string().min(1);

const msrpTls = z
  .strictObject({
    listen: z.string().default('127.0.0.1:2856'),
    cert: file.optional(),
    key: file.optional(),
    ca: file.optional(),
    ciphers: z.string().min(1).optional(),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    path: ['key'],
    error: 'cert and key belong together; give both or neither',
  });

const msrpWebSocket = z.strictObject({
  listen: z.string(),
  advertise: z.string().optional(),
  origins: z.array(z.string().min(1)).readonly().optional(),
});

const callable = <F>(): z.ZodType<F> => z.custom<F>((value) => typeof value === 'function', 'is no function');

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const isLogger = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  LEVELS.every((level) => typeof Reflect.get(value, level) === 'function');

const policy = z.enum(['auto', 'always', 'never']).default('auto');
const count = z.int().positive().optional();

const schema = z.strictObject({
  domain: z
    .union([
      host.transform((name) => [name]),
      z.array(host).min(1).readonly(),
      callable<Extract<ChatroomSettings['domain'], (...args: never[]) => unknown>>(),
    ])
    .default(['localhost']),
  msrp: z
    .strictObject({
      listen: z.string().default('127.0.0.1:2855'),
      advertise: z.string().min(1).optional(),
      tls: z.union([z.literal(false), msrpTls]).default(false),
      ws: z.union([z.literal(false), msrpWebSocket]).default(false),
      wss: z.union([z.literal(false), msrpWebSocket]).default(false),
      sessionMatch: z.enum(['uri', 'session-id']).default('uri'),
      cema: z.boolean().default(false),
    })
    .prefault({}),
  rooms: z
    .strictObject({
      create: z.enum(['anyone', 'nobody']).default('anyone'),
      defaults: roomOptions.default({}),
      static: z.record(z.string(), roomOptions).default({}),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxRooms: count,
      maxParticipants: count,
      maxMessageSize: count,
      maxPendingBytes: count,
      slowReader: z.enum(['drop', 'skip-large', 'disconnect']).optional(),
      congestionTimeout: count,
      maxSpoolBytes: z.int().nonnegative().optional(),
      spoolDirectory: z.string().min(1).optional(),
      maxDocumentSize: count,
    })
    .default({}),
  logger: z.custom<Logger>(isLogger, `is no logger: it needs ${LEVELS.join(', ')}`).default(silent),
  contactHost: z.enum(['domain', 'address']).default('domain'),
  authenticate: callable<NonNullable<ChatroomSettings['authenticate']>>().optional(),
  authorizeJoin: callable<NonNullable<ChatroomSettings['authorizeJoin']>>().optional(),
  resolveRoom: callable<NonNullable<ChatroomSettings['resolveRoom']>>().optional(),
  interop: z
    .strictObject({
      strict: z.boolean().default(false),
      assumePrivateMessages: policy,
      lenientNicknameQuoting: policy,
      lenientMessageId: z.boolean().default(false),
    })
    .prefault({}),
});

/**
 * Checks options and fills in the defaults.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming the option, for an unknown one or a wrong value
 */
export function parseOptions(options: ChatroomsOptions): ChatroomSettings {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw optionError(parsed.error);
  const { domain, msrp, authenticate, authorizeJoin, resolveRoom, ...rest } = parsed.data;
  if (!msrp.tls) {
    refuseTls(rest.rooms.defaults, 'rooms.defaults.tls');
    for (const [name, room] of Object.entries(rest.rooms.static)) refuseTls(room, `rooms.static.${name}.tls`);
  }
  return {
    ...rest,
    domain: typeof domain === 'function' ? domain : domain.map((name) => name.toLowerCase()),
    msrp: {
      ...msrp,
      listen: hostPort(msrp.listen, 'msrp.listen'),
      advertise: msrp.advertise,
      tls: tlsOf(msrp.tls),
      ...webSocketsOf(msrp),
    },
    authenticate,
    authorizeJoin,
    resolveRoom,
  };
}

/**
 * Checks the options of one room.
 *
 * @param tls MSRP over TLS is listened for
 * @throws ChatroomsError `CHAT_ERR_OPTION`
 */
export function parseRoomOptions(options: RoomOptions, tls: boolean): RoomOptions {
  const parsed = roomOptions.safeParse(options);
  if (!parsed.success) throw optionError(parsed.error);
  if (!tls) refuseTls(parsed.data, 'tls');
  return parsed.data;
}

/** Nobody could ever join such a room. */
function refuseTls({ tls }: RoomOptions, option: string): void {
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

function webSocketOf(name: string, given: z.infer<typeof msrpWebSocket> | false): WebSocketSettings | undefined {
  if (!given) return undefined;
  const { listen, advertise, origins } = given;
  return {
    listen: hostPort(listen, `${name}.listen`),
    ...(advertise !== undefined && { advertise: hostPort(advertise, `${name}.advertise`) }),
    ...(origins && { origins }),
  };
}

/** Nobody but this machine can connect there. */
export const isLoopback = (host: string): boolean => /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host);

/**
 * Reads `HOST:PORT`, an IPv6 address in brackets.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming `option`
 */
export function hostPort(text: string, option: string): HostPort {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ChatroomsError('CHAT_ERR_OPTION', `${option}: ${JSON.stringify(text)} is not HOST:PORT.`);
  }
  return { host: match[1] ?? match[2], port };
}

function optionError(error: z.ZodError): ChatroomsError {
  const { issue, path } = firstIssue(error.issues);
  if (issue.code === 'unrecognized_keys') {
    return new ChatroomsError('CHAT_ERR_OPTION', `There is no option ${[...path, issue.keys[0]].join('.')}.`);
  }
  return new ChatroomsError('CHAT_ERR_OPTION', `Option ${path.join('.')}: ${issue.message}.`);
}

/** Of several forms an option can have, what is wrong inside the one that was meant. */
function firstIssue(issues: readonly z.core.$ZodIssue[]): { issue: z.core.$ZodIssue; path: PropertyKey[] } {
  const [issue] = issues;
  const inside =
    issue.code === 'invalid_union' &&
    issue.errors.find(([first]) => first.path.length > 0 || first.code === 'unrecognized_keys');
  if (!inside) return { issue, path: [...issue.path] };
  const deeper = firstIssue(inside);
  return { issue: deeper.issue, path: [...issue.path, ...deeper.path] };
}
