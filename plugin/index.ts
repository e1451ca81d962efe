/** Chat rooms (RFC 7701 on RFC 4975 MSRP) for SIP networks, as drachtio middleware. */
import { EventEmitter } from 'node:events';
import type Srf from 'drachtio-srf';
import type { ServerStats } from '../lib/chat-server.js';
import { addressOfRecord } from './identity/address-of-record.js';
import type { ChatroomsOptions, RoomOptions } from './options.js';
import { parseOptions } from './parse-options.js';
import type { Recipients, Room } from './rooms-api.js';
import type { OnlineUser } from './registration/users.js';
import { Server, type ServerEvents } from './server.js';
import type { SipRequest, SipResponse, SrfLike, SrfMiddleware } from './drachtio/srf-types.js';

export { type ErrorCode, type ErrorDetails, ChatroomsError } from '../lib/util/errors.js';
export type { ServerStats } from '../lib/chat-server.js';
export type { IncomingMessage } from './hooks/incoming-message.js';
export type { LimitEvent } from '../lib/util/limit-reports.js';
export type { Logger } from '../lib/util/log.js';
export type {
  AuthenticatedUser,
  ChatroomsOptions,
  InteropOptions,
  JoinContext,
  MsrpTlsOptions,
  MsrpWebSocketOptions,
  RoomOptions,
} from './options.js';
export type { AuditEntry, RoomConfig, RosterPolicy } from '../lib/chat-server.js';
export type {
  Ban,
  Measure,
  ChatMessage,
  InviteOptions,
  InviteResult,
  Participant,
  Recipients,
  Role,
  Room,
  RoomEvents,
  SendOptions,
} from './rooms-api.js';
export type { OnlineUser } from './registration/users.js';
export type { ServerEvents } from './server.js';
export type { SrfMiddleware } from './drachtio/srf-types.js';

/**
 * The rooms: drachtio middleware for INVITE, SUBSCRIBE, REFER, OPTIONS and MESSAGE, and an event emitter. What is not
 * for a room goes to `next()`.
 */
export interface Chatrooms extends SrfMiddleware, EventEmitter<ServerEvents> {
  /**
   * Registers the middleware for every method it answers and starts the MSRP listeners.
   * Rejects with Node's error (`code`, `address`, `port`) when one cannot be had, and with a ChatroomsError
   * `CHAT_ERR_TLS_CERTIFICATE` when the certificate cannot be used.
   */
  attach(srf: Srf): Promise<Chatrooms>;
  /** Starts the MSRP listeners only; the middleware is registered by the caller. */
  listen(): Promise<Chatrooms>;
  /**
   * Reads the files of `msrp.tls` again; they are also looked at once a minute. Sessions there are go on as they were, new
   * ones get the new certificate. Rejects with a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE`; the old one stays then.
   */
  reloadCertificate(): Promise<void>;
  /** The rooms there are, by URI. */
  readonly rooms: ReadonlyMap<string, Room>;
  /** How much there is at the moment, and how many readers were too slow; counted anew at every call. */
  readonly stats: ServerStats;
  /** Who is registered, by address of record, as far as `registrations` tells or the program did. */
  readonly online: ReadonlyMap<string, OnlineUser>;
  /**
   * The program knows of a registration that did not come by here (SAF-11); `expires` in seconds.
   *
   * @throws ChatroomsError `CHAT_ERR_SIP_FROM` for what is no URI
   */
  userOnline(uri: string, options?: { expires?: number }): void;
  /** No registration of his is left. */
  userOffline(uri: string): void;
  /** A room by name, in the first domain, or by URI. */
  room(nameOrUri: string): Room | undefined;
  /** To write to a room; `send` rejects with `CHAT_ERR_ROOM_UNKNOWN` when there is none. */
  in(nameOrUri: string): Recipients;
  /**
   * Creates a room that lives until it is closed. Rejects with a ChatroomsError: `CHAT_ERR_ROOM_EXISTS`,
   * `CHAT_ERR_ROOM_URI`, `CHAT_ERR_TOO_MANY_ROOMS` or `CHAT_ERR_OPTION`.
   */
  create(nameOrUri: string, options?: RoomOptions): Promise<Room>;
  /**
   * Refuses joins with 503, sends BYE to every participant, ends subscriptions and closes the MSRP side. The Srf stays
   * connected: it is the caller's.
   * @param options.timeout milliseconds the BYEs may take; default 5000
   */
  close(options?: { timeout?: number }): Promise<void>;
}

/**
 * Makes a chat server. Does no I/O before `attach` or `listen`.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming the option that is unknown or wrong
 */
export function chatrooms(options: ChatroomsOptions = {}): Chatrooms {
  const middleware: SrfMiddleware = (req, res, next) => {
    const nextLayer = (error?: unknown): void => void next(error);
    server.handle(req as unknown as SipRequest, res as unknown as SipResponse, nextLayer);
  };
  const events = asEmitter(middleware);
  const server = new Server(parseOptions(options), events);
  const face: Pick<
    Chatrooms,
    'attach' | 'listen' | 'reloadCertificate' | 'userOnline' | 'userOffline' | 'room' | 'in' | 'create' | 'close'
  > = {
    attach: async (srf) => {
      server.attach(srf as unknown as SrfLike);
      await server.listen();
      return rooms;
    },
    listen: async () => {
      await server.listen();
      return rooms;
    },
    reloadCertificate: () => server.chat.reloadCertificate(),
    userOnline: (uri, { expires = 3600 } = {}) => {
      server.users.registered({ uri: addressOfRecord(uri), binding: 'program', expires });
    },
    userOffline: (uri) => server.users.unregistered(addressOfRecord(uri)),
    room: (nameOrUri) => server.room(nameOrUri),
    in: (nameOrUri) => ({ send: async (text, options) => server.existing(nameOrUri).send(text, options) }),
    create: async (nameOrUri, options) => server.create(nameOrUri, options),
    close: (options) => server.close(options?.timeout),
  };
  Object.assign(events, face);
  Object.defineProperty(events, 'rooms', { get: () => server.rooms, enumerable: true });
  Object.defineProperty(events, 'online', { get: () => server.users.online, enumerable: true });
  Object.defineProperty(events, 'stats', { get: () => server.chat.stats, enumerable: true });
  const rooms = events as unknown as Chatrooms;
  return rooms;
}

/** A function that is an emitter too, as drachtio's own applications are; here also to `instanceof`. */
function asEmitter(middleware: SrfMiddleware): SrfMiddleware & EventEmitter<ServerEvents> {
  const methods = Object.getOwnPropertyDescriptors(Function.prototype);
  const callable = { apply: methods.apply, bind: methods.bind, call: methods.call };
  Object.setPrototypeOf(middleware, Object.create(EventEmitter.prototype, callable) as object);
  // Node's EventEmitter is a constructor function, so that other objects can be made one.
  Reflect.apply(EventEmitter, middleware, []);
  return middleware as SrfMiddleware & EventEmitter<ServerEvents>;
}

export default chatrooms;
