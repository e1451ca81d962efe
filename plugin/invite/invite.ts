import type { JoinRequest } from '../../lib/chat-server.js';
import { parseNameAddr, parseNameAddrs, parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { InviteDialog } from './dialog.js';
import type { Face } from '../face.js';
import { header, SUPPORTED, TOKEN, tokens } from '../header-values.js';
import { authorize, identify } from '../admission.js';
import { modeOf } from '../identity/check-options.js';
import { offerOf } from './offer.js';
import { peerProfile, userAgent } from '../peer-profile.js';
import { type RoomUri, roomOf } from '../room-uri.js';
import { roomPassword } from './room-password.js';
import { sessionTimer } from './session-timer.js';
import { focusContact, type Reply } from '../drachtio/srf-adapter.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';

/** Seconds after which somebody refused by a stopping server may try again. */
const RETRY_AFTER = '10';

function isOurRoom({ chat }: Face, from: string | undefined): boolean {
  const uri = parseUri(parseNameAddr(from ?? '')?.uri ?? '');
  const room = uri && roomOf(uri);
  return room !== undefined && chat.focus.room(room.uri) !== undefined;
}

/**
 * INVITE to a room: check, identify, authorize, negotiate, join, answer.
 *
 * Rejects with a ChatroomsError whose `sipStatus` is the answer.
 */
export async function handleInvite(face: Face, req: SipRequest, res: SipResponse, room: RoomUri): Promise<void> {
  const { adapter, settings } = face;
  const refuse = (status: number, reply: Reply): void => adapter.reply(req, res, status, reply);
  if (face.draining) return refuse(503, { headers: { 'Retry-After': RETRY_AFTER } });

  // RFC 3261 §8.2.2.3.
  const unsupported = tokens(header(req, 'Require')).filter((tag) => !SUPPORTED.has(tag));
  if (!unsupported.every((tag) => TOKEN.test(tag))) return refuse(400, { reason: 'Bad Require' });
  if (unsupported.length > 0) return refuse(420, { headers: { Unsupported: unsupported.join(', ') } });
  // RFC 3261 §12.1.1; srf would send the 200 and then report an error.
  if (parseNameAddrs(header(req, 'Contact', 'm') ?? '').length !== 1) return refuse(400, { reason: 'Missing Contact' });
  const offer = offerOf(req);
  if (offer.is === 'unsupported') return refuse(offer.status, { headers: offer.headers });
  const timer = sessionTimer(req);
  if ('tooShort' in timer) return refuse(422, { headers: timer.tooShort });

  // HDR-01: the INVITE of a room came back to us, or another of our rooms was to be its guest.
  if (isOurRoom(face, header(req, 'From', 'f'))) return refuse(482, {});

  let cancelled = false;
  req.on('cancel', () => {
    cancelled = true;
  });
  const identity = await identify(face, req, room);
  await authorize(face, req, room, identity);
  const sameHost = offer.is === 'sdp' ? await face.chat.sameHost(offer.sdp) : undefined;
  // The server has answered a CANCEL and the INVITE with it.
  if (cancelled) return;
  if (face.draining) return refuse(503, { headers: { 'Retry-After': RETRY_AFTER } });

  const request: JoinRequest = {
    room: room.uri,
    identity,
    // 7701-6.1-16: "The Request-URI and the To URI of the INVITE" denote the room.
    roomAliases: [req.uri, parseNameAddr(header(req, 'To', 't') ?? '')?.uri ?? req.uri],
    callId: header(req, 'Call-ID', 'i') ?? '',
    method: 'dialed-in',
    profile: peerProfile(userAgent(req), settings.interop),
    password: roomPassword(req),
    source: sourceOf(face, req, room),
  };
  const contact = focusContact(req, room, settings.contactHost);
  new InviteDialog(face, room, contact, request).accept(req, res, { offer, sameHost, headers: timer.headers });
}

/** Where a caller is whom nobody vouches for: he may call himself anything, and try passwords under many names. */
function sourceOf({ settings }: Face, req: SipRequest, { domain }: RoomUri): string | null {
  const { auth, authenticate } = settings;
  return !authenticate && modeOf(auth, domain) === 'open' ? req.source_address : null;
}
