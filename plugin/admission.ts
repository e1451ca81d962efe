/** Who asks, and whether he may: the same for who joins and who watches (IDN-05). */
import { inspect } from 'node:util';
import type { Identity } from '../lib/chat-server.js';
import type { Clock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import { within } from './deadline.js';
import type { Face } from './face.js';
import { isRefusal } from './sip/header-values.js';
import { isMistake, requireNoFalse } from './hooks/mistake.js';
import { identityOf } from './identity/claimed.js';
import { withNumberForms } from './identity/numbers.js';
import { recognised } from './identity/recognised.js';
import type { AuthenticatedUser, JoinContext } from './options/options.js';
import type { RoomUri } from './sip/room-uri.js';
import type { SipRequest } from './drachtio/srf-types.js';

/**
 * Milliseconds that a handler that is asked about a request may take, each; drachtio-server forgets an INVITE that has no
 * answer after 64 s, and drachtio-srf never does (DRA-G15).
 */
const HANDLER_TIMEOUT = 25_000;

/**
 * Who sent a request outside of a dialog: who the `authenticate` handler says, or without one who the means of `auth` tell.
 * IDN-05: the same for INVITE, SUBSCRIBE and REFER; what comes in a dialog is of whom the dialog was made with.
 *
 * Rejects with a ChatroomsError whose `sipStatus` is the answer; it may be a `Challenge`, with headers of its own.
 */
export async function identify(face: Face, req: SipRequest, room: RoomUri): Promise<Identity> {
  const { authenticate } = face.settings;
  if (!authenticate) return face.authenticator.identify(req, room.domain);
  const claimed = identityOf(req);
  const user = await decided(face, { room, who: 'authenticate' }, async () =>
    authenticate(contextOf(req, room, claimed)),
  );
  if (user) requireUser(user);
  return withNumberForms(authenticated(user, claimed), face.settings);
}

/** Whether he may join; rejects with a ChatroomsError whose `sipStatus` is the answer. */
export async function authorize(face: Face, req: SipRequest, room: RoomUri, identity: Identity): Promise<void> {
  const { authorizeJoin } = face.settings;
  if (!authorizeJoin) return;
  await decided(face, { room, who: 'authorizeJoin' }, async () =>
    requireNoFalse('authorizeJoin', await authorizeJoin(contextOf(req, room, identity))),
  );
}

const contextOf = (req: SipRequest, room: RoomUri, identity: Identity): JoinContext => ({
  // Handlers get drachtio's own request, whose declared type is another one than ours (DRA-G16).
  req: req as unknown as JoinContext['req'],
  room: room.uri,
  from: {
    uri: identity.uri,
    aliases: identity.aliases,
    displayName: identity.displayName ?? undefined,
    anonymous: identity.anonymous,
  },
});

/** What a handler of the program says; what it throws refuses, with its own status or 403. */
async function decided<T>(
  { clock, log }: Pick<Face, 'clock' | 'log'>,
  { room, who }: { room: RoomUri; who: string },
  handler: () => Promise<T>,
): Promise<T> {
  try {
    return await inTime(clock, handler());
  } catch (error) {
    if (isMistake(error)) log.error({ who, room: room.uri, error: inspect(error) }, 'a handler failed');
    if (error instanceof ChatroomsError && isRefusal(error.sipStatus)) throw error;
    throw new ChatroomsError('CHAT_ERR_FORBIDDEN', `Joining ${room.uri} was refused.`, {
      sipStatus: 403,
      cause: error,
    });
  }
}

/** What a handler that is asked about a request says; 504 when it says nothing for too long. */
export const inTime = <T>(clock: Clock, answer: Promise<T>): Promise<T> =>
  within(clock, HANDLER_TIMEOUT, answer, tooLate);

const tooLate = (): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_HANDLER_TIMEOUT', 'Whether you may was not decided in time.', { sipStatus: 504 });

/** @throws TypeError for what is nobody, so that it is logged as what it is, and answered with 500 */
function requireUser(user: Partial<AuthenticatedUser>): void {
  if (typeof user.uri === 'string') return;
  throw new TypeError(`authenticate has to give { uri: 'sip:…' } or null; it gave ${inspect(user)}`);
}

function authenticated(user: AuthenticatedUser | null, claimed: Identity): Identity {
  if (!user) throw new ChatroomsError('CHAT_ERR_FORBIDDEN', 'The caller was not recognised.', { sipStatus: 403 });
  return recognised(user, claimed);
}
