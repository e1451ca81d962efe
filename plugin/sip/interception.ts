import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { parseSdp } from '../../lib/sdp/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { offerOf } from '../invite/offer.js';
import type { ChatroomSettings } from '../options/options.js';
import { asUri, isCallable, type RoomUri, roomFrom, roomOf } from './room-uri.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** What a request outside of a dialog is about (D4). */
export type Target =
  /** A room that exists, or that the caller may create by joining it. */
  | { is: 'room'; room: RoomUri }
  /** What makes rooms (FAC-01). */
  | { is: 'factory'; factory: RoomUri }
  /** In one of our domains, but no such room: 404, so that a proxy can try elsewhere. */
  | { is: 'unknown' }
  /** For somebody else: `next()`. */
  | { is: 'foreign' };

const FOREIGN: Target = { is: 'foreign' };

export interface Rooms {
  /** The URI of the room that is called so, by its name or by an alias (PBX-02); undefined when there is none. */
  find(uri: string): string | undefined;
  /** What the program says, or a rejection when it says nothing for too long. @defaultValue however long it takes */
  inTime?<T>(answer: Promise<T>): Promise<T>;
}

/** FAC-02, PBX-13: decides whether a request is for a room of ours. May reject with what the handlers of the settings throw. */
export async function targetOf(req: SipRequest, settings: ChatroomSettings, rooms: Rooms): Promise<Target> {
  const requestUri = parseUri(req.uri);
  if (!requestUri) return FOREIGN;
  const domain = await domainOf(req, requestUri.host, settings.domain, rooms);
  if (domain !== null) {
    // The domain itself is no room: perhaps a proxy asks whether we live.
    if (requestUri.user === undefined) return FOREIGN;
    const named = roomOf({ ...requestUri, host: domain });
    if (named && isFactory(named, settings.factory)) return { is: 'factory', factory: named };
    // OPTIONS tells what an INVITE would meet (CAP-01).
    return placeOf(named, rooms, settings.rooms.create === 'anyone' && /^(?:INVITE|OPTIONS)$/.test(req.method));
  }
  return aliasOf(req, settings, rooms);
}

/**
 * D4 (b): rooms in a domain shared with users. `a=chatroom` alone only declares a capability (RFC 7701 §8), so the
 * program decides which target is a room.
 */
async function aliasOf(req: SipRequest, settings: ChatroomSettings, rooms: Rooms): Promise<Target> {
  if (!settings.resolveRoom || (req.method === 'INVITE' && !declaresChatroom(req))) return FOREIGN;
  const { resolveRoom } = settings;
  const answer = await asked(rooms, async () => resolveRoom(req));
  if (answer === null) return FOREIGN;
  const room = roomFrom(answer, firstDomain(settings.domain) ?? parseUri(req.uri)?.host ?? '');
  if (room && isFactory(room, settings.factory)) return { is: 'factory', factory: room };
  return placeOf(room, rooms, settings.rooms.create === 'anyone' && req.method === 'INVITE');
}

/** @param creates the request makes the room if there is none */
function placeOf(named: RoomUri | undefined, rooms: Rooms, creates: boolean): Target {
  const known = named && rooms.find(named.uri);
  const room = known === undefined ? undefined : roomFrom(known, '');
  if (room) return { is: 'room', room };
  return named && creates ? { is: 'room', room: named } : { is: 'unknown' };
}

/** FAC-01: a user part makes a factory in each domain, a URI the one it names. */
export const isFactory = ({ uri, domain }: RoomUri, factories: ChatroomSettings['factory']): boolean =>
  factories.some((factory) => roomFrom(factory, domain)?.uri === uri);

/**
 * FAC-09: whether a URI is one of ours, so that a list of recipients does not invite the rooms and what makes them: any of
 * our domains, else a room that exists or a factory given by its whole URI.
 */
export function isOwn(
  uri: string,
  { domain, factory }: Pick<ChatroomSettings, 'domain' | 'factory'>,
  rooms: Rooms,
): boolean {
  const target = roomFrom(uri, '');
  if (!target) return false;
  if (typeof domain !== 'function') return isServed(target.domain, domain);
  const whole = factory.filter((each) => asUri(each) !== undefined);
  return isFactory(target, whole) || rooms.find(target.uri) !== undefined;
}

/** Whether a host, in whatever case, is one of our domains. */
const isServed = (host: string, domains: readonly string[]): boolean => domains.includes(host.toLowerCase());

/**
 * Whether some request could lead to a room. A function as domain may serve any, and `resolveRoom` may lead to a room in any.
 *
 * @param aliases of the room; one that is a URI may be in another domain than the room
 */
export const mayBeCalled = (room: RoomUri, aliases: readonly string[], { domain, resolveRoom }: Where): boolean =>
  typeof domain === 'function' || resolveRoom !== undefined || isCallable(room, aliases, domain);

/**
 * Refuses a room that is made on purpose where no request could lead to it.
 *
 * @throws ChatroomsError `CHAT_ERR_ROOM_DOMAIN`
 */
export function requireServed(room: RoomUri, aliases: readonly string[], where: Where): void {
  if (mayBeCalled(room, aliases, where)) return;
  const served = typeof where.domain === 'function' ? [] : where.domain;
  const text = `Nobody could call ${room.uri}: this server serves ${served.join(', ')}; name one of these.`;
  throw new ChatroomsError('CHAT_ERR_ROOM_DOMAIN', text);
}

type Where = Pick<ChatroomSettings, 'domain' | 'resolveRoom'>;

/** What a function of the program says of a request; one that gives nothing at all, where nobody looks at types, means null. */
async function asked(rooms: Rooms, question: () => Promise<string | null>): Promise<string | null> {
  const answer = question();
  return (await (rooms.inTime?.(answer) ?? answer)) ?? null;
}

async function domainOf(
  req: SipRequest,
  host: string,
  domain: ChatroomSettings['domain'],
  rooms: Rooms,
): Promise<string | null> {
  if (typeof domain === 'function') return asked(rooms, async () => domain(req));
  return isServed(host, domain) ? host.toLowerCase() : null;
}

/** The domain of a room given by name only. */
export const firstDomain = (domain: ChatroomSettings['domain']): string | undefined =>
  typeof domain === 'function' ? undefined : domain[0];

function declaresChatroom(req: SipRequest): boolean {
  const offer = offerOf(req);
  if (offer.is !== 'sdp') return false;
  try {
    return parseSdp(offer.sdp).media.some((line) => line.msrp?.chatroom != null);
  } catch {
    return false;
  }
}
