import type { Identity, JoinRequest } from '../../lib/chat-server.js';
import { parseNameAddr } from '../../lib/embedded-drachtio/message/index.js';
import type { Face } from '../face.js';
import { header } from '../header-values.js';
import { isHandset, legKind } from '../handset/feature-tags.js';
import { modeOf } from '../identity/check-options.js';
import { peerProfile, userAgent } from '../peer-profile.js';
import type { RoomUri } from '../room-uri.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { deviceOf } from './device.js';
import { roomPassword } from './room-password.js';

/** What the focus is asked by an INVITE, or would be (CAP-01). */
export function joinRequestOf(face: Face, req: SipRequest, room: RoomUri, identity: Identity): JoinRequest {
  // SUB-13, MSRP-15: only profile `rcs` makes a difference for handsets.
  const kind = face.settings.profile === 'rcs' ? legKind(req) : undefined;
  return {
    room: room.uri,
    identity,
    // 7701-6.1-16: "The Request-URI and the To URI of the INVITE" denote the room.
    roomAliases: [req.uri, parseNameAddr(header(req, 'To', 't') ?? '')?.uri ?? req.uri],
    callId: header(req, 'Call-ID', 'i') ?? '',
    method: 'dialed-in',
    profile: peerProfile(userAgent(req), face.settings.interop, kind),
    instance: deviceOf(req, isHandset(kind)),
    password: roomPassword(req),
    source: sourceOf(face, req, room),
  };
}

/** Where a caller is whom nobody vouches for: he may call himself anything, and try passwords under many names. */
function sourceOf({ settings }: Face, req: SipRequest, { domain }: RoomUri): string | null {
  const { auth, authenticate } = settings;
  return !authenticate && modeOf(auth, domain) === 'open' ? req.source_address : null;
}
