import type { Identity, JoinRequest } from '../../lib/chat-server.js';
import { parseNameAddr } from '../../lib/embedded-drachtio/message/index.js';
import type { Face } from '../face.js';
import { header } from '../sip/header-values.js';
import { isHandset, legKind } from '../handset/feature-tags.js';
import { modeOf } from '../identity/check-options.js';
import { ownText } from '../../lib/util/own-text.js';
import { Recent } from '../../lib/util/recent.js';
import { peerProfile, userAgent, userAgentName } from '../sip/peer-profile.js';
import type { RoomUri } from '../sip/room-uri.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { deviceOf } from './device.js';
import { roomPassword } from './room-password.js';

/**
 * What the focus is asked by an INVITE, or would be (CAP-01). It is kept as long as the participant is there, so it has
 * nothing of the INVITE's text.
 *
 * @param more what only a join asks
 */
export function joinRequestOf(
  face: Face,
  req: SipRequest,
  room: RoomUri,
  identity: Identity,
  { replaces, creates, endpoint }: Pick<JoinRequest, 'replaces' | 'creates' | 'endpoint'> = {},
): JoinRequest {
  // SUB-13, MSRP-15: only profile `rcs` makes a difference for handsets.
  const kind = face.settings.profile === 'rcs' ? legKind(req) : undefined;
  return {
    room: room.uri,
    identity,
    // 7701-6.1-16: "The Request-URI and the To URI of the INVITE" denote the room.
    roomAliases: roomNames(room, req.uri, parseNameAddr(header(req, 'To', 't') ?? '')?.uri ?? req.uri),
    callId: ownText(header(req, 'Call-ID', 'i') ?? ''),
    endpoint,
    method: 'dialed-in',
    profile: peerProfile(userAgent(req), face.settings.interop, kind),
    userAgent: userAgentName(req),
    instance: owned(deviceOf(req, isHandset(kind))),
    password: roomPassword(req),
    source: owned(sourceOf(face, req, room)),
    replaces,
    creates,
  };
}

/** Where a caller is whom nobody vouches for: he may call himself anything, and try passwords under many names. */
function sourceOf({ settings }: Face, req: SipRequest, { domain }: RoomUri): string | null {
  const { auth, authenticate } = settings;
  return !authenticate && modeOf(auth, domain) === 'open' ? req.source_address : null;
}

const owned = (text: string | null): string | null => (text === null ? null : ownText(text));

const REMEMBERED = 1024;
const knownNames = new Recent<readonly string[]>(REMEMBERED);

/** By which names callers call a room: the same object for all who use the same. */
function roomNames(room: RoomUri, requestUri: string, to: string): readonly string[] {
  const names = requestUri === to ? requestUri : `${requestUri} ${to}`;
  const known = knownNames.get(names);
  if (known) return known;
  const own = (uri: string): string => (uri === room.uri ? room.uri : ownText(uri));
  const made = requestUri === to ? [own(to)] : [own(requestUri), own(to)];
  knownNames.set(ownText(names), made);
  return made;
}
