import type { Identity, JoinRequest } from '../lib/chat-server.js';
import { parseNameAddr, parseNameAddrs } from '../lib/embedded-drachtio/message/index.js';
import type { Clock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import { InviteDialog } from './dialog.js';
import type { Face } from './face.js';
import { header, isRefusal, SUPPORTED, TOKEN, tokens } from './header-values.js';
import { addressOfRecord, identityOf } from './identity.js';
import { offerOf } from './offer.js';
import type { AuthenticatedUser, JoinContext } from './options.js';
import { peerProfile } from './peer-profile.js';
import type { RoomUri } from './room-uri.js';
import { sessionTimer } from './session-timer.js';
import { focusContact, type Reply } from './srf-adapter.js';
import type { SipRequest, SipResponse } from './srf-types.js';

/**
 * Milliseconds that `authenticate` and `authorizeJoin` may take together; drachtio-server forgets an INVITE that has no
 * answer after 64 s, and drachtio-srf never does (DRA-G15).
 */
const HANDLER_TIMEOUT = 30_000;

/** Seconds after which somebody refused by a stopping server may try again. */
const RETRY_AFTER = '10';

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

  let cancelled = false;
  req.on('cancel', () => {
    cancelled = true;
  });
  const identity = await within(face.clock, HANDLER_TIMEOUT, identify(face, req, room));
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
    profile: peerProfile(header(req, 'User-Agent'), settings.interop),
  };
  const contact = focusContact(req, room, settings.contactHost);
  new InviteDialog(face, room, contact, request).accept(req, res, { offer, sameHost, headers: timer.headers });
}

/** What `work` comes to, unless it takes longer than `timeout` milliseconds. */
function within<T>(clock: Clock, timeout: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeout, () =>
      reject(
        new ChatroomsError('CHAT_ERR_HANDLER_TIMEOUT', 'Whether you may join was not decided in time.', {
          sipStatus: 504,
        }),
      ),
    );
    work.finally(() => timer.cancel()).then(resolve, reject);
  });
}

async function identify({ settings }: Face, req: SipRequest, room: RoomUri): Promise<Identity> {
  const { authenticate, authorizeJoin } = settings;
  let identity = identityOf(req);
  // Handlers get drachtio's own request, whose declared type is another one than ours (DRA-G16).
  const context = (): JoinContext => ({
    req: req as unknown as JoinContext['req'],
    room: room.uri,
    from: {
      uri: identity.uri,
      aliases: identity.aliases,
      displayName: identity.displayName ?? undefined,
      anonymous: identity.anonymous,
    },
  });
  try {
    if (authenticate) identity = authenticated(await authenticate(context()), identity);
    await authorizeJoin?.(context());
  } catch (error) {
    if (error instanceof ChatroomsError && isRefusal(error.sipStatus)) throw error;
    throw new ChatroomsError('CHAT_ERR_FORBIDDEN', `Joining ${room.uri} was refused.`, {
      sipStatus: 403,
      cause: error,
    });
  }
  return identity;
}

function authenticated(user: AuthenticatedUser | null, claimed: Identity): Identity {
  if (!user) throw new ChatroomsError('CHAT_ERR_FORBIDDEN', 'The caller was not recognised.', { sipStatus: 403 });
  const uri = addressOfRecord(user.uri);
  return {
    uri,
    // 7701-5.2-06: the GRUU of its Contact, if the one who was recognised is whom From says.
    aliases: [...(user.aliases ?? []), ...(claimed.uri === uri ? claimed.aliases : [])],
    displayName: user.displayName ?? claimed.displayName,
    anonymous: user.anonymous ?? claimed.anonymous,
    anonymousUri: claimed.anonymousUri,
  };
}
