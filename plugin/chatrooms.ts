import { EventEmitter } from 'node:events';
import type { IncomingMessage as HttpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type Srf from 'drachtio-srf';
import { AdoptedLogger } from './adopted-logger.js';
import { ChatroomsError } from '../lib/util/errors.js';
import { addressOfRecord } from './identity/address-of-record.js';
import { guardListeners } from './guarded-listeners.js';
import type { ChatroomsOptions, RoomOptions } from './options/options.js';
import { parseOptions } from './options/parse-options.js';
import { changed, type InForce, type ReloadResult } from './reload/library.js';
import { OneByOne } from './reload/one-by-one.js';
import type { Recipients, Room } from './rooms-api.js';
import type { OnlineUser } from './registration/users.js';
import type { Ground } from './ground.js';
import { Server } from './server.js';
import type { ChatroomsStats, ServerEvents } from './server-events.js';
import { type WebSocketPeer, webSocketPeer } from './sip/web-socket-peer.js';
import type { Tracing } from './trace/recorder.js';
import type { SipRequest, SipResponse, SrfLike, SrfMiddleware } from './drachtio/srf-types.js';

/**
 * The rooms: drachtio middleware for INVITE, SUBSCRIBE, REFER, OPTIONS and MESSAGE, and an event emitter. What is not
 * for a room goes to `next()`.
 */
export interface Chatrooms extends SrfMiddleware, EventEmitter<ServerEvents> {
  /**
   * Registers the middleware for every method it answers and starts the MSRP listeners.
   * Rejects with Node's error (`code`, `address`, `port`) when one cannot be had, and with a ChatroomsError:
   * `CHAT_ERR_TLS_CERTIFICATE` when the certificate cannot be used, `CHAT_ERR_STORE` when `data` cannot, `CHAT_ERR_USAGE` for
   * what is no Srf, `CHAT_ERR_DRAINING` after `close`. What failed to listen does not come back: close it, and make another.
   */
  attach(srf: Srf): Promise<Chatrooms>;
  /** Starts the MSRP listeners only; the middleware is registered by the caller. Rejects as `attach`; called again, does nothing. */
  listen(): Promise<Chatrooms>;
  /**
   * Reads the files of `msrp.tls` again; they are also looked at once a minute. Sessions there are go on as they were, new
   * ones get the new certificate. Rejects with a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE`; the old one stays then.
   */
  reloadCertificate(): Promise<void>;
  /** Those of `msrp.tls`, for other listeners of the program; undefined without it, and before `attach` or `listen`. */
  readonly tlsCredentials: TlsCredentials | undefined;
  /**
   * Goes on with other options, all of them anew: those that can change do, the others are told and stay as they were.
   * Dialogs and sessions go on, and nobody who is in is sent away (docs/configuration.md). One after the other, when called several
   * times. Rejects with a ChatroomsError, and nothing has changed then: `CHAT_ERR_OPTION`, `CHAT_ERR_ROOM_URI`,
   * `CHAT_ERR_ROOM_DOMAIN`, `CHAT_ERR_ROOM_EXISTS`, `CHAT_ERR_TOO_MANY_ROOMS`, `CHAT_ERR_CREDENTIAL_SOURCE`,
   * `CHAT_ERR_TLS_CERTIFICATE`, or `CHAT_ERR_DRAINING` when it is about to stop. Without `logger` it keeps the one it has.
   */
  reload(options: ChatroomsOptions): Promise<ReloadResult>;
  /**
   * Takes over a connection of an HTTP server of the program that asks for MSRP over WebSocket (RFC 7977), with the arguments
   * of that server's event `upgrade`; it is answered here, if need be with an error. For option `msrp.sharedWs`. With several
   * workers the URL has to say which, by the port of the SDP answer: `?port=41234`.
   */
  upgradeMsrp(request: HttpRequest, socket: Duplex, head: Buffer, peer?: WebSocketPeer): void;
  /**
   * Gives the rooms to a function that adds something to them, with options of its own, and goes on: what somebody else wrote,
   * or a part of the application in its own file. When it returns a promise, `attach` and `listen` wait for it, and reject
   * when it does; after those it is logged (`error`).
   *
   * @throws ChatroomsError `CHAT_ERR_USAGE` for what is no function, and what the plugin throws
   */
  register(plugin: ChatroomsPlugin): Chatrooms;
  register<O>(plugin: ChatroomsPlugin<O>, options: O): Chatrooms;
  /** The rooms there are, by URI. */
  readonly rooms: ReadonlyMap<string, Room>;
  /** How much there is at the moment, and how many readers were too slow; counted anew at every call. */
  readonly stats: ChatroomsStats;
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
  /** What a recorder of diagnostics channels has to know beside what they tell (docs/diagnostics.md). */
  readonly tracing: Tracing;
  /** A room by name, in the first domain, or by URI. */
  room(nameOrUri: string): Room | undefined;
  /** To write to a room; `send` rejects with `CHAT_ERR_ROOM_UNKNOWN` when there is none. */
  in(nameOrUri: string): Recipients;
  /**
   * Creates a room that lives until it is closed. Rejects with a ChatroomsError: `CHAT_ERR_ROOM_EXISTS`,
   * `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_DOMAIN` for a URI outside of option `domain`, `CHAT_ERR_TOO_MANY_ROOMS` or `CHAT_ERR_OPTION`; `CHAT_ERR_DRAINING` after `close`.
   */
  create(nameOrUri: string, options?: RoomOptions): Promise<Room>;
  /**
   * Refuses joins with 503 and lets those who are in go on; resolves when the last has left. To be followed by `close`:
   * a server that is to be replaced empties first (docs/upgrade.md).
   * @param options.timeout milliseconds after which it resolves though somebody is in; default 3600000
   */
  drain(options?: { timeout?: number }): Promise<void>;
  /** `drain` or `close` was called. */
  readonly draining: boolean;
  /**
   * Refuses joins with 503, sends BYE to every participant, ends subscriptions and closes the MSRP side. The Srf stays
   * connected: it is the caller's. Called again, waits for the same end.
   * @param options.timeout milliseconds the BYEs may take; default 5000
   */
  close(options?: { timeout?: number }): Promise<void>;
}

/** What TLS shows, and whom it believes: to be looked at anew for each connection. */
export interface TlsCredentials {
  /** For who connects to us: certificate and key, versions and suites. */
  readonly server: SecureContextOptions;
  /** For those we connect to: what we show when asked, and the CAs we believe. */
  readonly client: SecureContext;
  /** Calls `listener` after the certificate was replaced. */
  onChange(listener: () => void): void;
}

/** What `Chatrooms.register` takes. */
export type ChatroomsPlugin<O = undefined> = (rooms: Chatrooms, options: O) => unknown;

/** Milliseconds that a server may take to empty by itself. */
const DRAIN_TIMEOUT = 3_600_000;

/** As `chatrooms`, on other ground than the machine's where `ground` says so. */
export function createChatrooms(options: ChatroomsOptions, ground: Ground = {}): Chatrooms {
  const middleware: SrfMiddleware = (req, res, next) => {
    const nextLayer = (error?: unknown): void => void next(error);
    server.handle(req as unknown as SipRequest, res as unknown as SipResponse, nextLayer);
  };
  const events = asEmitter(middleware);
  requireOptions(options, 'What chatrooms() is given has to be an object with options; or leave it out.');
  const log = options.logger ?? new AdoptedLogger();
  guardListeners(events, log);
  const given = { ...options, logger: log };
  let inForce: InForce = { options: given, settings: parseOptions(given) };
  const server = new Server(inForce.settings, events, ground);
  const reloads = new OneByOne();
  const reload = async (wanted: ChatroomsOptions): Promise<ReloadResult> => {
    requireOptions(wanted, 'reload takes all options anew, in an object; {} goes back to the defaults.');
    const { next, result } = changed(inForce, { ...wanted, logger: wanted.logger ?? log });
    await server.adjust(next.settings);
    inForce = next;
    return result;
  };
  /** What plugins still do. */
  const registering: Promise<unknown>[] = [];
  /** Nobody waits for plugins any more. */
  let registered = false;
  const face: Pick<
    Chatrooms,
    | 'attach'
    | 'listen'
    | 'register'
    | 'reload'
    | 'reloadCertificate'
    | 'upgradeMsrp'
    | 'userOnline'
    | 'userOffline'
    | 'room'
    | 'in'
    | 'create'
    | 'drain'
    | 'close'
  > = {
    attach: async (srf) => {
      requireSrf(srf);
      server.requireOpen();
      if (log instanceof AdoptedLogger) log.adopt(srf.locals?.logger);
      server.attach(srf as unknown as SrfLike);
      return face.listen();
    },
    listen: async () => {
      await Promise.all(registering);
      registered = true;
      await server.listen();
      return rooms;
    },
    register: <O>(plugin: ChatroomsPlugin<O>, own?: O) => {
      requirePlugin(plugin);
      const done = Promise.resolve(plugin(rooms, own as O));
      done.catch((error: unknown) => {
        // `attach` and `listen` tell of it, but once they are through nobody does.
        if (registered) log.error({ error: inspect(error) }, 'a plugin failed');
      });
      registering.push(done);
      return rooms;
    },
    reload: (wanted) => reloads.run(() => reload(wanted)),
    reloadCertificate: () => server.chat.reloadCertificate(),
    upgradeMsrp: (request, socket, head, peer) =>
      server.chat.upgrade({ request, socket, head, peer: webSocketPeer(request, peer) }),
    userOnline: (uri, { expires = 3600 } = {}) => {
      server.users.registered({ uri: addressOfRecord(uri), binding: 'program', expires });
    },
    userOffline: (uri) => server.users.unregistered(addressOfRecord(uri)),
    room: (nameOrUri) => server.room(nameOrUri),
    in: (nameOrUri) => ({ send: async (text, options) => server.existing(nameOrUri).send(text, options) }),
    create: async (nameOrUri, options) => server.create(nameOrUri, options),
    drain: ({ timeout = DRAIN_TIMEOUT } = {}) => server.drain(timeout),
    close: (options) => server.close(options?.timeout),
  };
  Object.assign(events, face);
  Object.defineProperty(events, 'draining', { get: () => server.closing, enumerable: true });
  Object.defineProperty(events, 'rooms', { get: () => server.rooms, enumerable: true });
  Object.defineProperty(events, 'online', { get: () => server.users.online, enumerable: true });
  Object.defineProperty(events, 'stats', { get: () => server.stats, enumerable: true });
  Object.defineProperty(events, 'tlsCredentials', { get: () => server.chat.credentials, enumerable: true });
  Object.defineProperty(events, 'tracing', { value: tracingOf(server), enumerable: true });
  const rooms = events as unknown as Chatrooms;
  return rooms;
}

/** @throws ChatroomsError `CHAT_ERR_OPTION`, which says what there is to give */
function requireOptions(given: unknown, hint: string): void {
  if (typeof given !== 'object' || given === null) throw new ChatroomsError('CHAT_ERR_OPTION', hint);
}

/** @throws ChatroomsError `CHAT_ERR_USAGE` for what is no application, as the class itself or nothing at all */
function requireSrf(srf: Partial<Srf> | undefined): void {
  if (typeof srf?.use === 'function' && typeof srf.on === 'function') return;
  throw new ChatroomsError('CHAT_ERR_USAGE', 'attach takes the Srf of your application: new Srf().');
}

/** @throws ChatroomsError `CHAT_ERR_USAGE` for a module whose function has another name, say */
function requirePlugin(plugin: unknown): void {
  if (typeof plugin === 'function') return;
  throw new ChatroomsError('CHAT_ERR_USAGE', 'register takes a function, which is given the rooms and its options.');
}

const tracingOf = (server: Server): Tracing => ({
  get seated() {
    return server.chat.focus.seated;
  },
  roomUri: (nameOrUri) => server.roomUri(nameOrUri).uri,
  octets: (on) => server.chat.tellOctets(on),
});

/** A function that is an emitter too, as drachtio's own applications are; here also to `instanceof`. */
function asEmitter(middleware: SrfMiddleware): SrfMiddleware & EventEmitter<ServerEvents> {
  const methods = Object.getOwnPropertyDescriptors(Function.prototype);
  const callable = { apply: methods.apply, bind: methods.bind, call: methods.call };
  Object.setPrototypeOf(middleware, Object.create(EventEmitter.prototype, callable) as object);
  // Node's EventEmitter is a constructor function, so that other objects can be made one.
  Reflect.apply(EventEmitter, middleware, []);
  return middleware as SrfMiddleware & EventEmitter<ServerEvents>;
}
