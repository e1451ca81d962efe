import type { Identity, JoinRequest } from '../../lib/chat-server.js';
import { parseNameAddr, parseNameAddrs, parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { isMadeByFactory } from '../factory/new-room.js';
import { InviteDialog } from './dialog.js';
import { endpointOf, referenceIn } from './dialog-reference.js';
import type { Face } from '../face.js';
import { header, isFocus } from '../sip/header-values.js';
import { authorize, identify } from '../admission.js';
import { offerOf } from './offer.js';
import { joinRequestOf } from './join-request.js';
import { taggedContact } from '../handset/feature-tags.js';
import { notUnderstood } from './require.js';
import { type RoomUri, roomOf } from '../sip/room-uri.js';
import { sessionTimer } from './session-timer.js';
import { focusContact, type Reply } from '../drachtio/srf-adapter.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';

/** Seconds after which somebody refused by a stopping server may try again. */
const RETRY_AFTER = '10';

/** Where an INVITE leads that is let in. */
export interface Place {
  readonly room: RoomUri;
  /** The room is made by the one who calls. */
  readonly creates?: JoinRequest['creates'];
  /** The 200 was sent, or could not be. */
  readonly answered?: (error: Error | null) => void;
}

/** What an INVITE was sent to: a room, or what makes rooms. */
export interface Destination {
  readonly addressed: RoomUri;
  /** Takes lists of whom to invite (RFC 5366). */
  readonly takesLists: boolean;
  /** Called once it is known who calls, right before he joins; refuses with a ChatroomsError. */
  place(identity: Identity): Place;
}

/** INVITE to a room. Rejects with a ChatroomsError whose `sipStatus` is the answer. */
export const handleInvite = (face: Face, req: SipRequest, res: SipResponse, room: RoomUri): Promise<void> =>
  receiveInvite(face, req, res, {
    addressed: room,
    takesLists: false,
    place: () => {
      checkRemembered(face, room);
      noteOtherGroup(face, req, room);
      return { room };
    },
  });

/**
 * JOIN-02: "unknown or deleted room → 404 and nothing else: only 404 makes a handset restart the group". Nobody else makes
 * rooms of such names, whoever may make rooms by joining them.
 */
function checkRemembered({ settings, chat }: Face, room: RoomUri): void {
  if (settings.factory.length === 0 || !isMadeByFactory(room) || chat.focus.room(room.uri)) return;
  throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `There is no room ${room.uri}.`, { sipStatus: 404 });
}

/** JOIN-07: "Contribution-ID header differing from the room's is logged, room URI wins". */
function noteOtherGroup({ chat, log }: Face, req: SipRequest, { uri }: RoomUri): void {
  const asked = header(req, 'Contribution-ID')?.trim();
  const origin = chat.focus.room(uri)?.origin;
  if (asked === undefined || !origin || asked === origin.contributionId) return;
  log.debug({ room: uri, callId: header(req, 'Call-ID', 'i') }, 'Contribution-ID is not that of the room');
}

function isOurRoom({ chat }: Face, from: string | undefined): boolean {
  const uri = parseUri(parseNameAddr(from ?? '')?.uri ?? '');
  const room = uri && roomOf(uri);
  return room !== undefined && chat.focus.room(room.uri) !== undefined;
}

/**
 * INVITE: check, identify, authorize, negotiate, join, answer.
 *
 * Rejects with a ChatroomsError whose `sipStatus` is the answer.
 */
export async function receiveInvite(
  face: Face,
  req: SipRequest,
  res: SipResponse,
  destination: Destination,
): Promise<void> {
  const { adapter, settings } = face;
  const { addressed } = destination;
  face.calls.asked(req, addressed.uri);
  const endpoint = face.calls.endpointOf(req);
  const refuse = (status: number, reply: Reply): void => adapter.reply(req, res, status, reply);
  if (face.draining) return refuse(503, { headers: { 'Retry-After': RETRY_AFTER } });

  const missing = notUnderstood(req, destination.takesLists);
  if (missing) return refuse(missing.status, missing.reply);
  // RFC 3261 §12.1.1; srf would send the 200 and then report an error.
  if (parseNameAddrs(header(req, 'Contact', 'm') ?? '').length !== 1) return refuse(400, { reason: 'Missing Contact' });
  const offer = offerOf(req);
  if (offer.is === 'unsupported') return refuse(offer.status, { headers: offer.headers });
  const reference = referenceIn(req);
  if (reference && 'status' in reference) return refuse(reference.status, { reason: reference.reason });
  const timer = sessionTimer(req);
  if ('tooShort' in timer) return refuse(422, { headers: timer.tooShort });

  // HDR-01: the INVITE of a room came back to us, or another of our rooms was to be its guest.
  // A room of somebody else as a guest would pass on what is said to it, in a circle where two invite each other.
  if (isOurRoom(face, header(req, 'From', 'f')) || isFocus(header(req, 'Contact', 'm'))) return refuse(482, {});

  let cancelled = false;
  req.on('cancel', () => {
    cancelled = true;
  });
  const identity = await identify(face, req, addressed);
  await authorize(face, req, addressed, identity);
  const sameHost = offer.is === 'sdp' ? await face.chat.sameHost(offer.sdp) : undefined;
  // The server has answered a CANCEL and the INVITE with it.
  if (cancelled) return;
  if (face.draining) return refuse(503, { headers: { 'Retry-After': RETRY_AFTER } });

  const named = reference && endpointOf(reference, addressed, face.dialogs);
  if (named && 'status' in named) return refuse(named.status, {});

  const { room, creates, answered } = destination.place(identity);
  // JOIN-13: `Join` names the room that the Request-URI names already, and is an INVITE like any other.
  const replaces = reference?.is === 'replaces' ? (named?.endpoint ?? null) : null;
  const request = joinRequestOf(face, req, room, identity, { replaces, creates, endpoint });
  const contact = taggedContact(focusContact(req, room, settings.contactHost), settings.profile);
  const dialog = new InviteDialog(face, room, contact, request);
  dialog.accept(req, res, { offer, sameHost, headers: timer.headers, answered });
}
