import { parseUri, type SipUri } from '../../lib/embedded-drachtio/message/index.js';
import { ownText } from '../../lib/util/own-text.js';
import { Recent } from '../../lib/util/recent.js';

/** The URI of a room: `sip:NAME@domain`, host in lower case, without parameters, port or password. */
export interface RoomUri {
  readonly uri: string;
  /** The name people use: the user part without escapes. */
  readonly name: string;
  readonly domain: string;
}

/** Characters a user part may hold unescaped (RFC 3261 §25.1) but `encodeURIComponent` escapes. */
const USER_UNRESERVED = /%(?:26|3D|2B|24|2C|3B|3F|2F)/g;

/** Octets of the longest room name. */
const MAX_NAME = 256;

/** The room `name` of `domain`; undefined for a name that no URI can hold. */
export function roomUri(name: string, domain: string): RoomUri | undefined {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME || /\p{Surrogate}/u.test(name)) return undefined;
  // oxlint-disable-next-line no-control-regex -- controls have no place in a name that is shown
  if (/[\u0000-\u001f\u007f]/.test(name)) return undefined;
  const user = encodeURIComponent(name).replace(USER_UNRESERVED, decodeURIComponent);
  const host = domain.toLowerCase();
  const uri = `sip:${user}@${host}`;
  // All who are in a room have the same object.
  const known = knownRooms.get(uri);
  if (known) return known;
  const room = { uri: ownText(uri), name: ownText(name), domain: ownText(host) };
  knownRooms.set(room.uri, room);
  return room;
}

const REMEMBERED = 1024;
const knownRooms = new Recent<RoomUri>(REMEMBERED);

/**
 * The room a URI names, whatever its port and parameters: RFC 3261 §19.1.4 compares users with case and escapes
 * undone, hosts without case. Undefined when it has no user part.
 */
export function roomOf(target: SipUri): RoomUri | undefined {
  const user = target.user?.split(':', 1)[0];
  if (user === undefined) return undefined;
  try {
    return roomUri(decodeURIComponent(user), target.host);
  } catch {
    // A lone percent sign or octets that are no UTF-8.
    return undefined;
  }
}

/** The URI that a text is, or would be with a scheme: `lobby@example.com` is no name with an @. Undefined for a name. */
export const asUri = (nameOrUri: string): SipUri | undefined =>
  parseUri(nameOrUri) ?? (nameOrUri.includes('@') ? parseUri(`sip:${nameOrUri}`) : undefined);

/** A room by name in `domain`, or by its whole URI, of which `sip:` may be left out. */
export function roomFrom(nameOrUri: string, domain: string): RoomUri | undefined {
  const target = asUri(nameOrUri);
  return target ? roomOf(target) : roomUri(nameOrUri, domain);
}

/**
 * Whether a request to one of these domains, which are in lower case, can be for a room.
 *
 * @param aliases of the room; one that is a URI may be in another domain than the room
 */
export const isCallable = (room: RoomUri, aliases: readonly string[], domains: readonly string[]): boolean =>
  [room.uri, ...aliases].some((name) => domains.includes(roomFrom(name, room.domain)?.domain ?? ''));
